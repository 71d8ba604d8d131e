/** Policies, explanations and the switch in words. */
import { Enforcement, Reason, Verdict } from '../../src/gen/acm/v1/detection.js';
import {
  AnonymousCallers,
  type ExplainPolicyResponse,
  type GetEnforcementResponse,
  type Policy,
  type PolicyInForce,
  type PolicyScope,
  type PolicyTerms,
  type SetEnforcementResponse,
} from '../../src/gen/acm/v1/management.js';
import { listing } from './table.js';
import { atSecond } from './times.js';

/** `b_number 2348099999999`. */
export function scopeInWords({ scope }: PolicyScope): string {
  switch (scope?.$case) {
    case 'bNumber':
      return `b_number ${scope.value}`;
    case 'trunk':
      return `trunk ${scope.value}`;
    case 'bPrefix':
      return `b_prefix ${scope.value}`;
    default:
      return 'default';
  }
}

/** Only what is said: `threshold 8, window 10 s, shadow`. */
export function termsInWords(terms: PolicyTerms): string {
  const { windowSeconds, threshold, cooldownSeconds, enforcement, autoBlock, blockDurationHours } = terms;
  const said: [unknown, string][] = [
    [threshold, `threshold ${threshold}`],
    [windowSeconds, `window ${windowSeconds} s`],
    [enforcement, enforcement === Enforcement.ENFORCE ? 'enforce' : 'shadow'],
    [cooldownSeconds, `cooldown ${cooldownSeconds} s`],
    [autoBlock, `auto-block ${onOff(autoBlock)}`],
    [blockDurationHours, `blocks last ${blockDurationHours} h`],
    [terms.autoDisconnect, `auto-disconnect ${onOff(terms.autoDisconnect)}`],
    [terms.anonymousCallers, `anonymous callers ${anonymousInWords(terms.anonymousCallers)}`],
  ];
  return said
    .filter(([value]) => value !== undefined)
    .map(([, words]) => words)
    .join(', ');
}

function onOff(on: boolean | undefined): string {
  return on ? 'on' : 'off';
}

function anonymousInWords(callers: AnonymousCallers | undefined): string {
  if (callers === AnonymousCallers.PER_SOURCE) return 'one for each source';
  return callers === AnonymousCallers.ONE ? 'one in all' : 'not counted';
}

export function policyTable(policies: readonly Policy[], more: boolean): string {
  const rows = policies.map(({ scope, terms, revision, changedAt, author, reason }) => [
    scopeInWords(scope ?? { scope: undefined }),
    termsInWords(terms ?? {}),
    String(revision),
    atSecond(changedAt),
    author,
    reason,
  ]);
  return listing(['POLICY', 'SAYS', 'REVISION', 'SET', 'BY', 'REASON'], rows, {
    more,
    none: 'No policy is stored: what the environment of the sidecar says applies to every call.',
  });
}

const FATES: Partial<Record<Verdict, string>> = {
  [Verdict.ALLOW]: 'go on',
  [Verdict.OBSERVE]: 'go on, and be noted as one that would have been rejected if the policy enforced',
  [Verdict.REJECT]: 'be rejected',
};

/** What would happen to a call now, why, by which policy, and why by no other. */
export function explanationInWords(answer: ExplainPolicyResponse, aNumber: string): string {
  const [applies, ...others] = answer.policies;
  const trunk = answer.trunk === '' ? '' : ` by trunk ${answer.trunk}`;
  const fate = FATES[answer.verdict] ?? Verdict[answer.verdict];
  const lines = [
    `A call from ${aNumber || 'an anonymous caller'} to ${answer.bNumber}${trunk} would now ${fate}.`,
    `  ${why(answer, applies)}`,
  ];
  if (answer.switchedOff) lines.push(`  ${SWITCHED_OFF}`);
  if (applies !== undefined) lines.push('', 'The policy that applies:', `  ${policyInWords(applies)}`);
  if (others.length > 0)
    lines.push(
      '',
      'Not in its place (a B-number goes before a trunk, a trunk before the longest B prefix, the default comes last):',
      ...others.map((policy) => `  ${policyInWords(policy)}`),
    );
  return lines.join('\n');
}

const SWITCHED_OFF =
  'Enforcement is switched off: every policy is shadow for now (see `acm enforcement status`).';

function policyInWords({ scope, revision, terms }: PolicyInForce): string {
  const origin = revision === 0 ? 'from the environment' : `revision ${revision}`;
  return `${scope} (${origin}): ${termsInWords(terms ?? {})}`;
}

function why(answer: ExplainPolicyResponse, policy: PolicyInForce | undefined): string {
  switch (answer.reason) {
    case Reason.EXEMPT:
      return 'The B-number is an emergency number or exempt by configuration: it is never rejected.';
    case Reason.ALLOWLISTED:
      return `Allowlist entry ${answer.allowlistEntryId} covers the call; it is not counted.`;
    case Reason.BLOCKED:
      return 'This A-number is blocked from calling this B-number (see `acm block list`).';
    default:
      return countInWords(answer, policy);
  }
}

function countInWords(answer: ExplainPolicyResponse, policy: PolicyInForce | undefined): string {
  const { windowSeconds = 0, threshold = 0 } = policy?.terms ?? {};
  const { distinctACount: count } = answer;
  const counted = `${count} of ${threshold} A-numbers have called this B-number within ${windowSeconds} s`;
  const alert = answer.alertId === '' ? '' : `; its open alert is ${answer.alertId}`;
  if (count >= threshold) return `${counted}: it is under attack${alert}.`;
  const next = count + 1 >= threshold ? 'The next new A-number reaches the threshold.' : '';
  return `${counted}${alert}. ${next}`.trimEnd();
}

/** Whether calls are rejected, and who decided that. */
export function enforcementInWords({ enforcementSwitch, enforcement }: GetEnforcementResponse): string {
  const on = enforcementSwitch?.on ?? true;
  const lines = [on ? modeInWords(enforcement) : OFF];
  if (enforcementSwitch?.changedAt !== undefined) {
    const { changedAt, author, reason } = enforcementSwitch;
    const because = reason === '' ? '' : `: ${reason}`;
    lines.push(`Switched ${onOff(on)} at ${atSecond(changedAt)} by ${author}${because}`);
  }
  return lines.join('\n');
}

/** What the switch has been set to, and where. */
export function switchedInWords(on: boolean, { everywhere, enforcement }: SetEnforcementResponse): string {
  const where = everywhere
    ? 'Every sidecar on this store follows within a second.'
    : 'Only in this sidecar so far: the store does not answer. The others follow as soon as it does; switch each of them if that is too late.';
  return `${on ? modeInWords(enforcement) : OFF}\n${where}`;
}

const OFF =
  'Enforcement is off: attacks are detected and observed, but nothing is rejected, blocked or torn down.';

function modeInWords(enforcement: Enforcement): string {
  if (enforcement === Enforcement.ENFORCE) return 'Enforcement is on: masked calls are rejected.';
  return 'Enforcement is on, but at least one policy is shadow: its calls are only observed (see `acm policy list`).';
}
