import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AdmissionFixture, B } from './admission-fixture.js';

const test = suite('admission/bookkeeping');

const DAY_MS = 86_400_000;

test('keeps the calls of the burst that were let through before anybody could know', () => {
  const fixture = new AdmissionFixture();
  for (let i = 0; i < 5; i++) {
    fixture.check(`+23480300000${i}`, {
      callId: `call-${i}`,
      sourceIp: `10.0.0.${i}`,
      trunk: 't',
      switchId: 's',
    });
    fixture.now += 100;
  }
  fixture.settle();
  const { flagged } = fixture.records;
  assert.equal(
    flagged.map(({ callId, aNumber, sourceIp, decision }) => [callId, aNumber, sourceIp, decision]),
    [0, 1, 2, 3, 4].map((i) => [`call-${i}`, `23480300000${i}`, `10.0.0.${i}`, i < 4 ? 'allow' : 'reject']),
  );
  assert.is(new Set(flagged.map(({ alertId }) => alertId)).size, 1);
  assert.equal([flagged[4].sipStatus, flagged[4].sipReason, flagged[4].trunk], [608, 'Rejected', 't']);
  assert.is(flagged[4].calledAt.getTime() - flagged[0].calledAt.getTime(), 400);
});

test('does not take calls for evidence that had left the window', () => {
  const fixture = new AdmissionFixture();
  fixture.check('+1', { callId: 'long ago' });
  fixture.now += 5_001;
  fixture.attack(5);
  fixture.settle();
  assert.not.ok(fixture.records.flagged.some(({ callId }) => callId === 'long ago'));
  assert.is(fixture.records.flagged.length, 5);
});

test('counts the calls of the burst and every detection since', () => {
  const fixture = new AdmissionFixture();
  fixture.attack(6);
  fixture.settle();
  fixture.now += 1_000;
  fixture.check('+2348030000001');
  fixture.settle();
  const newest = fixture.records.alerts.at(-1)!;
  assert.equal([newest.callCount, newest.detections, newest.distinctACount], [7, 3, 6]);
  assert.is(newest.windowEnd.getTime() - newest.windowStart.getTime(), 1_000);
  assert.is(newest.coolsAt.getTime() - newest.windowEnd.getTime(), 30_000);
});

test('keeps the policy in force by its scope and revision', () => {
  const fixture = new AdmissionFixture();
  fixture.apply({
    policies: [
      {
        scope: { kind: 'b-prefix', digits: '23480' },
        terms: { threshold: 3 },
        revision: 42,
      },
    ],
  });
  fixture.attack(3);
  fixture.settle();
  const { policy } = fixture.records.alerts[0];
  assert.equal(
    [policy.scope, policy.revision, policy.threshold, policy.windowSeconds],
    ['b_prefix 23480', 42, 3, 5],
  );
});

test('keeps at most a thousand calls of an incident, and counts the rest', () => {
  const fixture = new AdmissionFixture();
  for (let i = 0; i < 1_200; i++) {
    fixture.check(`+2348030${String(i).padStart(6, '0')}`);
    fixture.settle();
  }
  assert.is(fixture.records.flagged.length, 1_000);
  assert.is(fixture.records.alerts.at(-1)?.callCount, 1_200);
});

test('keeps the newest of very many calls before the detection, and leaves room for the rejected ones', () => {
  const fixture = new AdmissionFixture();
  for (let i = 0; i < 2_000; i++) {
    if (i === 1_990) fixture.now += 10;
    fixture.check(`A${i % 4}`, { callId: `before-${i}` });
  }
  fixture.now += 10;
  fixture.check('A4', { callId: 'the fifth' });
  fixture.check('A5', { callId: 'the sixth' });
  fixture.settle();
  const { flagged, alerts } = fixture.records;
  assert.is(flagged.length, 502);
  assert.equal(
    flagged.slice(-3).map(({ callId, decision }) => `${callId} ${decision}`),
    ['before-1999 allow', 'the fifth reject', 'the sixth reject'],
  );
  assert.is(alerts.at(-1)?.callCount, 2_002);
});

test('writes down each automatic block with its alert and its end', () => {
  const fixture = new AdmissionFixture({ policy: { autoBlock: true } });
  const { alertId } = fixture.attack(5)[4];
  fixture.settle();
  const { blocks } = fixture.records;
  assert.equal(
    blocks.map(({ aNumber }) => aNumber).sort(),
    [0, 1, 2, 3, 4].map((i) => `234803000000${i}`),
  );
  assert.ok(blocks.every((block) => block.bNumber === '2348099999999' && block.alertId === alertId));
  assert.is(blocks[0].expiresAt.getTime() - blocks[0].changedAt.getTime(), DAY_MS);
});

test('writes down how each teardown ended', async () => {
  const fixture = new AdmissionFixture({ policy: { autoDisconnect: true } });
  fixture.check('A0', { callId: 'first' });
  fixture.report('A0', 'first');
  fixture.attack(4);
  fixture.settle();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(
    fixture.records.disconnects.map(({ callId, control, outcome }) => [callId, control, outcome]),
    [['first', 'test', 'ended']],
  );
  assert.is(fixture.records.disconnects[0].alertId, fixture.records.alerts[0].alertId);
});

test('writes down a blocked call that belongs to no attack', () => {
  const fixture = new AdmissionFixture({ policy: { autoBlock: true } });
  fixture.attack(5);
  fixture.settle();
  fixture.now += 60_000;
  fixture.check('+2348030000001', { callId: 'again' });
  fixture.settle();
  const last = fixture.records.flagged.at(-1)!;
  assert.equal([last.callId, last.reason, last.decision, last.alertId], ['again', 'blocked', 'reject', '']);
});

test('observes under shadow, and writes down what would have happened', () => {
  const fixture = new AdmissionFixture({ policy: { enforcement: 'shadow' } });
  fixture.attack(5);
  fixture.settle();
  assert.equal(
    [fixture.records.flagged.at(-1)?.decision, fixture.records.flagged.at(-1)?.sipStatus],
    ['observe', 0],
  );
  assert.is(fixture.records.alerts[0].effect, 'observing');
  assert.is(fixture.records.blocks.length, 0);
});

test('names no anonymous caller by the address that it is told apart by', () => {
  const fixture = new AdmissionFixture();
  for (let i = 0; i < 5; i++) fixture.check('anonymous', { sourceIp: `10.0.0.${i}` });
  fixture.settle();
  assert.ok(fixture.records.flagged.every(({ aNumber }) => aNumber === 'anonymous'));
});

test('writes down the other calls only where that is wanted', () => {
  const sparse = new AdmissionFixture();
  sparse.check('+1');
  sparse.settle();
  assert.is(sparse.records.unflagged.length, 0);
  const complete = new AdmissionFixture({ recordAll: true });
  for (let i = 0; i < 150; i++) complete.check('+15551234567', { callId: `call-${i}` });
  complete.settle();
  assert.is(complete.records.unflagged.length, 150);
  assert.equal(complete.records.unflagged[149].callId, 'call-149');
  assert.is(complete.records.unflagged[0].bNumber, B.slice(1));
});

test('a teardown that no alert is about is evidence of nothing', async () => {
  const fixture = new AdmissionFixture();
  const call = { callId: 'c', fromTag: 't', switchId: 's' };
  const isOver = (): boolean => false;
  await fixture.teardown.order(call, { alertId: '', isOver });
  assert.equal(fixture.records.disconnects, []);
  await fixture.teardown.order(call, { alertId: 'x', isOver });
  assert.is(fixture.records.disconnects.length, 1);
});

test.run();
