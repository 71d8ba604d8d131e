import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  enforcementInWords,
  explanationInWords,
  policyTable,
  switchedInWords,
  termsInWords,
} from '../../../sidecar/words/policy-words.js';
import { Enforcement, Reason, Verdict } from '../../../src/gen/acm/v1/detection.js';
import { AnonymousCallers, type ExplainPolicyResponse } from '../../../src/gen/acm/v1/management.js';

const test = suite('sidecar/words/policy-words');

const DEFAULT = {
  windowSeconds: 5,
  threshold: 5,
  cooldownSeconds: 30,
  enforcement: Enforcement.ENFORCE,
  autoBlock: true,
  blockDurationHours: 24,
  autoDisconnect: false,
  anonymousCallers: AnonymousCallers.PER_SOURCE,
};

function answerOf(changes: Partial<ExplainPolicyResponse> = {}): ExplainPolicyResponse {
  return {
    bNumber: '234809',
    trunk: 'lagos',
    policies: [
      { scope: 'trunk lagos', revision: 12, terms: { ...DEFAULT, threshold: 8, windowSeconds: 10 } },
      { scope: 'default', revision: 0, terms: DEFAULT },
    ],
    switchedOff: false,
    exempt: false,
    allowlistEntryId: '',
    blocked: false,
    distinctACount: 3,
    alertId: '',
    verdict: Verdict.ALLOW,
    reason: Reason.NONE,
    ...changes,
  };
}

test('says only what a policy says', () => {
  assert.is(termsInWords({ threshold: 8, autoBlock: false }), 'threshold 8, auto-block off');
  assert.is(
    termsInWords({ anonymousCallers: AnonymousCallers.IGNORE, enforcement: Enforcement.SHADOW }),
    'shadow, anonymous callers not counted',
  );
});

test('explains a call that goes on, and what the next new caller would do', () => {
  assert.is(
    explanationInWords(answerOf(), '+234801'),
    `A call from +234801 to 234809 by trunk lagos would now go on.
  3 of 8 A-numbers have called this B-number within 10 s.

The policy that applies:
  trunk lagos (revision 12): threshold 8, window 10 s, enforce, cooldown 30 s, auto-block on, blocks last 24 h, auto-disconnect off, anonymous callers one for each source

Not in its place (a B-number goes before a trunk, a trunk before the longest B prefix, the default comes last):
  default (from the environment): threshold 5, window 5 s, enforce, cooldown 30 s, auto-block on, blocks last 24 h, auto-disconnect off, anonymous callers one for each source`,
  );
  assert.match(
    explanationInWords(answerOf({ distinctACount: 7 }), ''),
    'from an anonymous caller to 234809 by trunk lagos would now go on.\n  7 of 8 A-numbers have called this B-number within 10 s. The next new A-number reaches the threshold.',
  );
});

test('explains every other fate', () => {
  for (const [changes, words] of [
    [
      { verdict: Verdict.REJECT, reason: Reason.MASKING, distinctACount: 9, alertId: 'a1' },
      'be rejected.\n  9 of 8 A-numbers have called this B-number within 10 s: it is under attack; its open alert is a1.',
    ],
    [{ verdict: Verdict.REJECT, reason: Reason.BLOCKED }, 'be rejected.\n  This A-number is blocked'],
    [{ reason: Reason.ALLOWLISTED, allowlistEntryId: 'e1' }, 'go on.\n  Allowlist entry e1 covers the call'],
    [{ reason: Reason.EXEMPT }, 'go on.\n  The B-number is an emergency number or exempt'],
    [
      { verdict: Verdict.OBSERVE, reason: Reason.MASKING, distinctACount: 8, switchedOff: true },
      'go on, and be noted as one that would have been rejected if the policy enforced.\n  8 of 8 A-numbers have called this B-number within 10 s: it is under attack.\n  Enforcement is switched off',
    ],
  ] as const)
    assert.match(explanationInWords(answerOf(changes), '1'), `would now ${words}`);
});

test('lists policies, or says what applies without one', () => {
  assert.match(policyTable([], false), 'No policy is stored');
  const policy = {
    scope: { scope: { $case: 'bPrefix', value: '2348' } as const },
    terms: { threshold: 8 },
    revision: 3,
    reason: 'televote',
    author: 'ada',
    changedAt: new Date('2026-11-22T03:14:07Z'),
  };
  assert.is(
    policyTable([policy], false),
    `POLICY         SAYS         REVISION  SET                   BY   REASON
b_prefix 2348  threshold 8  3         2026-11-22 03:14:07Z  ada  televote`,
  );
});

test('says whether calls are rejected, and who decided that', () => {
  const changedAt = new Date('2026-11-22T03:14:07Z');
  assert.is(
    enforcementInWords({
      enforcementSwitch: { on: false, author: 'ada', reason: 'storm', changedAt },
      enforcement: Enforcement.SHADOW,
    }),
    'Enforcement is off: attacks are detected and observed, but nothing is rejected, blocked or torn down.\nSwitched off at 2026-11-22 03:14:07Z by ada: storm',
  );
  const on = { on: true, author: '', reason: '', changedAt: undefined };
  assert.is(
    enforcementInWords({ enforcementSwitch: on, enforcement: Enforcement.ENFORCE }),
    'Enforcement is on: masked calls are rejected.',
  );
  assert.match(
    enforcementInWords({ enforcementSwitch: on, enforcement: Enforcement.SHADOW }),
    'on, but at least one policy is shadow',
  );
});

test('says how far the switch has come', () => {
  assert.match(
    switchedInWords(false, { everywhere: true, enforcement: Enforcement.SHADOW }),
    /^Enforcement is off.*\nEvery sidecar on this store follows within a second\.$/,
  );
  assert.match(
    switchedInWords(true, { everywhere: false, enforcement: Enforcement.ENFORCE }),
    /^Enforcement is on.*\nOnly in this sidecar so far/,
  );
});

test.run();
