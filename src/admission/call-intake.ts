/**
 * What switches tell of calls, whichever way it comes: a call that is held until it has its verdict (in path), one that
 * is under way already (out of path), and the end of one.
 */
import { AcmError } from '../errors.js';
import type { CallAttempt } from './call-attempt.js';
import type { CallReport, CallReports } from './call-reports.js';
import type { CallState, Calls } from './calls.js';
import type { AdmissionState, CallCheck } from './check-call.js';
import type { CheckedCall } from './checked-call.js';
import { causeOf, type Teardown } from './teardown.js';

export interface CallIntakeParts {
  readonly callCheck: Pick<CallCheck, 'check'>;
  readonly callReports: Pick<CallReports, 'report' | 'knows'>;
  readonly calls: Pick<Calls, 'find'>;
  readonly teardown: Pick<Teardown, 'order'>;
  readonly state: Pick<AdmissionState, 'counters' | 'incidents'>;
  /** Monotonic milliseconds with fractions. */
  readonly nowMs: () => number;
}

export class CallIntake {
  readonly #parts: CallIntakeParts;

  constructor(parts: CallIntakeParts) {
    this.#parts = parts;
  }

  /**
   * The verdict on a call attempt.
   * @throws InvalidFieldError for a malformed attempt to a B-number that is not exempt.
   */
  check(attempt: CallAttempt): CheckedCall {
    const { callCheck, state, nowMs } = this.#parts;
    const startedMs = nowMs();
    const checked = callCheck.check(attempt, Math.floor(startedMs));
    state.counters.countLatency(nowMs() - startedMs);
    return checked;
  }

  /**
   * In path: the verdict on a call that its switch holds until it has it. A call that goes on is in progress from here.
   * @throws InvalidFieldError as check() does.
   */
  screen(attempt: CallAttempt, callState: CallState = 'ringing'): CheckedCall {
    const checked = this.check(attempt);
    if (checked.decision !== 'reject') this.#follow(attempt, checked, callState);
    return checked;
  }

  /**
   * Out of path: the verdict on a call that goes on meanwhile. One that is to be rejected is torn down instead. A call that
   * is known already is not checked again.
   * @returns undefined for a call that is known.
   * @throws InvalidFieldError as check() does.
   */
  observe(attempt: CallAttempt, callState: CallState): CheckedCall | undefined {
    if (this.#parts.callReports.knows(attempt)) {
      this.report({ ...attempt, state: callState, ageMs: 0 });
      return undefined;
    }
    const checked = this.check(attempt);
    if (!this.#follow(attempt, checked, callState)) return checked;
    if (checked.decision === 'reject') this.#tearDown(attempt, checked);
    return checked;
  }

  /**
   * What becomes of a call; it counts as no attempt. True if the call is part of a detected attack and is being torn down.
   * @throws InvalidFieldError naming the first field that breaks a limit.
   */
  report(report: CallReport): boolean {
    const { callReports, nowMs } = this.#parts;
    return callReports.report(report, Math.floor(nowMs()));
  }

  /** The call is in progress from here on, if it can be named to its switch. Exempt ones too: so it is known to spare them. */
  #follow(attempt: CallAttempt, { reason }: CheckedCall, callState: CallState): boolean {
    if (attempt.callId === '' || attempt.switchId === '') return false;
    try {
      this.report({ ...attempt, state: callState, ageMs: 0 });
      return true;
    } catch (error) {
      // An exempt call may break limits.
      if (reason === 'exempt' && error instanceof AcmError) return false;
      throw error;
    }
  }

  #tearDown({ callId, fromTag }: CallAttempt, { alertId }: CheckedCall): void {
    const { calls, teardown, state, nowMs } = this.#parts;
    const call = calls.find(callId, fromTag);
    // One that is spared goes by the same Call-ID: whoever reuses it must not have it ended.
    if (call === undefined || call.spared) return;
    const incident = state.incidents.find(call.bKey, nowMs());
    // A call that is blocked may belong to no incident any more.
    const cause = incident === undefined ? { alertId, isOver: () => false } : causeOf(incident);
    void teardown.order(call, cause);
  }
}
