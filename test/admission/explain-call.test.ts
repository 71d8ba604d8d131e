import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { explainCall } from '../../src/admission/explain-call.js';
import { nameOfScope } from '../../src/admission/policy.js';
import { AdmissionFixture, B } from './admission-fixture.js';

const test = suite('admission/explain-call');

const CALL = { aNumber: '+15550000001', bNumber: B, sourceIp: '', trunk: '' };

test('names the policy that applies, and those that would apply in its place, in their order', () => {
  const fixture = new AdmissionFixture();
  const { policies } = fixture.state;
  policies.set({ kind: 'b-prefix', digits: '234' }, { threshold: 9 }, 1);
  policies.set({ kind: 'trunk', name: 'carrier' }, { threshold: 8 }, 2);
  policies.set({ kind: 'b-number', digits: '2348099999999' }, { threshold: 7 }, 3);
  const explained = explainCall(fixture.state, { ...CALL, trunk: 'carrier' }, fixture.now);
  assert.equal(
    explained.policies.map(({ scope }) => nameOfScope(scope)),
    ['b_number 2348099999999', 'trunk carrier', 'b_prefix 234', 'default'],
  );
});

test('says what a call would get and why, and counts nothing', () => {
  const fixture = new AdmissionFixture();
  const explain = (overrides = {}) => {
    const { decision, reason, distinctACount } = explainCall(
      fixture.state,
      { ...CALL, ...overrides },
      fixture.now,
    );
    return [decision, reason, distinctACount];
  };
  assert.equal(explain(), ['allow', 'none', 0]);
  assert.equal(explain(), ['allow', 'none', 0]);
  const { alertId } = fixture.attack(5)[4];
  assert.equal(explain(), ['reject', 'masking', 5]);
  assert.is(explainCall(fixture.state, CALL, fixture.now).alertId, alertId);
  assert.equal(explain({ bNumber: '112' }), ['allow', 'exempt', 0]);
  fixture.state.allowlist.set('e', {
    scope: { kind: 'a-prefix', digits: '1555' },
    expiresMs: Number.POSITIVE_INFINITY,
  });
  assert.equal(explain(), ['allow', 'allowlisted', 5]);
  assert.is(explainCall(fixture.state, CALL, fixture.now).allowlistEntryId, 'e');
  fixture.state.policies.switchOff(true);
  assert.equal(explain({ aNumber: '+4912345678' }), ['observe', 'masking', 5]);
  assert.ok(explainCall(fixture.state, CALL, fixture.now).switchedOff);
});

test('tells of a block', () => {
  const fixture = new AdmissionFixture();
  fixture.state.blocks.set('2348099999999', '15550000001', fixture.now + 1_000);
  const explained = explainCall(fixture.state, CALL, fixture.now);
  assert.equal([explained.blocked, explained.decision, explained.reason], [true, 'reject', 'blocked']);
});

test('keeps no name that was only asked about', () => {
  const fixture = new AdmissionFixture();
  explainCall(fixture.state, { ...CALL, aNumber: 'alice', bNumber: 'bob' }, fixture.now);
  assert.is(fixture.state.keys.kept, 0);
});

test.run();
