/** Tokens and the audit log over HTTP. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type AuditEntry, AuditWalk } from '../../src/admission/audit-chain.js';
import { ManagementClient } from '../support/grpc-management.js';
import type { Answer, Json } from '../support/http-client.js';
import { assertProblem, HttpSidecar } from '../support/http-sidecar.js';

const test = suite('contract/http-access');

let http: HttpSidecar;
/** Of the first token, which may do everything. */
let admin: Record<string, string>;

test.before(async () => {
  http = await HttpSidecar.start();
  assertProblem(await create({ name: 'ops', scopes: ['admin'] }), 403);
  const owner = new ManagementClient(http.socket);
  const first = { name: 'ops', scopes: ['admin'], author: 'ada' };
  admin = bearer((await owner.ask('TokenService', 'CreateToken', first)).secret);
  owner.close();
});

test.after(() => http.stop());

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

function create(token: Json, as: Record<string, string> = {}): Promise<Answer> {
  return http.client.ask('POST', '/acm/tokens', JSON.stringify(token), as);
}

function get(path: string, as: Record<string, string> = admin): Promise<Answer> {
  return http.client.ask('GET', path, undefined, as);
}

test('a token is shown once, and is then known by its id alone', async () => {
  const { body } = await create({ name: 'dashboard', scopes: ['alerts:read'] }, admin);
  const { secret, token } = body as { secret: string; token: Json };
  assert.match(secret, /^acm_[\da-f]{12}_[\w-]{43}$/);
  assert.is(secret.slice(4, 16), token['token_id']);
  assert.equal([token['name'], token['author'], token['expires_at']], ['dashboard', 'ops', null]);
  const listed = await get('/acm/tokens');
  assert.equal(
    listed.body['tokens'].map(({ name }: Json) => name),
    ['dashboard', 'ops'],
  );
  assert.not.match(JSON.stringify(listed.body), secret.slice(17));
});

test('a token may do what its scopes say, from then on until it is revoked', async () => {
  const { body } = await create({ name: 'reader', scopes: ['alerts:read'] }, admin);
  const reader = bearer(body['secret']);
  assert.is((await get('/acm/alerts', reader)).status, 200);
  assertProblem(await get('/acm/policies', reader), 403);
  const path = `/acm/tokens/${body['token']['token_id']}`;
  assertProblem(await http.client.ask('DELETE', path, undefined, reader), 403);
  assert.is((await http.client.ask('DELETE', path, undefined, admin)).status, 200);
  const refused = await get('/acm/alerts', reader);
  assertProblem(refused, 401);
  assert.is(refused.headers.get('www-authenticate'), 'Bearer');
  assertProblem(await http.client.ask('DELETE', path, undefined, admin), 404);
});

test('without a token, calls go on and nothing is managed', async () => {
  assert.is((await http.client.post('/acm/call', { a_number: '1', b_number: '2' })).status, 200);
  for (const path of ['/acm/alerts', '/acm/config', '/acm/tokens', '/acm/audit', '/acm/stats'])
    assertProblem(await get(path, {}), 403);
  for (const path of ['/', '/openapi.json', '/health']) assert.is((await get(path, {})).status, 200);
});

test('names the field of a token that is wrong', async () => {
  const name = 'x';
  const scopes = ['check'];
  for (const [token, field] of [
    [{ scopes }, 'name'],
    [{ name: '', scopes }, 'name'],
    [{ name: 'x'.repeat(65), scopes }, 'name'],
    [{ name, scopes: [] }, 'scopes'],
    [{ name, scopes: ['root'] }, 'scopes'],
    [{ name, scopes, expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    [{ name, scopes, expires_at: 'soon' }, 'expires_at'],
    [{ name, scopes, expires: '2030-01-01T00:00:00Z' }, 'expires'],
  ] as const)
    assertProblem(await create(token, admin), 422, field);
  assertProblem(await http.client.ask('DELETE', '/acm/tokens/nonsense', undefined, admin), 422, 'token_id');
});

test('says often enough who cannot say who they are, and lets those in who can', async () => {
  const statuses: number[] = [];
  for (let i = 0; i < 12; i++) statuses.push((await get('/acm/alerts', bearer('acm_guess'))).status);
  assert.ok(statuses.includes(401), statuses.join());
  assert.is(statuses.at(-1), 429);
  assert.ok(Number((await get('/acm/alerts', bearer('acm_guess'))).headers.get('retry-after')) > 0);
  assert.is((await get('/acm/alerts')).status, 200);
  assert.is((await http.client.post('/acm/call', { a_number: '1', b_number: '2' })).status, 200);
});

test('whoever reads the audit log can follow its chain', async () => {
  const change = { threshold: 7 };
  assert.is((await http.client.ask('POST', '/acm/config', JSON.stringify(change), admin)).status, 200);
  const { body } = await get('/acm/audit?order=oldest');
  const entries = (body['entries'] as Json[]).map(entryOf);
  const walk = new AuditWalk({ entryId: body['dropped_to'].entry_id, hash: body['dropped_to'].hash });
  assert.is(walk.follow(entries), undefined);
  assert.is(walk.arriveAt({ entryId: body['head'].entry_id, hash: body['head'].hash }), undefined);
  const newest = (await get('/acm/audit?limit=1&action=policy.set')).body['entries'][0];
  assert.equal([newest.actor, newest.target, newest.before_json], ['ops', 'default', 'null']);
  assert.match(newest.origin, /^http 127\.0\.0\.1, token [\da-f]{12}$/);
  assert.is(JSON.parse(newest.after_json).threshold, 7);
  for (const [query, field] of [
    ['action=nonsense', 'action'],
    ['order=sideways', 'order'],
    ['limit=0', 'limit'],
    ['since=yesterday', 'since'],
  ])
    assertProblem(await get(`/acm/audit?${query}`), 422, field);
});

function entryOf({ entry_id: entryId, before_json: before, after_json: after, ...rest }: Json): AuditEntry {
  return { ...(rest as AuditEntry), entryId, at: new Date(rest['at']), before, after };
}

test('every operation about access has been tried, and answered as the document says', () => {
  assert.equal(http.openApi.untried(/ \/acm\/(tokens|audit)/), []);
});

test.run();
