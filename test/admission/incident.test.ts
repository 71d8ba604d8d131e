import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AdmissionFixture, B } from './admission-fixture.js';

const test = suite('admission/incident');

const STORED = {
  alertId: '5d3c6f6e-3c0b-4f43-9a53-0c1b77f7a1a4',
  bNumber: '2348099999999',
  exempt: false,
  openedMs: 990_000,
  lastDetectionMs: 995_000,
  distinctMax: 7,
  severity: 'high',
} as const;

test('extends an incident that was open before the restart', () => {
  const fixture = new AdmissionFixture();
  fixture.state.incidents.restore(STORED);
  assert.is(fixture.state.incidents.open, 1);
  const rejected = fixture.attack(5)[4];
  assert.is(rejected.alertId, STORED.alertId);
  fixture.settle();
  assert.is(fixture.records.alerts[0].severity, 'high', 'severity never falls');
  assert.is(fixture.records.alerts[0].distinctACount, 7);
  assert.is(fixture.records.alerts[0].detections, 1, 'each sidecar counts its own');
});

test('opens a new incident when the stored one has cooled down meanwhile', () => {
  const fixture = new AdmissionFixture();
  fixture.state.incidents.restore(STORED);
  fixture.now = STORED.lastDetectionMs + 30_001;
  assert.is.not(fixture.attack(5)[4].alertId, STORED.alertId);
});

test('finds an incident for as long as it goes on', () => {
  const fixture = new AdmissionFixture();
  fixture.attack(5);
  const { incidents } = fixture.state;
  const [incident] = incidents.walk();
  assert.is(incident.bNumber, B.slice(1));
  fixture.now += 30_000;
  assert.is(incidents.find(incident.bKey, fixture.now), incident);
  fixture.now += 1;
  assert.is(incidents.find(incident.bKey, fixture.now), undefined);
});

test('may be walked while incidents open and close', () => {
  const fixture = new AdmissionFixture();
  const numbers = ['1', '2', '3'].map((last) => `+234809999999${last}`);
  const [first, second, third] = numbers.map((bNumber) => fixture.attack(5, { bNumber })[4].alertId);
  const seen: string[] = [];
  for (const { alertId } of fixture.state.incidents.walk()) {
    seen.push(alertId);
    if (alertId === first) assert.is(fixture.state.incidents.settle(second)?.alertId, second);
  }
  assert.equal(seen, [first, third]);
});

test('forgets a stored incident in due time', () => {
  const fixture = new AdmissionFixture();
  fixture.state.incidents.restore(STORED);
  fixture.now = STORED.lastDetectionMs + 30_001;
  fixture.sweep();
  assert.is(fixture.state.incidents.open, 0);
  assert.is(fixture.alerts.length, 0, 'whoever opened it tells of its end');
});

test('makes one of an incident that was open before the restart and what another sidecar tells of it', () => {
  const fixture = new AdmissionFixture();
  const { incidents, policies } = fixture.state;
  incidents.restore(STORED);
  const [bKey, alertId] = [Number(STORED.bNumber), '00000000-0000-4000-8000-000000000000'];
  const told = { ...STORED, alertId, lastDetectionMs: 999_000, distinctMax: 9 };
  const heard = incidents.hear(bKey, policies.find(bKey, ''), told, fixture.now);
  assert.equal([heard?.change, heard?.incident.ids], ['united', [STORED.alertId, alertId]]);
  assert.is(incidents.open, 1);
  assert.is(fixture.attack(5)[4].alertId, alertId);
});

test('keeps a bounded number of ids of one incident, and of those that people have settled', () => {
  const { incidents, policies } = new AdmissionFixture().state;
  const idOf = (i: number): string => `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;
  const policy = policies.find(1, '');
  for (let i = 300; i > 0; i--)
    incidents.hear(1, policy, { ...STORED, bNumber: '1', alertId: idOf(i) }, 1_000_000);
  const [incident] = incidents.walk();
  assert.is(incident.ids.length, 100);
  assert.is(incidents.settle(idOf(250)), incident);
  for (let i = 0; i < 10_000; i++) incidents.settle(idOf(1_000 + i));
  const again = incidents.hear(1, policy, { ...STORED, bNumber: '1', alertId: idOf(250) }, 1_000_000);
  assert.is(again?.change, 'opened', 'nothing of it can be under way any more');
  assert.is(incidents.hear(1, policy, { ...STORED, alertId: idOf(10_999) }, 1_000_000), undefined);
});

test('finds a stored incident by the fingerprint of its number', () => {
  const fixture = new AdmissionFixture({
    fingerprint: (text) => (text.startsWith('h:') ? text : `h:${text}!`),
  });
  fixture.state.incidents.restore({ ...STORED, bNumber: 'h:2348099999999!' });
  assert.is(fixture.attack(5)[4].alertId, STORED.alertId);
  fixture.settle();
  assert.is(fixture.records.alerts[0].bNumber, '2348099999999');
});

test('opens a new alert for the next detection once people have settled the first', () => {
  const fixture = new AdmissionFixture();
  const first = fixture.attack(5)[4].alertId;
  fixture.settle();
  fixture.apply({ settledAlerts: [first] });
  fixture.now += 10;
  const second = fixture.check('+15550000001').alertId;
  assert.is.not(second, first);
  fixture.settle();
  assert.equal(
    fixture.alerts.map(({ event }) => event),
    ['opened', 'opened'],
  );
});

test('forgets a stored incident that people have settled', () => {
  const fixture = new AdmissionFixture();
  fixture.state.incidents.restore(STORED);
  fixture.apply({ settledAlerts: [STORED.alertId] });
  assert.is(fixture.state.incidents.open, 0);
  assert.is.not(fixture.attack(5)[4].alertId, STORED.alertId);
});

test('goes by what the policy says now: nothing is torn down or blocked after a turn to shadow', async () => {
  const fixture = new AdmissionFixture({ policy: { autoDisconnect: true, autoBlock: true } });
  fixture.check('A0', { callId: 'first' });
  fixture.report('A0', 'first');
  fixture.attack(4);
  fixture.apply({ enforcement: { on: false, author: 'night', reason: '', changedAt: new Date(1) } });
  fixture.settle();
  await Promise.resolve();
  assert.equal([fixture.orders.length, fixture.state.blocks.size], [0, 0]);
  assert.is(fixture.check('A9', { bNumber: B }).decision, 'observe');
});

test.run();
