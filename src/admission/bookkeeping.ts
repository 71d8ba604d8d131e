/** What is written down of detections: turns what the engine knows into records, and hands them to the recorder. */
import type { CallerWindow } from '../detection/caller-window.js';
import type { NumberKeys } from '../detection/number-keys.js';
import type { RecentCall } from '../detection/recent-calls.js';
import type { PolicyInForce, RecordedCall } from './alert.js';
import { callerName } from './caller-key.js';
import type { CheckedCall } from './checked-call.js';
import type { DisconnectOrder, DisconnectOutcome } from './disconnect.js';
import type { Incident } from './incident.js';
import { effectOf } from './incident-effect.js';
import type { JudgedCall } from './judged-call.js';
import { nameOfScope, type Policy } from './policy.js';
import type { WallClock } from './ports.js';
import type { Recorder } from './store-ports.js';

/** Most calls recorded as evidence for one incident; what comes after is counted only. */
const EVIDENCE_MAX = 1_000;
/** Of these, calls before the first detection: room is left for those that were rejected. */
const EARLIER_MAX = 500;
/** Who made an automatic block. */
const AUTOMATIC = 'acm';

/** What has been recorded of an incident. */
interface Evidence {
  /** Calls of the burst that are no detections; one less where a detection was no call. */
  readonly earlierCalls: number;
  readonly beganMs: number;
  recorded: number;
  /** Detections and ids of the incident when it was written down last. */
  writtenDetections: number;
  writtenIds: number;
}

const NOT_WRITTEN = { writtenDetections: 0, writtenIds: 0 };

export interface BookkeepingParts {
  readonly keys: NumberKeys;
  readonly window: CallerWindow;
  readonly wallClock: WallClock;
  readonly recorder: Recorder;
}

export class Bookkeeping {
  readonly #parts: BookkeepingParts;
  readonly #evidence = new WeakMap<Incident, Evidence>();

  constructor(parts: BookkeepingParts) {
    this.#parts = parts;
  }

  /** A call that was rejected or would have been; with the first of an incident, the calls of the burst before it. */
  recordDetection(detection: JudgedCall): void {
    const { incident } = detection;
    if (incident !== undefined) {
      const evidence = this.#evidence.get(incident) ?? this.#recordEarlierCalls(incident, detection);
      if (evidence.recorded++ >= EVIDENCE_MAX) return;
    }
    this.#parts.recorder.flaggedCall(this.recordOf(detection));
  }

  /**
   * The calls of a burst that this sidecar saw, where none of them has been detected as such: others have told of the
   * attack, or only all sidecars together saw it. Written down once for an incident, and not at all where there is none.
   */
  recordBurst(incident: Incident, detectedMs: number): void {
    const { bKey, policy, detections } = incident;
    const { recorder, window } = this.#parts;
    if (this.#evidence.has(incident)) return;
    const sinceMs = detectedMs - policy.windowMs;
    const calls = window.callsBetween(bKey, sinceMs, Number.POSITIVE_INFINITY, EARLIER_MAX);
    if (calls.length === 0 && detections === 0) return;
    for (const call of calls) recorder.flaggedCall(this.#earlierCall(incident, call));
    this.#evidence.set(incident, {
      earlierCalls: window.callCount(bKey, window.now, window.now - sinceMs) - detections,
      beganMs: calls[0]?.timeMs ?? detectedMs,
      recorded: calls.length,
      ...NOT_WRITTEN,
    });
  }

  /** A call as it is written down. */
  recordOf({ attempt, aKey, bKey, trunkName, checked, nowMs }: JudgedCall): RecordedCall {
    const { keys, wallClock } = this.#parts;
    return {
      callId: attempt.callId,
      fromTag: attempt.fromTag,
      aNumber: callerName(keys.textOf(aKey)),
      bNumber: keys.textOf(bKey),
      sourceIp: attempt.sourceIp,
      switchId: attempt.switchId,
      trunk: trunkName,
      calledAt: wallClock.dateOf(nowMs),
      decision: checked.decision,
      reason: checked.reason,
      sipStatus: checked.answer.status,
      sipReason: checked.answer.phrase,
      alertId: checked.alertId,
    };
  }

  /** The incident as it stands, if this sidecar has anything new to say of it: what others have seen they write down. */
  recordIncident(incident: Incident): void {
    const { recorder, wallClock } = this.#parts;
    const evidence = this.#evidence.get(incident);
    if (evidence === undefined || incident.severity === 'none') return;
    const { ids, bNumber, severity, distinctMax, detections, policy, openedMs, lastDetectionMs } = incident;
    if (evidence.writtenDetections === detections && evidence.writtenIds === ids.length) return;
    evidence.writtenDetections = detections;
    evidence.writtenIds = ids.length;
    const [alertId, ...aliases] = ids;
    recorder.alert({
      alertId,
      aliases,
      bNumber,
      severity,
      effect: effectOf(incident),
      distinctACount: distinctMax,
      callCount: evidence.earlierCalls + detections,
      detections,
      windowStart: wallClock.dateOf(evidence.beganMs),
      windowEnd: wallClock.dateOf(lastDetectionMs),
      openedAt: wallClock.dateOf(openedMs),
      coolsAt: wallClock.dateOf(lastDetectionMs + policy.cooldownMs),
      policy: policyInForce(policy),
    });
  }

  /** An automatic block of one pair. */
  recordBlock({ alertId, bNumber, policy }: Incident, aKey: number, nowMs: number): void {
    const { keys, recorder, wallClock } = this.#parts;
    recorder.block({
      aNumber: keys.textOf(aKey),
      bNumber,
      expiresAt: wallClock.dateOf(nowMs + policy.blockMs),
      alertId,
      reason: 'call masking',
      author: AUTOMATIC,
      changedAt: wallClock.dateOf(nowMs),
    });
  }

  /** The end of a teardown; it is evidence for an alert, or nothing. */
  recordDisconnect(order: DisconnectOrder, control: string, outcome: DisconnectOutcome, nowMs: number): void {
    const { disconnectId, alertId, callId, fromTag, switchId } = order;
    if (alertId === '') return;
    const settledAt = this.#parts.wallClock.dateOf(nowMs);
    this.#parts.recorder.disconnect({
      disconnectId,
      alertId,
      callId,
      fromTag,
      switchId,
      control,
      outcome,
      settledAt,
    });
  }

  /** The calls that were let through before anybody could know. */
  #recordEarlierCalls(incident: Incident, { bKey, checked, nowMs }: JudgedCall): Evidence {
    const calls = this.#earlierCalls(bKey, checked, nowMs);
    for (const call of calls) this.#parts.recorder.flaggedCall(this.#earlierCall(incident, call));
    const evidence = {
      earlierCalls: Math.max(checked.callCount - 1, 0),
      beganMs: calls[0]?.timeMs ?? nowMs,
      recorded: calls.length,
      ...NOT_WRITTEN,
    };
    this.#evidence.set(incident, evidence);
    return evidence;
  }

  /** Other detections of the same millisecond may be in the window by now; they speak for themselves. */
  #earlierCalls(bKey: number, { callCount, windowMs }: CheckedCall, nowMs: number): readonly RecentCall[] {
    const { window } = this.#parts;
    const earlier = Math.max(callCount - 1, 0);
    return earlier > EARLIER_MAX
      ? window.callsBetween(bKey, nowMs - windowMs, nowMs - 1, EARLIER_MAX)
      : window.callsBetween(bKey, nowMs - windowMs, nowMs).slice(0, earlier);
  }

  #earlierCall(
    { alertId, bNumber }: Incident,
    { timeMs, aKey, sourceKey, callId }: RecentCall,
  ): RecordedCall {
    const { keys, wallClock } = this.#parts;
    return {
      callId,
      fromTag: '',
      aNumber: callerName(keys.textOf(aKey)),
      bNumber,
      sourceIp: keys.textOf(sourceKey),
      switchId: '',
      trunk: '',
      calledAt: wallClock.dateOf(timeMs),
      decision: 'allow',
      reason: 'none',
      sipStatus: 0,
      sipReason: '',
      alertId,
    };
  }
}

/** The rule and the policy as an alert keeps them. */
function policyInForce(policy: Policy): PolicyInForce {
  return {
    scope: nameOfScope(policy.scope),
    revision: policy.revision,
    windowSeconds: policy.windowMs / 1000,
    threshold: policy.threshold,
    cooldownSeconds: policy.cooldownMs / 1000,
    enforcement: policy.enforcement,
    autoBlock: policy.autoBlock,
    autoDisconnect: policy.autoDisconnect,
  };
}
