/**
 * The check: exempt B -> malformed -> allowlist -> block -> window and rule -> policy -> verdict. It runs from the
 * request to the verdict without await, I/O or lock; what can wait is handed to the aftermath.
 */
import type { CallerWindow } from '../detection/caller-window.js';
import { isMasking, type Severity, severityOf } from '../detection/masking-rule.js';
import { isAnonymous } from '../detection/number.js';
import type { NumberKeys } from '../detection/number-keys.js';
import type { Decision, DegradedCause, Verdict, VerdictReason } from '../detection/verdict.js';
import { AcmError } from '../errors.js';
import type { Aftermath } from './aftermath.js';
import type { Allowlist } from './allowlist.js';
import type { AttemptMemory, PackedVerdict } from './attempt-memory.js';
import type { Blocks } from './blocks.js';
import { type CallAttempt, validateAttempt } from './call-attempt.js';
import type { CallJournal } from './call-journal.js';
import { acquireCallerKey } from './caller-key.js';
import type { CheckedCall } from './checked-call.js';
import type { CheckCounters } from './counters.js';
import type { PeerState } from './exchange-ports.js';
import type { Exemptions } from './exemptions.js';
import type { Incident, Incidents } from './incident.js';
import type { Policies, Policy } from './policy.js';
import { NO_ANSWER } from './reject-profile.js';
import type { Trunk, Trunks } from './trunks.js';

/** What the check works with. */
export interface AdmissionState {
  readonly keys: NumberKeys;
  readonly window: CallerWindow;
  readonly attempts: AttemptMemory;
  readonly policies: Policies;
  readonly allowlist: Allowlist;
  readonly blocks: Blocks;
  readonly incidents: Incidents;
  readonly trunks: Trunks;
  readonly exemptions: Exemptions;
  readonly counters: CheckCounters;
  readonly aftermath: Aftermath;
  /** Takes the calls that nothing speaks against; absent where these are not recorded. */
  readonly journal: CallJournal | undefined;
  /** Whether the allowlist and the blocks are what the store has. */
  readonly rules: { readonly loaded: boolean };
  /** How much of the other sidecars is known. */
  readonly peers: PeerState;
}

/** An attempt whose parties, trunk and policy are known. The keys are held for as long as the check lasts. */
interface IdentifiedCall {
  readonly attempt: CallAttempt;
  readonly aKey: number;
  readonly bKey: number;
  readonly trunk: Trunk;
  /** As the request named it, or as its source told; '' for none. */
  readonly trunkName: string;
  readonly policy: Policy;
  readonly exempt: boolean;
  readonly nowMs: number;
}

/** How a verdict is packed into 32 bits: two for the decision, three for the reason, two for severity, three for causes. */
const DEGRADED_SHIFT = 7;
const DECISIONS: readonly Decision[] = ['allow', 'observe', 'reject'];
const REASONS: readonly VerdictReason[] = ['none', 'masking', 'blocked', 'allowlisted', 'exempt'];
const SEVERITIES: readonly Severity[] = ['none', 'medium', 'high', 'critical'];
const NOT_DEGRADED: readonly DegradedCause[] = [];
/** Made once: by the sum of 1 for capacity, 2 for rules that are not loaded and 4 for a peer that is missing. */
const DEGRADED_CAUSES: readonly (readonly DegradedCause[])[] = [
  NOT_DEGRADED,
  ['capacity'],
  ['blocks-not-loaded'],
  ['capacity', 'blocks-not-loaded'],
  ['peer-missing'],
  ['capacity', 'peer-missing'],
  ['blocks-not-loaded', 'peer-missing'],
  ['capacity', 'blocks-not-loaded', 'peer-missing'],
];

export class CallCheck {
  readonly #state: AdmissionState;
  readonly #recalled: PackedVerdict = {
    judgement: 0,
    distinctACount: 0,
    callCount: 0,
    windowMs: 0,
    threshold: 0,
    alertKey: 0,
  };

  constructor(state: AdmissionState) {
    this.#state = state;
  }

  /**
   * Records a call attempt and judges it.
   * @param nowMs the sidecar's monotonic clock, whole milliseconds.
   * @throws InvalidFieldError for a malformed attempt to a B-number that is not exempt.
   */
  check(attempt: CallAttempt, nowMs: number): CheckedCall {
    const { keys, trunks, policies, exemptions, counters } = this.#state;
    const trunk = trunks.find(attempt.trunk, attempt.sourceIp);
    const trunkName = attempt.trunk || trunk.name;
    const exempt = exemptions.covers(attempt.bNumber, attempt.emergency, trunk.plan);
    if (!this.#isWellFormed(attempt, exempt)) return this.#exemptUnseen(trunkName, nowMs);
    const bKey = keys.acquire(attempt.bNumber, trunk.plan);
    const policy = policies.find(bKey, trunkName);
    const aKey = acquireCallerKey(keys, attempt.aNumber, attempt.sourceIp, trunk, policy.anonymousCallers);
    const checked = this.#judge({ attempt, aKey, bKey, trunk, trunkName, policy, exempt, nowMs });
    keys.release(aKey);
    keys.release(bKey);
    counters.countVerdict(checked.decision, checked.reason);
    return checked;
  }

  /** Whatever is wrong with a call to an exempt number, it must not be refused. */
  #isWellFormed(attempt: CallAttempt, exempt: boolean): boolean {
    try {
      validateAttempt(attempt);
      return true;
    } catch (error) {
      this.#state.counters.malformed++;
      if (exempt && error instanceof AcmError) return false;
      throw error;
    }
  }

  #judge(call: IdentifiedCall): CheckedCall {
    const { attempts, allowlist, blocks, incidents, counters } = this.#state;
    const { attempt, aKey, bKey, trunkName, policy, exempt, nowMs } = call;
    if (attempt.callId !== '') {
      const slot = attempts.find(attempt.callId, attempt.fromTag, aKey, bKey, nowMs);
      if (slot !== 0) {
        counters.repeats++;
        return this.#repeat(slot, call);
      }
    }
    if (!exempt && allowlist.covers(aKey, bKey, attempt.sourceIp, trunkName, nowMs)) {
      return this.#conclude(call, 'allowlisted', 0, undefined);
    }
    const blocked = blocks.covers(bKey, aKey, nowMs);
    const distinct = this.#observe(call);
    const masking = isMasking(distinct, policy.threshold);
    const incident = masking ? incidents.detect(bKey, trunkName, distinct, policy, exempt, nowMs) : undefined;
    const reason = reasonFor({ exempt, blocked, masking });
    return this.#conclude(call, reason, distinct, incident);
  }

  /** Records the attempt and returns how many distinct callers B has with it. */
  #observe({ attempt, aKey, bKey, policy, nowMs }: IdentifiedCall): number {
    const { window, keys } = this.#state;
    if (policy.anonymousCallers !== 'ignore' || !isAnonymous(attempt.aNumber)) {
      const sourceKey = keys.acquireToken(attempt.sourceIp);
      window.observe(bKey, aKey, sourceKey, nowMs, attempt.callId);
      keys.release(sourceKey);
    }
    return window.distinct(bKey, nowMs, policy.windowMs);
  }

  #conclude(
    call: IdentifiedCall,
    reason: VerdictReason,
    distinct: number,
    incident: Incident | undefined,
  ): CheckedCall {
    const { window, aftermath, journal } = this.#state;
    const { attempt, aKey, bKey, trunk, policy, nowMs } = call;
    const decision = decide(reason, policy);
    const checked: CheckedCall = {
      decision,
      reason,
      distinctACount: distinct,
      callCount: reason === 'allowlisted' ? 0 : window.callCount(bKey, nowMs, policy.windowMs),
      windowMs: policy.windowMs,
      threshold: policy.threshold,
      severity: severityOf(distinct, policy.threshold),
      alertId: incident?.alertId ?? '',
      degradedCauses: this.#degradedCauses(policy, nowMs),
      stateAgeMs: this.#state.peers.stateAgeMs(nowMs),
      answer: decision === 'reject' ? trunk.answer : NO_ANSWER,
    };
    if (attempt.callId !== '') this.#remember(call, checked, incident);
    if (incident !== undefined || reason === 'blocked')
      aftermath.add({ attempt, aKey, bKey, trunkName: call.trunkName, checked, incident, nowMs });
    else journal?.add({ attempt, aKey, bKey, trunkName: call.trunkName, checked, incident, nowMs });
    return checked;
  }

  #degradedCauses(policy: Policy, nowMs: number): readonly DegradedCause[] {
    const { window, rules, peers } = this.#state;
    const capacity = nowMs - window.lastEvictionMs <= policy.windowMs ? 1 : 0;
    return DEGRADED_CAUSES[capacity + (rules.loaded ? 0 : 2) + (peers.isMissing(nowMs) ? 4 : 0)];
  }

  #remember(
    { attempt, aKey, bKey, nowMs }: IdentifiedCall,
    checked: Verdict,
    incident: Incident | undefined,
  ): void {
    const packed = this.#recalled;
    packed.judgement =
      DECISIONS.indexOf(checked.decision) |
      (REASONS.indexOf(checked.reason) << 2) |
      (SEVERITIES.indexOf(checked.severity) << 5) |
      (DEGRADED_CAUSES.indexOf(checked.degradedCauses) << DEGRADED_SHIFT);
    packed.distinctACount = checked.distinctACount;
    packed.callCount = checked.callCount;
    packed.windowMs = checked.windowMs;
    packed.threshold = checked.threshold;
    packed.alertKey = incident?.alertKey ?? 0;
    this.#state.attempts.remember(attempt.callId, attempt.fromTag, aKey, bKey, nowMs, packed);
  }

  /** The same verdict again; but a policy that only watches by now never rejects. */
  #repeat(slot: number, { policy, trunk, nowMs }: IdentifiedCall): CheckedCall {
    const packed = this.#recalled;
    this.#state.attempts.recall(slot, packed);
    const before = DECISIONS[packed.judgement & 3];
    const decision = before === 'reject' && policy.enforcement === 'shadow' ? 'observe' : before;
    return {
      decision,
      reason: REASONS[(packed.judgement >> 2) & 7],
      distinctACount: packed.distinctACount,
      callCount: packed.callCount,
      windowMs: packed.windowMs,
      threshold: packed.threshold,
      severity: SEVERITIES[(packed.judgement >> 5) & 3],
      alertId: packed.alertKey === 0 ? '' : this.#state.keys.textOf(packed.alertKey),
      stateAgeMs: this.#state.peers.stateAgeMs(nowMs),
      degradedCauses: DEGRADED_CAUSES[(packed.judgement >> DEGRADED_SHIFT) & 7],
      answer: decision === 'reject' ? trunk.answer : NO_ANSWER,
    };
  }

  /** The verdict on a malformed call to an exempt number: it goes on, and cannot be counted. */
  #exemptUnseen(trunk: string, nowMs: number): CheckedCall {
    const policy = this.#state.policies.find(Number.NaN, trunk);
    this.#state.counters.countVerdict('allow', 'exempt');
    return {
      decision: 'allow',
      reason: 'exempt',
      distinctACount: 0,
      callCount: 0,
      windowMs: policy.windowMs,
      threshold: policy.threshold,
      severity: 'none',
      alertId: '',
      degradedCauses: NOT_DEGRADED,
      stateAgeMs: this.#state.peers.stateAgeMs(nowMs),
      answer: NO_ANSWER,
    };
  }
}

/** Why a call is judged as it is, of all that is true of it: the order of a check. */
export function reasonFor(facts: {
  readonly exempt: boolean;
  readonly allowlisted?: boolean;
  readonly blocked: boolean;
  readonly masking: boolean;
}): VerdictReason {
  if (facts.exempt) return 'exempt';
  if (facts.allowlisted) return 'allowlisted';
  if (facts.blocked) return 'blocked';
  return facts.masking ? 'masking' : 'none';
}

/** What a reason comes to under a policy. */
export function decide(reason: VerdictReason, policy: Policy): Decision {
  if (reason !== 'masking' && reason !== 'blocked') return 'allow';
  return policy.enforcement === 'shadow' ? 'observe' : 'reject';
}
