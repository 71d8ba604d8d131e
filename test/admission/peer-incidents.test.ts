import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deltaOf, sidecars, told } from './peer-news-fixture.js';
import { exchangeAll, GRACE_MS, pass, type SidecarFixture } from './sidecar-fixture.js';

const test = suite('admission/peer-incidents');

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

test.run();
