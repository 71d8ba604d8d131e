/** Verdicts as protobuf messages. Numbers on the wire never leave this file and src/gen. */
import type { CheckedCall } from '../admission/checked-call.js';
import type { Enforcement as PolicyEnforcement } from '../admission/policy.js';
import type { Severity as RuleSeverity } from '../detection/masking-rule.js';
import type { DegradedCause as Cause, Decision, VerdictReason } from '../detection/verdict.js';
import {
  type CheckCallResponse,
  DegradedCause,
  Enforcement,
  Reason,
  Severity,
  Verdict,
} from '../gen/acm/v1/detection.js';

export const VERDICTS: Record<Decision, Verdict> = {
  allow: Verdict.ALLOW,
  observe: Verdict.OBSERVE,
  reject: Verdict.REJECT,
};

export const REASONS: Record<VerdictReason, Reason> = {
  none: Reason.NONE,
  masking: Reason.MASKING,
  blocked: Reason.BLOCKED,
  allowlisted: Reason.ALLOWLISTED,
  exempt: Reason.EXEMPT,
};

const UINT32_MAX = 2 ** 32 - 1;

const SEVERITIES: Record<RuleSeverity, Severity> = {
  none: Severity.UNSPECIFIED,
  medium: Severity.MEDIUM,
  high: Severity.HIGH,
  critical: Severity.CRITICAL,
};

const CAUSES: Record<Cause, DegradedCause> = {
  capacity: DegradedCause.CAPACITY,
  'peer-missing': DegradedCause.PEER_MISSING,
  'blocks-not-loaded': DegradedCause.BLOCKS_NOT_LOADED,
};

export const ENFORCEMENTS: Record<PolicyEnforcement, Enforcement> = {
  enforce: Enforcement.ENFORCE,
  shadow: Enforcement.SHADOW,
};

/** The answer to CheckCall. */
export function checkCallResponse(
  callId: string,
  checked: CheckedCall,
  enforcement: PolicyEnforcement,
): CheckCallResponse {
  return {
    callId,
    verdict: VERDICTS[checked.decision],
    reason: REASONS[checked.reason],
    distinctACount: checked.distinctACount,
    callCount: checked.callCount,
    windowMs: checked.windowMs,
    threshold: checked.threshold,
    severity: SEVERITIES[checked.severity],
    alertId: checked.alertId,
    degraded: checked.degradedCauses.length > 0,
    degradedCauses: checked.degradedCauses.map((cause) => CAUSES[cause]),
    stateAgeMs: Math.min(checked.stateAgeMs, UINT32_MAX),
    sipStatus: checked.answer.status,
    sipReason: checked.answer.phrase,
    reasonHeader: checked.answer.reasonHeader,
    enforcement: ENFORCEMENTS[enforcement],
  };
}
