import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AdmissionFixture, B, POLICY } from './admission-fixture.js';

const test = suite('admission/policy');

const decisions = (checked: { decision: string; reason: string }[]): string[] =>
  checked.map(({ decision, reason }) => `${decision} ${reason}`);

test('counts callers who hide their number as the policy says', () => {
  const distinctOf = (anonymousCallers: 'per-source' | 'one' | 'ignore'): number[] => {
    const fixture = new AdmissionFixture({ policy: { anonymousCallers } });
    return ['10.0.0.1', '10.0.0.2', '10.0.0.1'].map(
      (sourceIp, i) => fixture.check(['anonymous', '', 'Restricted'][i], { sourceIp }).distinctACount,
    );
  };
  assert.equal(distinctOf('per-source'), [1, 2, 2]);
  assert.equal(distinctOf('one'), [1, 1, 1]);
  assert.equal(distinctOf('ignore'), [0, 0, 0]);
});

test('rejects a caller who does not count while the number is under attack', () => {
  const fixture = new AdmissionFixture({ policy: { anonymousCallers: 'ignore' } });
  fixture.attack(5);
  assert.is(fixture.check('anonymous').decision, 'reject');
});

test('observes in shadow what it would have rejected, and touches nothing', () => {
  const fixture = new AdmissionFixture({
    policy: { enforcement: 'shadow', autoBlock: true, autoDisconnect: true },
  });
  fixture.report('A', 'earlier');
  const checked = fixture.attack(6);
  fixture.settle();
  assert.equal(decisions(checked.slice(4)), ['observe masking', 'observe masking']);
  assert.is(checked[5].answer.status, 0);
  assert.is(fixture.state.blocks.size, 0);
  assert.is(fixture.orders.length, 0);
  assert.equal(
    fixture.alerts.map(({ notice }) => notice.effect),
    ['observing'],
  );
});

test('applies the policy of the number, then of the trunk, then of the longest prefix', () => {
  const fixture = new AdmissionFixture({ windowsMs: [1_000] });
  const { policies } = fixture.state;
  policies.setForPrefix('23480', { ...POLICY, threshold: 40 });
  policies.setForPrefix('2348', { ...POLICY, threshold: 30 });
  policies.setForTrunk('carrier', { ...POLICY, threshold: 20, windowMs: 1_000 });
  policies.setForNumber(B, { ...POLICY, threshold: 10, enforcement: 'shadow' });
  const thresholdFor = (bNumber: string, trunk: string): number => {
    return fixture.check('A', { bNumber, trunk }).threshold;
  };
  assert.is(thresholdFor(B, 'carrier'), 10);
  assert.is(thresholdFor('+2348011111111', 'carrier'), 20);
  assert.is(thresholdFor('+2348011111111', ''), 40);
  assert.is(thresholdFor('+2348111111111', ''), 30);
  assert.is(thresholdFor('+15551234567', ''), 5);
  assert.is(policies.enforcement, 'shadow');
});

test('never rejects a repeated attempt when its policy has come to shadow meanwhile', () => {
  const fixture = new AdmissionFixture();
  fixture.attack(4);
  assert.is(fixture.check('A', { callId: 'same' }).decision, 'reject');
  fixture.state.policies.setForNumber(B, { ...POLICY, enforcement: 'shadow' });
  const again = fixture.check('A', { callId: 'same' });
  assert.is(again.decision, 'observe');
  assert.is(again.answer.status, 0);
});

test.run();
