import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SidecarNews } from '../../src/admission/exchange-ports.js';
import type { StoredIncident } from '../../src/admission/incident.js';
import { AdmissionFixture, B } from './admission-fixture.js';
import {
  type Delta,
  exchangeAll,
  GRACE_MS,
  pass,
  SidecarFixture,
  type SidecarOptions,
} from './sidecar-fixture.js';

const test = suite('admission/peer-news');

const CANONICAL_B = B.slice(1);
const NO_CALLS = new SidecarFixture().publish().news.observations;

function sidecars(count: number, options: SidecarOptions = {}): SidecarFixture[] {
  return Array.from({ length: count }, () => new SidecarFixture(options));
}

/** One caller at each, 20 ms apart; nobody sees more than one of them. */
function spreadAttack(all: readonly SidecarFixture[]): void {
  all.forEach((each, i) => {
    each.call(`+234803000000${i}`);
    pass(all, 20);
  });
}

function deltaOf(from: SidecarFixture, news: Partial<SidecarNews>, number = 1): Delta {
  return {
    from,
    number,
    news: { observations: NO_CALLS, blocks: [], incidents: [], rulesRevision: 0, ...news },
  };
}

function told(overrides: Partial<StoredIncident> = {}): StoredIncident {
  return {
    alertId: randomUUID(),
    bNumber: CANONICAL_B,
    exempt: false,
    openedMs: 1_000_000,
    lastDetectionMs: 1_000_000,
    distinctMax: 5,
    severity: 'medium',
    ...overrides,
  };
}

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

test('makes one of two incidents that opened at once, and answers the smaller id', () => {
  const [one, other] = sidecars(2);
  const [first, second] = [one, other].map((each) => each.admission.attack(5)[4].alertId) as [string, string];
  exchangeAll([one, other]);
  const winner = first < second ? first : second;
  assert.equal([one.alertId(), other.alertId()], [winner, winner]);
  for (const [each, own, alias] of [
    [one, first, second],
    [other, second, first],
  ] as const) {
    const { alertId, aliases } = each.admission.records.alerts.at(-1)!;
    assert.equal([alertId, aliases], [own, [alias]], 'each counts under its own');
    assert.is(each.call('+15550000009').alertId, winner);
  }
});

test('tells the id that counts again to a sidecar that has missed it', () => {
  const all = sidecars(2);
  for (const each of all) each.admission.attack(5);
  const [winner, loser] = all.toSorted((one, other) => (one.alertId()! < other.alertId()! ? -1 : 1)) as [
    SidecarFixture,
    SidecarFixture,
  ];
  assert.is(winner.publish().news.incidents.length, 1, 'it is lost');
  winner.hear(loser.publish());
  loser.hear(winner.publish());
  assert.is(loser.alertId(), winner.alertId());
  assert.is(winner.publish().news.incidents.length, 0);
});

test('settles an incident by any of its ids, and does not open it again by news that was under way', () => {
  const [one, other] = sidecars(2);
  one.admission.attack(5);
  other.admission.attack(5);
  exchangeAll([one, other]);
  one.rewind();
  const late = [one.publish()];
  const loser = one.admission.records.alerts.at(-1)!.aliases[0]!;
  one.call('+15550000008');
  late.push(one.publish());
  const winner = other.alertId()!;
  other.admission.apply({ settledAlerts: [loser] });
  assert.is(other.alertId(), undefined);
  other.admission.apply({ settledAlerts: [winner] });
  for (const delta of late) other.hear(delta);
  assert.is(other.alertId(), undefined);
});

test('takes up the next attack, though it was taken for the one that people had settled', () => {
  const all = sidecars(2);
  const [one, other] = all;
  const settled = one.admission.attack(5)[4].alertId;
  exchangeAll(all);
  one.admission.apply({ settledAlerts: [settled] });
  const next = one.call('+15550000001').alertId;
  assert.is.not(next, settled);
  exchangeAll(all);
  other.admission.apply({ settledAlerts: [settled] });
  assert.is(other.alertId(), undefined);
  one.call('+15550000002');
  exchangeAll(all);
  assert.equal([one.alertId(), other.alertId()], [next, next]);
});

test('does not detect anew, by late news of calls, what people have settled', () => {
  const all = sidecars(2);
  const [one, other] = all;
  one.admission.attack(4);
  const calls = one.publish();
  pass(all, 1);
  const more = one.publish();
  other.call('+15550000001');
  other.hear(calls);
  other.hear(more);
  const alertId = other.alertId()!;
  assert.is(other.opened, 1);
  other.admission.apply({ settledAlerts: [alertId] });
  other.hear(more);
  pass(all, 3 * GRACE_MS);
  assert.equal([other.alertId(), other.opened], [undefined, 1]);
  assert.is.not(other.call('+15550000002').alertId, alertId, 'the next call opens a new one');
});

test('takes up nothing that has cooled down, makes no sense or is older than the store can tell', () => {
  const [one, other] = sidecars(2);
  const broken = [
    told({ lastDetectionMs: 900_000 }),
    told({ alertId: 'no uuid' }),
    told({ alertId: randomUUID().toUpperCase() }),
    told({ bNumber: '' }),
    told({ bNumber: '1'.repeat(200) }),
    told({ bNumber: '\u0000anonymous 10.0.0.1' }),
    told({ lastDetectionMs: Number.NaN }),
    told({ openedMs: Number.POSITIVE_INFINITY }),
    told({ distinctMax: 2 ** 40 }),
    told({ distinctMax: -1 }),
    told({ severity: 'none' }),
  ];
  other.hear(deltaOf(one, { incidents: broken }));
  assert.equal([other.admission.state.incidents.open, other.peerNews.malformed], [0, broken.length - 1]);
  other.hear(deltaOf(one, { incidents: [told({ openedMs: -1e300, lastDetectionMs: 1e300 })] }));
  const [incident] = other.admission.state.incidents.walk();
  assert.is(incident.lastDetectionMs, other.now, 'nobody has detected anything in the future');
  assert.is(incident.openedMs, other.now - 30 * 86_400_000);
});

test('keeps an incident apart that another sidecar tells of by an id of another B-number', () => {
  const [one, other] = sidecars(2);
  const alertId = other.admission.attack(5)[4].alertId;
  other.hear(deltaOf(one, { incidents: [told({ alertId, bNumber: '15550000001' })] }));
  assert.is(other.admission.state.incidents.open, 1);
});

test('tells nobody again of an attack that was heard of, nor of the severity that was told already', () => {
  const [one, other] = sidecars(2);
  one.admission.attack(7);
  exchangeAll([one, other]);
  other.call('+15550000001');
  assert.equal(other.admission.alerts, []);
  other.call('+15550000002');
  other.call('+15550000003');
  assert.equal(
    other.admission.alerts.map(({ event, notice }) => `${event} ${notice.severity}`),
    ['grew critical'],
  );
  pass([one, other], 31_000);
  other.admission.sweep();
  assert.is(other.admission.alerts.length, 1, 'who told of the beginning tells of the end');
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
