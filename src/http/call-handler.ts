/** Calls over HTTP: each is checked, and calls in progress begin and end as a switch tells. */
import type { CallAttempt } from '../admission/call-attempt.js';
import type { CallIntake } from '../admission/call-intake.js';
import type { CallState } from '../admission/calls.js';
import type { AdmissionState } from '../admission/check-call.js';
import type { CheckedCall } from '../admission/checked-call.js';
import { type CallEvent, type CallVerdict, VERDICTS } from './call-schemas.js';

const ENDINGS: ReadonlySet<string> = new Set(['completed', 'ended', 'disconnected']);
const STATES: ReadonlyMap<string, CallState> = new Map([
  ['ringing', 'ringing'],
  ['active', 'answered'],
  ['answered', 'answered'],
]);
/** Stands in for a switch that does not name itself. */
export const NAMELESS_SWITCH = 'http';

export interface CallHandlerParts {
  readonly intake: Pick<CallIntake, 'check' | 'screen' | 'report'>;
  readonly state: Pick<AdmissionState, 'policies'>;
  /** Monotonic milliseconds with fractions. */
  readonly nowMs: () => number;
}

export class CallHandler {
  constructor(private readonly parts: CallHandlerParts) {}

  /** @throws InvalidFieldError for a call that breaks a limit. */
  handle(event: CallEvent): CallVerdict {
    const status = textOf(event.status).toLowerCase();
    return ENDINGS.has(status) ? this.#end(event) : this.#check(event, STATES.get(status));
  }

  #check(event: CallEvent, state: CallState | undefined): CallVerdict {
    const { intake, nowMs } = this.parts;
    const attempt = attemptOf(event);
    const startedMs = nowMs();
    const checked =
      state === undefined
        ? intake.check(attempt)
        : intake.screen({ ...attempt, switchId: switchOf(attempt) }, state);
    return verdictOf(attempt.bNumber, checked, nowMs() - startedMs);
  }

  #end(event: CallEvent): CallVerdict {
    const { intake, state } = this.parts;
    const attempt = attemptOf(event);
    intake.report({ ...attempt, switchId: switchOf(attempt), state: 'ended', ageMs: 0 });
    const { windowMs, threshold } = state.policies.fallback;
    return {
      ...UNCHECKED,
      b_number: attempt.bNumber,
      window_seconds: windowMs / 1_000,
      threshold,
      message: 'the call has ended',
    };
  }
}

function switchOf({ switchId }: CallAttempt): string {
  return switchId || NAMELESS_SWITCH;
}

/** What there is to say of a call that has ended. */
const UNCHECKED = {
  detected: false,
  alert_id: null,
  verdict: 'ALLOW',
  reason: 'none',
  call_count: 0,
  distinct_a_count: 0,
  sip_status: null,
  sip_reason: null,
  reason_header: null,
  call_info: null,
  latency_ms: 0,
} as const;

function attemptOf(event: CallEvent): CallAttempt {
  return {
    callId: textOf(event.call_id) || textOf(event.raw_call_id),
    fromTag: textOf(event.from_tag),
    aNumber: textOf(event.a_number),
    bNumber: textOf(event.b_number),
    sourceIp: textOf(event.source_ip),
    switchId: textOf(event.switch_id),
    trunk: textOf(event.trunk),
    emergency: event.emergency ?? false,
  };
}

function textOf(value: string | null | undefined): string {
  return value ?? '';
}

function verdictOf(bNumber: string, checked: CheckedCall, latencyMs: number): CallVerdict {
  const { decision, reason, answer } = checked;
  const rejected = decision === 'reject';
  return {
    detected: reason === 'masking',
    alert_id: checked.alertId === '' ? null : checked.alertId,
    verdict: VERDICTS[decision],
    reason,
    b_number: bNumber,
    call_count: checked.callCount,
    distinct_a_count: checked.distinctACount,
    window_seconds: checked.windowMs / 1_000,
    threshold: checked.threshold,
    sip_status: rejected ? answer.status : null,
    sip_reason: rejected ? answer.phrase : null,
    reason_header: rejected ? answer.reasonHeader : null,
    call_info: rejected ? (answer.callInfo ?? null) : null,
    latency_ms: Math.round(latencyMs * 1_000) / 1_000,
    message: messageOf(checked),
  };
}

function messageOf({ reason, distinctACount, threshold, windowMs }: CheckedCall): string {
  const counted = `${distinctACount} of ${threshold} A-numbers within ${windowMs / 1_000} s`;
  switch (reason) {
    case 'none':
      return counted;
    case 'masking':
      return `masking: ${counted}`;
    case 'blocked':
      return `blocked: this A-number took part in an attack on this B-number lately; ${counted}`;
    case 'allowlisted':
      return 'allowlisted: the call is let through and not counted';
    case 'exempt':
      return `exempt: calls to this B-number are never rejected; ${counted}`;
  }
}
