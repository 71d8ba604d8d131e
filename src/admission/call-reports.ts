/** Reports about calls in progress: what switches say of the calls that went on, so that they can be torn down. */
import { isMasking } from '../detection/masking-rule.js';
import { InvalidFieldError } from '../errors.js';
import { type CallAttempt, validateAttempt, validateTexts } from './call-attempt.js';
import { acquireCallerKey } from './caller-key.js';
import type { CallInProgress, CallState, Calls } from './calls.js';
import type { AdmissionState } from './check-call.js';
import { isHarmless } from './incident-effect.js';
import type { Policy } from './policy.js';
import { causeOf, type Teardown } from './teardown.js';
import type { Trunk } from './trunks.js';

/** What a switch says of one call. A and B may be empty when the call has ended. */
export interface CallReport extends CallAttempt {
  readonly state: CallState | 'ended';
  /** How long ago the INVITE came, in milliseconds. */
  readonly ageMs: number;
}

type CallRegistryState = Pick<
  AdmissionState,
  'keys' | 'window' | 'attempts' | 'policies' | 'allowlist' | 'incidents' | 'trunks' | 'exemptions'
>;

export class CallReports {
  constructor(
    private readonly state: CallRegistryState,
    private readonly calls: Calls,
    private readonly teardown: Teardown,
  ) {}

  /**
   * Takes a report. True if the call is part of a detected attack and is being torn down.
   * @throws InvalidFieldError naming the first field that breaks a limit.
   */
  report(report: CallReport, nowMs: number): boolean {
    if (report.callId === '') throw new InvalidFieldError('call_id', 'is empty; which call is it?');
    if (report.switchId === '')
      throw new InvalidFieldError('switch_id', 'is empty; which switch can end the call?');
    if (report.state === 'ended') {
      validateTexts(report);
      this.calls.end(report.callId, report.fromTag, nowMs);
      return false;
    }
    validateAttempt(report);
    const known = this.calls.find(report.callId, report.fromTag);
    if (known !== undefined) {
      // News may be late, above all a list: a call that was answered never rings again.
      if (report.state === 'answered') known.state = 'answered';
      return false;
    }
    return this.#addCall(report, report.state, nowMs);
  }

  /** Whether the call is in progress, with these parties: an attacker may reuse a Call-ID and a tag. */
  knows(attempt: CallAttempt): boolean {
    const known = this.calls.find(attempt.callId, attempt.fromTag);
    if (known === undefined) return false;
    const { aKey, bKey } = this.#identify(attempt);
    this.#release(aKey, bKey);
    return known.aKey === aKey && known.bKey === bKey;
  }

  /** The parties' keys are held until they are released. */
  #identify(attempt: CallAttempt) {
    const { keys, trunks, policies } = this.state;
    const trunk = trunks.find(attempt.trunk, attempt.sourceIp);
    const bKey = keys.acquire(attempt.bNumber, trunk.plan);
    const policy = policies.find(bKey, attempt.trunk || trunk.name);
    const aKey = acquireCallerKey(keys, attempt.aNumber, attempt.sourceIp, trunk, policy.anonymousCallers);
    return { trunk, policy, aKey, bKey };
  }

  #release(aKey: number, bKey: number): void {
    this.state.keys.release(aKey);
    this.state.keys.release(bKey);
  }

  #addCall(report: CallReport, callState: CallState, nowMs: number): boolean {
    const { attempts } = this.state;
    const { trunk, policy, aKey, bKey } = this.#identify(report);
    const attempt = attempts.find(report.callId, report.fromTag, aKey, bKey, nowMs);
    const call: CallInProgress = {
      callId: report.callId,
      fromTag: report.fromTag,
      switchId: report.switchId,
      sourceIp: report.sourceIp,
      aKey,
      bKey,
      startedMs: attempt === 0 ? nowMs - report.ageMs : attempts.timeOf(attempt),
      spared: this.#isSpared(report, aKey, bKey, trunk, nowMs),
      attempt: attempt !== 0 && attempts.hold(attempt) ? attempt : 0,
      state: callState,
    };
    this.calls.add(call);
    this.#release(aKey, bKey);
    return this.#endIfPartOfBurst(call, attempt !== 0, policy, nowMs);
  }

  #isSpared(report: CallReport, aKey: number, bKey: number, trunk: Trunk, nowMs: number): boolean {
    const { exemptions, allowlist } = this.state;
    if (exemptions.covers(report.bNumber, report.emergency, trunk.plan)) return true;
    return allowlist.covers(aKey, bKey, report.sourceIp, report.trunk || trunk.name, nowMs);
  }

  /**
   * A report may come after the detection that its call belongs to: a call that began within a window before
   * it. And a call may begin while its B-number is over the threshold, though nobody screened it, or nobody here knew yet
   * what other sidecars had seen.
   */
  #endIfPartOfBurst(call: CallInProgress, screened: boolean, policy: Policy, nowMs: number): boolean {
    const { incidents, window } = this.state;
    const incident = incidents.find(call.bKey, nowMs);
    if (incident === undefined || call.spared || !policy.autoDisconnect || isHarmless(incident)) return false;
    const beforeDetection = incident.lastDetectionMs - call.startedMs;
    const inBurst = beforeDetection >= 0 && beforeDetection <= policy.windowMs;
    const mayHaveSlipped = !screened || beforeDetection < 0;
    const atMs = screened ? call.startedMs : nowMs;
    const slippedThrough =
      mayHaveSlipped && isMasking(window.distinct(call.bKey, atMs, policy.windowMs), policy.threshold);
    if (inBurst || slippedThrough) void this.teardown.order(call, causeOf(incident));
    return inBurst || slippedThrough;
  }
}
