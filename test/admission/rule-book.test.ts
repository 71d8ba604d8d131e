import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { StoredAllowlistEntry, StoredBlock, StoredPolicy } from '../../src/admission/stored-rules.js';
import { AdmissionFixture, B } from './admission-fixture.js';

const test = suite('admission/rule-book');

const SIGNED = { reason: 'r', author: 'a', changedAt: new Date(0) };
const DIGITS = '2348099999999';

const policyOf = (terms: StoredPolicy['terms'], revision = 1): StoredPolicy => ({
  scope: { kind: 'b-number', digits: DIGITS },
  terms,
  revision,
  ...SIGNED,
});

function blockUntil(fixture: AdmissionFixture, ms: number): StoredBlock {
  const expiresAt = fixture.wallClock.dateOf(fixture.now + ms);
  return { aNumber: '15550000001', bNumber: DIGITS, expiresAt, alertId: '', ...SIGNED };
}

test('puts a stored policy into force, and takes it out again', () => {
  const fixture = new AdmissionFixture();
  fixture.apply({ policies: [policyOf({ threshold: 2 })] });
  assert.equal(
    fixture.attack(2).map(({ decision }) => decision),
    ['allow', 'reject'],
  );
  fixture.apply({ removedPolicies: [{ kind: 'b-number', digits: DIGITS }] });
  assert.is(fixture.check('A').decision, 'allow');
});

test('counts at once, and exactly, by a window length that no policy had before', () => {
  const fixture = new AdmissionFixture();
  fixture.attack(4);
  fixture.now += 2_000;
  fixture.apply({ policies: [policyOf({ windowMs: 1_000 })] });
  assert.equal([fixture.check('A').distinctACount, fixture.check('B').distinctACount], [1, 2]);
  fixture.settle();
  assert.is(
    fixture.check('C').distinctACount,
    3,
    'the counters of the new length are built, and say the same',
  );
  fixture.now += 1_001;
  assert.is(fixture.check('D').distinctACount, 1);
});

test('blocks until the time that the store says, on the clock of the checks', () => {
  const fixture = new AdmissionFixture();
  fixture.apply({ blocks: [blockUntil(fixture, 1_000)] });
  assert.is(fixture.check('+15550000001').reason, 'blocked');
  fixture.now += 1_000;
  assert.is(fixture.check('+15550000001').reason, 'none');
});

test('lifts a block that was removed', () => {
  const fixture = new AdmissionFixture();
  fixture.apply({ blocks: [blockUntil(fixture, 60_000)] });
  fixture.apply({ removedBlocks: [{ aNumber: '15550000001', bNumber: DIGITS }] });
  assert.is(fixture.check('+15550000001').reason, 'none');
});

test('allowlists what the store says for as long as it says', () => {
  const fixture = new AdmissionFixture();
  const entry: StoredAllowlistEntry = {
    entryId: 'e',
    scope: { kind: 'a-prefix', digits: '1555' },
    expiresAt: fixture.wallClock.dateOf(fixture.now + 1_000),
    alertId: '',
    ...SIGNED,
  };
  fixture.apply({ allowlist: [entry] });
  assert.is(fixture.check('+15550000001').reason, 'allowlisted');
  fixture.now += 1_000;
  assert.is(fixture.check('+15550000001').reason, 'none');
  fixture.apply({ allowlist: [{ ...entry, expiresAt: undefined }] });
  assert.is(fixture.check('+15550000002').reason, 'allowlisted');
  fixture.apply({ removedAllowlist: ['e'] });
  assert.is(fixture.check('+15550000003').reason, 'none');
});

test('takes the newest throw of the switch, in whatever order it hears of them', () => {
  const fixture = new AdmissionFixture();
  const thrown = (on: boolean, at: number) => ({
    on,
    author: 'night',
    reason: '',
    changedAt: new Date(at),
  });
  fixture.book.switchEnforcement(thrown(false, 2));
  fixture.apply({ enforcement: thrown(true, 1) });
  assert.ok(fixture.state.policies.switchedOff, 'the store did not know yet');
  fixture.apply({ enforcement: thrown(true, 3) });
  assert.not.ok(fixture.state.policies.switchedOff);
});

test('says that verdicts are degraded until everything stored is in force', () => {
  const fixture = new AdmissionFixture();
  fixture.book.clear();
  assert.equal(fixture.check('A', { callId: 'same' }).degradedCauses, ['blocks-not-loaded']);
  fixture.book.markLoaded();
  assert.equal(fixture.check('B').degradedCauses, []);
  assert.equal(
    fixture.check('A', { callId: 'same' }).degradedCauses,
    ['blocks-not-loaded'],
    'the same again',
  );
});

test('forgets what was stored when it begins anew', () => {
  const fixture = new AdmissionFixture();
  fixture.apply({ policies: [policyOf({ threshold: 2 })], blocks: [blockUntil(fixture, 60_000)] });
  fixture.book.clear();
  assert.is(fixture.check('+15550000001', { bNumber: B }).reason, 'none');
  assert.is(fixture.check('+15550000002').decision, 'allow');
});

test.run();
