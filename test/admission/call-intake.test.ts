import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AdmissionFixture } from './admission-fixture.js';

const test = suite('admission/call-intake');

const CALLERS = ['+15550000001', '+15550000002', '+15550000003', '+15550000004', '+15550000005'];

test('a call that is let through in path is in progress, a rejected one is not', () => {
  const fixture = new AdmissionFixture();
  const decisions = CALLERS.map((aNumber) => fixture.intake.screen(fixture.attempt(aNumber)).decision);
  assert.equal(decisions, ['allow', 'allow', 'allow', 'allow', 'reject']);
  assert.is(fixture.calls.size, 4);
  fixture.settle();
  assert.equal(fixture.orders, [], 'a call that its switch rejects needs no teardown');
});

test('a call out of path that is to be rejected is torn down, whatever is said of the earlier ones', () => {
  const fixture = new AdmissionFixture({ policy: { autoDisconnect: false } });
  const attempts = CALLERS.map((aNumber) => fixture.attempt(aNumber));
  const decisions = attempts.map((attempt) => fixture.intake.observe(attempt, 'ringing')?.decision);
  fixture.settle();
  assert.equal(decisions, ['allow', 'allow', 'allow', 'allow', 'reject']);
  assert.equal(
    fixture.orders.map(({ callId, alertId }) => [callId, alertId]),
    [[attempts[4].callId, fixture.alerts[0].notice.alertId]],
  );
});

test('with auto-disconnect the earlier calls of the burst are torn down too, each once', () => {
  const fixture = new AdmissionFixture({ policy: { autoDisconnect: true } });
  for (const aNumber of CALLERS) fixture.intake.observe(fixture.attempt(aNumber), 'ringing');
  fixture.settle();
  assert.is(fixture.orders.length, 5);
  assert.is(new Set(fixture.orders.map(({ callId }) => callId)).size, 5);
});

test('tears down a blocked call that belongs to no incident', () => {
  const fixture = new AdmissionFixture({ policy: { autoBlock: true } });
  for (const aNumber of CALLERS) fixture.intake.screen(fixture.attempt(aNumber));
  fixture.settle();
  fixture.now += 60_000;
  fixture.sweep();
  assert.is(fixture.intake.observe(fixture.attempt(CALLERS[0]), 'answered')?.reason, 'blocked');
  assert.is(fixture.orders.length, 1);
});

test('does not check a call again that is known, but follows it', () => {
  const fixture = new AdmissionFixture();
  const attempt = fixture.attempt(CALLERS[0]);
  fixture.intake.observe(attempt, 'ringing');
  assert.is(fixture.intake.observe(attempt, 'answered'), undefined);
  assert.is(fixture.calls.find(attempt.callId, attempt.fromTag)?.state, 'answered');
  assert.is(fixture.state.counters.totals().checks, 1);
});

test('callers who reuse the Call-ID and the tag of a call that lives are counted all the same', () => {
  const fixture = new AdmissionFixture();
  const reused = { callId: 'reused', fromTag: 'reused' };
  const decisions = CALLERS.map(
    (aNumber) => fixture.intake.observe(fixture.attempt(aNumber, reused), 'ringing')?.decision,
  );
  fixture.settle();
  assert.equal(decisions, ['allow', 'allow', 'allow', 'allow', 'reject']);
  assert.equal(
    fixture.orders.map(({ callId }) => callId),
    ['reused'],
  );
});

test('a spared call is not ended on account of one that reuses its Call-ID', () => {
  const fixture = new AdmissionFixture();
  const reused = { callId: 'reused', fromTag: 'reused' };
  fixture.intake.observe(fixture.attempt('+15550009999', { ...reused, bNumber: '112' }), 'ringing');
  for (const aNumber of CALLERS) fixture.intake.observe(fixture.attempt(aNumber, reused), 'ringing');
  fixture.settle();
  assert.equal(fixture.orders, []);
});

test('a call that is told of in path and out of path counts once and has one verdict', () => {
  const fixture = new AdmissionFixture();
  for (const aNumber of CALLERS) {
    const attempt = fixture.attempt(aNumber);
    const inPath = fixture.intake.screen(attempt);
    const outOfPath = fixture.intake.observe(attempt, 'ringing');
    if (outOfPath !== undefined) assert.is(outOfPath.decision, inPath.decision);
  }
  assert.is(fixture.state.window.livePairs, 5);
});

test('a call without a Call-ID or a switch is checked, and cannot be followed', () => {
  const fixture = new AdmissionFixture();
  assert.is(
    fixture.intake.observe(fixture.attempt(CALLERS[0], { callId: '' }), 'ringing')?.decision,
    'allow',
  );
  assert.is(fixture.intake.screen(fixture.attempt(CALLERS[1], { switchId: '' })).decision, 'allow');
  assert.is(fixture.calls.size, 0);
});

test('a call to an exempt number goes on even if it breaks the limits of a report', () => {
  const fixture = new AdmissionFixture();
  const attempt = fixture.attempt('1'.repeat(200), { bNumber: '112' });
  assert.is(fixture.intake.screen(attempt).reason, 'exempt');
  assert.is(fixture.intake.observe(attempt, 'ringing')?.reason, 'exempt');
});

test.run();
