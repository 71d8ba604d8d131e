/** Policies, the switch, the allowlist and blocks over HTTP: what is changed is in force with the answer. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freshNumber } from '../support/grpc-sidecar.js';
import type { Json } from '../support/http-client.js';
import { assertProblem, HttpSidecar } from '../support/http-sidecar.js';

const test = suite('contract/http-rules');

let http: HttpSidecar;

test.before(async () => {
  http = await HttpSidecar.start();
});

test.after(() => http.stop());

const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();
const reasonFor = async (a_number: string, b_number: string): Promise<string> =>
  (await http.call({ a_number, b_number }))['reason'];
/** The number as rules are listed with it, and as a query can hold it. */
const canonical = (number: string): string => number.slice(1);

test('an entry of the allowlist is in force until it is removed', async () => {
  const b_number = freshNumber();
  const { body } = await http.client.post('/acm/allowlist', {
    entries: [
      { scope: { b_number }, reason: 'a hotline' },
      { scope: { trunk: 'lagos' }, expires_at: inAnHour() },
    ],
  });
  assert.is(body['count'], 2);
  const [entry] = body['entries'];
  assert.equal(entry.scope, { b_number: canonical(b_number) });
  assert.is(entry.expires_at, null);
  assert.is(await reasonFor('1', b_number), 'allowlisted');
  const listed = (await http.client.get('/acm/allowlist')).body;
  assert.ok(listed['entries'].some(({ entry_id }: Json) => entry_id === entry.entry_id));
  const path = `/acm/allowlist/${entry.entry_id}`;
  const expires_at = inAnHour();
  assert.equal((await http.client.patch(path, { expires_at })).body, {
    success: true,
    entry_id: entry.entry_id,
    expires_at,
  });
  assert.equal((await http.client.delete(path)).body, { success: true, entry_id: entry.entry_id });
  assert.is(await reasonFor('1', b_number), 'none');
  assertProblem(await http.client.delete(path), 404);
  assertProblem(await http.client.patch(path, { expires_at: null }), 404);
});

test('a block is in force until it is lifted', async () => {
  const pair = { a_number: freshNumber(), b_number: freshNumber() };
  const query = `a_number=${canonical(pair.a_number)}&b_number=${encodeURIComponent(pair.b_number)}`;
  const { body } = await http.client.post('/acm/blocks', { blocks: [{ ...pair, expires_at: inAnHour() }] });
  assert.is(body['blocks'][0].a_number, canonical(pair.a_number));
  assert.is(body['blocks'][0].alert_id, null);
  assert.is(await reasonFor(pair.a_number, pair.b_number), 'blocked');
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  assert.is((await http.client.patch(`/acm/blocks?${query}`, { expires_at: tomorrow })).status, 200);
  const listed = (await http.client.get(`/acm/blocks?b_number=${canonical(pair.b_number)}`)).body;
  assert.is(listed['count'], 1);
  assert.is(listed['blocks'][0].expires_at, tomorrow);
  assert.is((await http.client.delete(`/acm/blocks?${query}`)).status, 200);
  assert.is(await reasonFor(pair.a_number, pair.b_number), 'none');
  assertProblem(await http.client.delete(`/acm/blocks?${query}`), 404);
  assertProblem(await http.client.patch(`/acm/blocks?${query}`, { expires_at: tomorrow }), 404);
});

test('a policy applies until it is removed, and the sidecar explains it', async () => {
  const b_number = freshNumber();
  const terms = { threshold: 2, window_seconds: 10, enforcement: 'shadow' };
  const set = await http.client.put('/acm/policies', { scope: { b_number }, terms, reason: 'televote' });
  assert.equal(set.body, { success: true, scope: { b_number: canonical(b_number) } });
  await http.call({ a_number: freshNumber(), b_number });
  assert.is((await http.call({ a_number: freshNumber(), b_number }))['verdict'], 'OBSERVE');
  const [policy] = (await http.client.get('/acm/policies')).body['policies'];
  assert.equal(policy.terms, terms);
  assert.is(policy.reason, 'televote');
  const explained = (await http.client.get(`/acm/policies/explain?b_number=${canonical(b_number)}`)).body;
  assert.is(explained['policies'][0].scope, `b_number ${canonical(b_number)}`);
  assert.equal(explained['policies'][0].terms.threshold, 2);
  assert.is(explained['policies'].at(-1).scope, 'default');
  assert.is(explained['verdict'], 'OBSERVE');
  const path = `/acm/policies?b_number=${canonical(b_number)}`;
  assert.is((await http.client.delete(path)).status, 200);
  assert.is((await http.call({ a_number: freshNumber(), b_number }))['threshold'], 5);
  assertProblem(await http.client.delete(path), 404);
});

test('the switch lets masked calls go on, and says so', async () => {
  assert.equal((await http.client.get('/acm/enforcement')).body, {
    on: true,
    author: null,
    reason: '',
    changed_at: null,
    enforcement: 'enforce',
  });
  const off = await http.client.put('/acm/enforcement', { on: false, reason: 'storm of false alarms' });
  assert.equal(off.body, { on: false, everywhere: true, enforcement: 'shadow' });
  assert.is((await http.attack(freshNumber()))['verdict'], 'OBSERVE');
  const { body } = await http.client.get('/acm/enforcement');
  assert.is(body['on'], false);
  assert.is(body['reason'], 'storm of false alarms');
  assert.type(body['author'], 'string');
  assert.is((await http.client.put('/acm/enforcement', { on: true })).body['enforcement'], 'enforce');
  assertProblem(await http.client.put('/acm/enforcement', { reason: 'x' }), 422, 'on');
});

test('names the field that is wrong in its place, and changes nothing', async () => {
  const block = { a_number: '+2348030000001', b_number: '+2348099999999', expires_at: inAnHour() };
  const blocks = Array.from({ length: 18 }, () => block);
  const past = '2020-01-01T00:00:00Z';
  const wrong: readonly [path: string, body: object, field: string][] = [
    ['/acm/blocks', { blocks: blocks.with(17, { ...block, a_number: '' }) }, 'blocks[17].a_number'],
    ['/acm/blocks', { blocks: blocks.with(17, { ...block, a_number: 'anonymous' }) }, 'blocks[17].a_number'],
    ['/acm/blocks', { blocks: [{ ...block, b_number: '2\u0000' }] }, 'blocks[0].b_number'],
    ['/acm/blocks', { blocks: [block, { ...block, expires_at: past }] }, 'blocks[1].expires_at'],
    ['/acm/blocks', { blocks: [{ ...block, expires_at: undefined }] }, 'blocks[0].expires_at'],
    ['/acm/blocks', { blocks: [{ ...block, expire_at: past }] }, 'blocks[0].expire_at'],
    ['/acm/blocks', { blocks: [] }, 'blocks'],
    ['/acm/blocks', { blocks: Array.from({ length: 1_001 }, () => block) }, 'blocks'],
    ['/acm/allowlist', { entries: [{ scope: { trunk: 't' } }, {}] }, 'entries[1].scope'],
    ['/acm/allowlist', { entries: [{ scope: {} }] }, 'entries[0].scope'],
    ['/acm/allowlist', { entries: [{ scope: { trunk: 't', b_number: '1' } }] }, 'entries[0].scope'],
    ['/acm/allowlist', { entries: [{ scope: { source: '192.0.2.0/33' } }] }, 'entries[0].scope.source'],
    ['/acm/allowlist', { entries: [{ scope: { b_prefix: '+' } }] }, 'entries[0].scope.b_prefix'],
    ['/acm/allowlist', { entries: [{ scope: { trunk: 't' }, entry_id: '7' }] }, 'entries[0].entry_id'],
    ['/acm/allowlist', { entries: [{ scope: { trunk: 't' }, expires_at: past }] }, 'entries[0].expires_at'],
  ];
  for (const [path, body, field] of wrong) assertProblem(await http.client.post(path, body), 422, field);
  assert.is((await http.client.get('/acm/blocks?b_number=2348099999999')).body['count'], 0);
  const policy = { scope: { trunk: 'lagos' }, terms: { threshold: 8 } };
  for (const [change, field] of [
    [{ scope: undefined }, 'scope'],
    [{ scope: { all_calls: true, trunk: 'lagos' } }, 'scope'],
    [{ scope: { b_prefix: '+' } }, 'scope.b_prefix'],
    [{ terms: {} }, 'terms'],
    [{ terms: { threshold: 1 } }, 'terms.threshold'],
    [{ terms: { windows: 1 } }, 'terms.windows'],
    [{ reason: 'x'.repeat(501) }, 'reason'],
  ] as const)
    assertProblem(await http.client.put('/acm/policies', { ...policy, ...change }), 422, field);
  assertProblem(await http.client.delete('/acm/policies?all_calls=false'), 422, 'all_calls');
  assertProblem(await http.client.delete('/acm/policies'), 422, 'query');
  assertProblem(await http.client.delete('/acm/blocks?a_number=1'), 422, 'b_number');
  assertProblem(await http.client.delete('/acm/allowlist/nonsense'), 422, 'id');
  assertProblem(await http.client.get('/acm/policies/explain'), 422, 'b_number');
  assertProblem(await http.client.get('/acm/policies/explain?b_number=1&source_ip=x'), 422, 'source_ip');
  assert.equal((await http.client.get('/acm/policies')).body['policies'], []);
});

test('lists page by page', async () => {
  const trunks = ['one', 'two', 'three'];
  await http.client.post('/acm/allowlist', { entries: trunks.map((trunk) => ({ scope: { trunk } })) });
  const seen: string[] = [];
  let after = '';
  do {
    const { body } = await http.client.get(`/acm/allowlist?limit=1&after=${encodeURIComponent(after)}`);
    seen.push(body['entries'][0].scope.trunk);
    after = body['next'] ?? '';
  } while (after !== '');
  for (const trunk of trunks) assert.is(seen.filter((each) => each === trunk).length, 1, trunk);
  assertProblem(await http.client.get('/acm/allowlist?limit=0'), 422, 'limit');
  assertProblem(await http.client.get('/acm/blocks?after=nonsense'), 422);
});

test('logs who changed a rule', async () => {
  const line = http.sidecar.log.findLast(({ message }) => message === 'changed by hand');
  assert.is(line?.fields['route'], '/acm/allowlist');
  assert.is(line?.fields['author'], 'http 127.0.0.1');
});

test('every operation on rules has been tried, and answered as the document says', () => {
  assert.equal(http.openApi.untried(/ \/acm\/(policies|enforcement|allowlist|blocks)/), []);
});

test.run();
