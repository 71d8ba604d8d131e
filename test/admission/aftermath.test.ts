import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AdmissionFixture, B } from './admission-fixture.js';

const test = suite('admission/aftermath');

test('opens one alert for a burst and tells again only when it grows graver', () => {
  const fixture = new AdmissionFixture();
  const checked = fixture.attack(12);
  fixture.settle();
  assert.equal(
    fixture.alerts.map(({ event, notice }) => `${event} ${notice.severity}`),
    ['opened critical'],
  );
  assert.is(new Set(checked.slice(4).map(({ alertId }) => alertId)).size, 1);
  assert.is(checked[3].alertId, '');
});

test('tells of each step in severity as it happens', () => {
  const fixture = new AdmissionFixture();
  for (let i = 0; i < 12; i++) {
    fixture.check(`A${i}`);
    fixture.settle();
  }
  assert.equal(
    fixture.alerts.map(({ event, notice }) => `${event} ${notice.severity} ${notice.distinctACount}`),
    ['opened medium 5', 'grew high 7', 'grew critical 10'],
  );
});

test('extends an alert for as long as detections follow within the cooldown, then opens a new one', () => {
  const fixture = new AdmissionFixture();
  const first = fixture.attack(5)[4].alertId;
  fixture.now += 30_000;
  assert.is(fixture.attack(5)[4].alertId, first);
  fixture.now += 30_001;
  assert.is.not(fixture.attack(5)[4].alertId, first);
  fixture.settle();
  assert.equal(
    fixture.alerts.map(({ event }) => event),
    ['opened', 'opened'],
  );
});

test('says when an attack has ceased', () => {
  const fixture = new AdmissionFixture();
  fixture.attack(5);
  fixture.settle();
  fixture.now += 30_000;
  fixture.sweep();
  assert.is(fixture.alerts.length, 1);
  fixture.now += 1;
  fixture.sweep();
  assert.equal(
    fixture.alerts.map(({ event }) => event),
    ['opened', 'ended'],
  );
});

test('blocks each caller of the burst from that number, and nobody else, for the time of the policy', () => {
  const fixture = new AdmissionFixture({ policy: { autoBlock: true, blockMs: 60_000 } });
  fixture.attack(6);
  fixture.settle();
  assert.is(fixture.state.blocks.size, 6);
  fixture.now += 6_000;
  const blocked = fixture.check('+2348030000000');
  assert.equal([blocked.decision, blocked.reason, blocked.distinctACount], ['reject', 'blocked', 1]);
  assert.is(fixture.check('+2348030000000', { bNumber: '+15551234567' }).decision, 'allow');
  assert.is(fixture.check('+4412345678').decision, 'allow', 'B itself is never blocked');
  fixture.now += 60_000;
  assert.is(fixture.check('+2348030000000').decision, 'allow');
});

test('blocks no anonymous caller and no allowlisted one', () => {
  const fixture = new AdmissionFixture({ policy: { autoBlock: true } });
  fixture.check('anonymous');
  fixture.attack(5);
  fixture.state.allowlist.set('entry', {
    scope: { kind: 'a-prefix', digits: '2348030000001' },
    expiresMs: Infinity,
  });
  fixture.settle();
  assert.is(fixture.state.blocks.size, 4);
});

test('counts a blocked attempt, so that blocked callers alone raise an alert', () => {
  const fixture = new AdmissionFixture({ policy: { autoBlock: true } });
  fixture.attack(5);
  fixture.settle();
  fixture.now += 40_000;
  const checked = fixture.attack(5);
  assert.ok(checked.every(({ reason }) => reason === 'blocked'));
  assert.is(checked[4].severity, 'medium');
  assert.is.not(checked[4].alertId, '');
});

test('tears down the calls that began within a window before the detection', async () => {
  const fixture = new AdmissionFixture({ policy: { autoDisconnect: true } });
  fixture.check('+1', { callId: 'long ago' });
  fixture.report('+1', 'long ago', { state: 'answered' });
  fixture.now += 5_001;
  fixture.check('+2', { callId: 'elsewhere', bNumber: '+999' });
  fixture.report('+2', 'elsewhere', { bNumber: '+999' });
  for (let i = 0; i < 4; i++) {
    fixture.check(`A${i}`, { callId: `burst-${i}` });
    fixture.report(`A${i}`, `burst-${i}`);
  }
  assert.is(fixture.orders.length, 0);
  fixture.check('A4', { callId: 'fifth' });
  fixture.settle();
  await Promise.resolve();
  assert.equal(fixture.orders.map(({ callId }) => callId).sort(), [
    'burst-0',
    'burst-1',
    'burst-2',
    'burst-3',
  ]);
  assert.is(fixture.orders[0].sipStatus, 608);
});

test('tears down a call of the burst whose report comes after the detection', () => {
  const fixture = new AdmissionFixture({ policy: { autoDisconnect: true } });
  fixture.check('A0', { callId: 'late' });
  fixture.attack(4);
  fixture.settle();
  fixture.now += 200;
  assert.is(fixture.report('A0', 'late'), true);
  assert.equal(
    fixture.orders.map(({ callId }) => callId),
    ['late'],
  );
});

test('leaves alone a call that begins in peace while the incident cools down', () => {
  const fixture = new AdmissionFixture({ policy: { autoDisconnect: true } });
  fixture.attack(5);
  fixture.settle();
  fixture.now += 10_000;
  assert.is(fixture.check('+4412345678', { callId: 'peaceful' }).decision, 'allow');
  assert.is(fixture.report('+4412345678', 'peaceful'), false);
  assert.is(fixture.orders.length, 0);
});

test('tears down a call that nobody screened while its number is under attack', () => {
  const fixture = new AdmissionFixture({ policy: { autoDisconnect: true } });
  fixture.attack(5);
  fixture.settle();
  fixture.now += 1_000;
  assert.is(fixture.report('+4412345678', 'unscreened'), true);
});

test('spares calls to exempt numbers and of allowlisted callers', () => {
  const fixture = new AdmissionFixture({ policy: { autoDisconnect: true } });
  fixture.state.allowlist.set('entry', {
    scope: { kind: 'source', cidr: '192.0.2.0/24' },
    expiresMs: Infinity,
  });
  fixture.report('A', 'allowlisted', { sourceIp: '192.0.2.7' });
  fixture.report('A', 'emergency', { bNumber: '112' });
  fixture.attack(5);
  fixture.attack(5, { bNumber: '112' });
  fixture.settle();
  assert.is(fixture.orders.length, 0);
});

test('tears nothing down unless the policy says so', () => {
  const fixture = new AdmissionFixture();
  fixture.report('A0', 'call');
  fixture.attack(5);
  fixture.settle();
  assert.is(fixture.orders.length, 0);
});

test('drops what exceeds its bound, and counts it', () => {
  const fixture = new AdmissionFixture({ capacity: 20_000 });
  for (let i = 0; i < 10_010; i++) fixture.check(`A${i}`);
  assert.is(fixture.state.counters.aftermathDropped, 6);
  fixture.settle();
  assert.is(fixture.alerts.length >= 1, true);
});

test('writes down why each call was rejected, without a whole phone number', () => {
  const fixture = new AdmissionFixture();
  const rejected = fixture.attack(5)[4];
  fixture.settle();
  const line = fixture.logged.find(({ message }) => message === 'call detected');
  assert.is(line?.fields['alertId'], rejected.alertId);
  assert.is(line?.fields['callId'], 'call-4');
  const text = JSON.stringify(fixture.logged);
  assert.not.match(text, B.slice(1));
  assert.not.match(text, '2348030000004');
});

test.run();
