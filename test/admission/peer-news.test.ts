import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AdmissionFixture } from './admission-fixture.js';
import { CANONICAL_B, deltaOf, sidecars, spreadAttack, told } from './peer-news-fixture.js';
import { exchangeAll, GRACE_MS, pass } from './sidecar-fixture.js';

const test = suite('admission/peer-news');

test('detects an attack that is spread over five sidecars, and opens one alert', () => {
  const all = sidecars(5);
  spreadAttack(all);
  exchangeAll(all);
  assert.equal(
    all.map(({ opened }) => opened),
    [0, 0, 0, 0, 1],
    'the one that saw the newest call tells of it',
  );
  assert.is(new Set(all.map((each) => each.alertId())).size, 1);
  for (const each of all) {
    const next = each.call(`+1555000000${all.indexOf(each)}`);
    assert.equal([next.decision, next.alertId], ['reject', all[0].alertId()]);
  }
});

test('every sidecar ends its own calls of the burst once, and writes them down for the alert', async () => {
  const all = sidecars(5, { policy: { autoDisconnect: true } });
  spreadAttack(all);
  exchangeAll(all);
  await Promise.resolve();
  exchangeAll(all);
  for (const each of all) {
    const { orders, records } = each.admission;
    assert.is(orders.length, 1);
    assert.is(orders[0].alertId, all[0].alertId());
    assert.equal(
      records.flagged.map(({ callId, alertId }) => [callId, alertId]),
      [[orders[0].callId, all[0].alertId()]],
    );
    const { callCount, distinctACount } = records.alerts.at(-1)!;
    assert.equal([callCount, distinctACount], [1, 5]);
  }
  const detections = all.map(({ admission }) => admission.records.alerts.at(-1)!.detections);
  assert.equal(detections, [0, 0, 0, 0, 1]);
});

test('ends a call of the burst that came while the news was under way, and none that came in peace', async () => {
  const [one, other] = sidecars(2, { policy: { autoDisconnect: true } });
  one.admission.attack(5);
  const delta = one.publish();
  pass([one, other], 50);
  other.call('+15550000001', { callId: 'under way' });
  pass([one, other], 20_000);
  one.call('+15550000002');
  other.call('+15550000003', { callId: 'in peace' });
  other.hear(delta);
  await Promise.resolve();
  assert.equal(
    other.admission.orders.map(({ callId }) => callId),
    [],
    'what has left the window is nobody else’s to judge',
  );
  const [third, fourth] = sidecars(2, { policy: { autoDisconnect: true } });
  third.admission.attack(5);
  pass([third, fourth], 1);
  const news = third.publish();
  pass([third, fourth], 50);
  fourth.call('+15550000001', { callId: 'under way' });
  fourth.hear(news);
  await Promise.resolve();
  assert.equal(
    fourth.admission.orders.map(({ callId }) => callId),
    ['under way'],
  );
});

test('ends a call that came while the news was under way, also when its switch reports it later', () => {
  const [one, other] = sidecars(2, { policy: { autoDisconnect: true } });
  one.admission.attack(5);
  pass([one, other], 1);
  const news = one.publish();
  pass([one, other], 50);
  assert.is(other.admission.check('+15550000001', { callId: 'late' }).decision, 'allow');
  other.hear(news);
  pass([one, other], 500);
  assert.is(other.admission.report('+15550000001', 'late'), true);
  pass([one, other], 10_000);
  assert.is(other.admission.check('+15550000002', { callId: 'in peace' }).decision, 'allow');
  assert.is(other.admission.report('+15550000002', 'in peace'), false);
});

test('writes nothing down of what only others have seen to grow', () => {
  const [one, other] = sidecars(2);
  other.call('+15550000001');
  for (let i = 0; i < 20; i++) {
    one.call(`A${i}`);
    exchangeAll([one, other]);
  }
  assert.is(other.admission.records.alerts.length, 1);
  assert.is(one.admission.records.alerts.length, 17);
});

test('blocks the callers of all sidecars, and tells the others of it', () => {
  const all = sidecars(5, { policy: { autoBlock: true } });
  spreadAttack(all);
  exchangeAll(all);
  assert.equal(
    all.map(({ admission }) => admission.state.blocks.size),
    [5, 5, 5, 5, 5],
  );
  assert.equal(
    all.map(({ admission }) => admission.records.blocks.length),
    [0, 0, 0, 0, 5],
    'who makes a block writes it down',
  );
  pass(all, 6_000);
  assert.equal(all[0].call('+2348030000004').reason, 'blocked');
});

test('opens the alert after a while when the sidecar that should have done so is gone', () => {
  const all = sidecars(5);
  spreadAttack(all);
  const [first, ...rest] = all;
  const last = rest.pop()!;
  const deltas = all.map((each) => each.publish());
  for (const delta of deltas) if (delta.from !== first) first.hear(delta);
  assert.equal([first.alertId(), first.attacks.awaited], [undefined, 1]);
  assert.is(last.opened, 0);
  pass(all, GRACE_MS);
  assert.is(first.alertId(), undefined, 'the others wait differently long');
  pass(all, GRACE_MS);
  assert.equal([first.opened, first.attacks.awaited], [1, 0]);
  exchangeAll([first, ...rest]);
  assert.equal(
    rest.map((each) => [each.alertId(), each.opened]),
    rest.map(() => [first.alertId(), 0]),
  );
});

test('does not open what another sidecar has told of while it waited', () => {
  const all = sidecars(5);
  spreadAttack(all);
  exchangeAll(all);
  pass(all, 3 * GRACE_MS);
  assert.equal(
    all.map(({ opened, attacks }) => [opened, attacks.awaited]),
    [0, 0, 0, 0, 1].map((opened) => [opened, 0]),
  );
});

test('extends an incident by a spread attack that comes while it cools down', () => {
  const all = sidecars(5);
  spreadAttack(all);
  exchangeAll(all);
  const before = all[0].alertId();
  pass(all, 25_000);
  spreadAttack(all);
  exchangeAll(all);
  pass(all, 10_000);
  assert.equal(
    all.map((each) => each.alertId()),
    all.map(() => before),
  );
});

test('rejects nothing of an exempt number that others tell of', () => {
  const [one, other] = sidecars(2, { policy: { autoDisconnect: true, autoBlock: true } });
  other.call('+1', { bNumber: '112' });
  const block = { aNumber: '1', bNumber: '112', expiresMs: 2_000_000 };
  other.hear(deltaOf(one, { incidents: [told({ bNumber: '112' })], blocks: [block] }));
  assert.equal([other.admission.orders.length, other.admission.state.blocks.size], [0, 0]);
  assert.is(other.admission.records.alerts.at(-1)?.effect, 'exempt');
});

test('obeys a block of another sidecar once, and not after people have lifted it', () => {
  const [one, other] = sidecars(2);
  const { blocks } = other.admission.state;
  const block = { aNumber: '15550000001', bNumber: CANONICAL_B, expiresMs: 1_060_000 };
  const delta = deltaOf(one, { blocks: [block, { ...block, expiresMs: 900_000, aNumber: '2' }] }, 7);
  other.hear(delta);
  assert.is(blocks.size, 1);
  assert.is(other.call('+15550000001').reason, 'blocked');
  other.admission.apply({ removedBlocks: [block] });
  other.hear(delta);
  other.hear({ ...delta, number: 6 });
  other.hear({ ...delta, number: 8 }, true);
  assert.is(blocks.size, 0);
  other.hear({ ...delta, number: 9 });
  assert.is(blocks.size, 1);
});

test('blocks nobody by a text that is no number', () => {
  const [one, other] = sidecars(2);
  const block = { aNumber: '1', bNumber: CANONICAL_B, expiresMs: 1_060_000 };
  const blocks = [
    { ...block, aNumber: '\u0000anonymous ' },
    { ...block, aNumber: '' },
    { ...block, bNumber: 'x'.repeat(129) },
    { ...block, expiresMs: Number.POSITIVE_INFINITY },
  ];
  other.hear(deltaOf(one, { blocks }));
  assert.equal([other.admission.state.blocks.size, other.peerNews.malformed], [0, 4]);
});

test('knows numbers by their fingerprints where these are stored', () => {
  const fingerprint = (text: string): string => (text.startsWith('h:') ? text : `h:${text}!`);
  const all = sidecars(2, { fingerprint, policy: { autoBlock: true } });
  const [one, other] = all;
  one.admission.attack(5);
  exchangeAll(all);
  pass(all, 6_000);
  assert.is(other.call('+2348030000001').reason, 'blocked');
  other.admission.apply({
    removedBlocks: [{ aNumber: fingerprint('2348030000001'), bNumber: fingerprint(CANONICAL_B) }],
  });
  assert.is(other.call('+2348030000001', { callId: 'again' }).reason, 'none');
});

test('looks for rules when another sidecar has changed some, once for each revision', () => {
  const [one, other] = sidecars(2);
  const steps: [revision: number, isBacklog: boolean, looked: number][] = [
    [0, false, 0],
    [3, false, 1],
    [3, false, 1],
    [2, false, 1],
    [9, true, 1],
    [9, false, 1],
    [10, false, 2],
  ];
  steps.forEach(([rulesRevision, isBacklog, looked], i) => {
    other.hear(deltaOf(one, { rulesRevision }, i + 1), isBacklog);
    assert.is(other.rulesChanged, looked);
  });
});

test('counts calls that are told of when they have left the window, and merges none of them', () => {
  const [first, second] = sidecars(2);
  first.call('+2348030000001');
  pass([first], 1);
  const late = first.publish();
  pass([second], 5_002);
  second.hear(late);
  assert.is(second.admission.state.window.livePairs, 0);
  assert.is(second.peerNews.late, 1);
});

test('hands on who is alive and who has signed off', () => {
  const [one, other] = sidecars(2);
  other.peerNews.alive(one.peer, other.now - 10);
  assert.is(other.admission.peers.stateAgeMs(other.now), 10);
  other.peerNews.signedOff(one.peer);
  assert.is(other.admission.peers.stateAgeMs(other.now), 0);
});

test('lets go of every key once all is over', () => {
  const all = sidecars(3, { policy: { autoBlock: true, blockMs: 60_000 } });
  const idle = new AdmissionFixture().state.keys.kept;
  for (const each of all) {
    each.admission.attack(5, { bNumber: 'conference', sourceIp: '' });
    each.call('caller', { bNumber: 'elsewhere', sourceIp: '' });
  }
  exchangeAll(all);
  pass(all, 200_000);
  for (const { admission } of all) {
    admission.sweep();
    admission.calls.sweep(admission.now + 2 * 86_400_000);
    admission.state.window.advance(admission.now);
    for (let round = 0; round < 100; round++) admission.state.blocks.sweep(admission.now);
    const { blocks, incidents, keys, window } = admission.state;
    assert.equal([blocks.size, incidents.open, window.livePairs], [0, 0, 0]);
    assert.ok(keys.kept - idle <= 20, `${keys.kept} texts are kept`);
  }
});

test.run();
