/** Why a call would be treated as it would be: looks at what is in force, and counts nothing. */
import { isMasking } from '../detection/masking-rule.js';
import type { Decision, VerdictReason } from '../detection/verdict.js';
import { validateAttempt } from './call-attempt.js';
import { acquireCallerKey } from './caller-key.js';
import { type AdmissionState, decide, reasonFor } from './check-call.js';
import type { Policy } from './policy.js';

/** The call that is asked about; texts may be empty except for B. */
export interface CallInQuestion {
  readonly aNumber: string;
  readonly bNumber: string;
  readonly sourceIp: string;
  readonly trunk: string;
}

export interface Explanation {
  /** Canonical. */
  readonly bNumber: string;
  /** The trunk that the call is taken to come by; '' for none. */
  readonly trunk: string;
  /** The policy that applies, and after it those that would apply in its place, the default last. */
  readonly policies: readonly Policy[];
  /** True while the switch turns all enforcement to shadow. */
  readonly switchedOff: boolean;
  readonly exempt: boolean;
  /** Id of an allowlist entry that covers the call; '' for none. */
  readonly allowlistEntryId: string;
  readonly blocked: boolean;
  /** Distinct A-numbers that B has within the window now. */
  readonly distinctACount: number;
  /** The open alert of B; '' for none. */
  readonly alertId: string;
  /** What a call would get now if it brought no new A-number. */
  readonly decision: Decision;
  readonly reason: VerdictReason;
}

/** @throws InvalidFieldError naming the first field that breaks a limit. */
export function explainCall(state: AdmissionState, call: CallInQuestion, nowMs: number): Explanation {
  validateAttempt({ ...call, callId: '', fromTag: '', switchId: '', emergency: false });
  const { keys, trunks, policies, exemptions } = state;
  const trunk = trunks.find(call.trunk, call.sourceIp);
  const trunkName = call.trunk || trunk.name;
  const bKey = keys.acquire(call.bNumber, trunk.plan);
  const candidates = policies.candidates(bKey, trunkName);
  const aKey = acquireCallerKey(
    keys,
    call.aNumber,
    call.sourceIp,
    trunk,
    candidates[0]?.anonymousCallers ?? 'one',
  );
  const exempt = exemptions.covers(call.bNumber, false, trunk.plan);
  const explanation = explain(state, {
    aKey,
    bKey,
    sourceIp: call.sourceIp,
    trunkName,
    exempt,
    candidates,
    nowMs,
  });
  keys.release(aKey);
  keys.release(bKey);
  return explanation;
}

interface Facts {
  readonly aKey: number;
  readonly bKey: number;
  readonly sourceIp: string;
  readonly trunkName: string;
  readonly exempt: boolean;
  readonly candidates: readonly Policy[];
  readonly nowMs: number;
}

function explain(state: AdmissionState, facts: Facts): Explanation {
  const { keys, policies, allowlist, blocks, window, incidents } = state;
  const { aKey, bKey, sourceIp, trunkName, exempt, candidates, nowMs } = facts;
  const policy = candidates[0] as Policy;
  const allowlistEntryId = allowlist.match(aKey, bKey, sourceIp, trunkName, nowMs) ?? '';
  const blocked = blocks.covers(bKey, aKey, nowMs);
  const distinctACount = window.distinct(bKey, nowMs, policy.windowMs);
  const masking = isMasking(distinctACount, policy.threshold);
  const reason = reasonFor({ exempt, allowlisted: allowlistEntryId !== '', blocked, masking });
  return {
    bNumber: keys.textOf(bKey),
    trunk: trunkName,
    policies: candidates,
    switchedOff: policies.switchedOff,
    exempt,
    allowlistEntryId,
    blocked,
    distinctACount,
    alertId: incidents.find(bKey, nowMs)?.alertId ?? '',
    decision: decide(reason, policy),
    reason,
  };
}
