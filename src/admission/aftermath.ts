/** What follows a detection, after the answer: alerts, blocks, teardown of the burst's other calls, a line in the log. */
import type { CallerWindow } from '../detection/caller-window.js';
import type { NumberKeys } from '../detection/number-keys.js';
import type { Allowlist } from './allowlist.js';
import type { Blocks } from './blocks.js';
import type { Bookkeeping } from './bookkeeping.js';
import { callerName, isAnonymousToken } from './caller-key.js';
import type { Calls } from './calls.js';
import type { CheckCounters } from './counters.js';
import { effectOf, type Incident, isHarmless } from './incident.js';
import type { JudgedCall } from './judged-call.js';
import type { AlertNotice, Alerts, Log } from './ports.js';
import { redactNumber } from './redaction.js';
import { causeOf, type Teardown } from './teardown.js';

/** Most detections that wait; beyond it the newest is dropped, since the older ones opened the alerts. */
const WAITING_MAX = 10_000;
/** Detections handled before the event loop may answer calls again. */
const BATCH = 100;

export interface AftermathOptions {
  readonly keys: NumberKeys;
  readonly window: CallerWindow;
  readonly allowlist: Allowlist;
  readonly blocks: Blocks;
  readonly calls: Calls;
  readonly teardown: Teardown;
  readonly alerts: Alerts;
  readonly bookkeeping: Bookkeeping;
  readonly counters: CheckCounters;
  readonly log: Log;
  /** Runs a function soon, but after the answers that are due: setImmediate. */
  readonly defer: (work: () => void) => void;
}

export class Aftermath {
  readonly #options: AftermathOptions;
  #waiting: JudgedCall[] = [];
  /** Severity that people were told of, by incident. */
  readonly #told = new WeakMap<Incident, string>();
  /** Incidents whose first callers have been blocked. */
  readonly #blocked = new WeakSet<Incident>();
  #scheduled = false;

  constructor(options: AftermathOptions) {
    this.#options = options;
  }

  /** Takes a detection; it is handled after the answer. */
  add(detection: JudgedCall): void {
    if (this.#waiting.length >= WAITING_MAX) {
      this.#options.counters.aftermathDropped++;
      return;
    }
    this.#options.keys.retain(detection.aKey);
    this.#options.keys.retain(detection.bKey);
    this.#waiting.push(detection);
    if (!this.#scheduled) this.#schedule();
  }

  /** What people are told when incidents have cooled down. */
  ended(incidents: readonly Incident[]): void {
    for (const incident of incidents)
      this.#options.alerts.ended(this.#noticeOf(incident, incident.lastDetectionMs));
  }

  #schedule(): void {
    this.#scheduled = true;
    this.#options.defer(() => this.#handleBatch());
  }

  #handleBatch(): void {
    const batch = this.#waiting.slice(0, BATCH);
    this.#waiting = this.#waiting.slice(BATCH);
    this.#scheduled = false;
    if (this.#waiting.length > 0) this.#schedule();
    const newest = new Map<Incident, JudgedCall>();
    for (const detection of batch) {
      this.#handle(detection);
      if (detection.incident !== undefined) newest.set(detection.incident, detection);
    }
    // One look at the calls in progress, and one snapshot, serve all detections of an incident in the batch.
    for (const [incident, detection] of newest) {
      this.#endBurst(incident, detection.nowMs);
      this.#options.bookkeeping.recordIncident(incident);
    }
    for (const { aKey, bKey } of batch) {
      this.#options.keys.release(aKey);
      this.#options.keys.release(bKey);
    }
  }

  #handle(detection: JudgedCall): void {
    this.#logCall(detection);
    this.#options.bookkeeping.recordDetection(detection);
    if (detection.incident === undefined) return;
    this.#tell(detection.incident, detection.nowMs);
    this.#block(detection.incident, detection);
  }

  #logCall({ attempt, aKey, bKey, checked }: JudgedCall): void {
    const { keys, log } = this.#options;
    const fields = {
      callId: attempt.callId,
      a: redactNumber(callerName(keys.textOf(aKey))),
      b: redactNumber(keys.textOf(bKey)),
      sourceIp: attempt.sourceIp,
      switchId: attempt.switchId,
      decision: checked.decision,
      reason: checked.reason,
      distinctACount: checked.distinctACount,
      threshold: checked.threshold,
      alertId: checked.alertId,
      sipStatus: checked.answer.status,
    };
    log.info(fields, 'call detected');
  }

  #tell(incident: Incident, nowMs: number): void {
    const before = this.#told.get(incident);
    if (before === incident.severity) return;
    this.#told.set(incident, incident.severity);
    const notice = this.#noticeOf(incident, nowMs);
    if (before === undefined) {
      this.#options.counters.alertsOpened++;
      this.#options.alerts.opened(notice);
    } else this.#options.alerts.grew(notice);
  }

  #noticeOf(incident: Incident, atMs: number): AlertNotice {
    const { window } = this.#options;
    return {
      alertId: incident.alertId,
      bNumber: incident.bNumber,
      severity: incident.severity === 'none' ? 'medium' : incident.severity,
      distinctACount: incident.distinctMax,
      distinctSources: window.distinctSources(incident.bKey, atMs, incident.policy.windowMs),
      detections: incident.detections,
      effect: effectOf(incident),
    };
  }

  /** Blocks every caller of the burst with the first detection, and each further caller with its own. */
  #block(incident: Incident, { aKey, nowMs }: JudgedCall): void {
    const { policy } = incident;
    if (!policy.autoBlock || isHarmless(incident)) return;
    const callers = this.#blocked.has(incident)
      ? [aKey]
      : this.#options.window.callersOf(incident.bKey, nowMs, policy.windowMs);
    this.#blocked.add(incident);
    for (const each of callers) {
      if (!this.#mayBlock(each, nowMs)) continue;
      this.#options.blocks.add(incident.bKey, each, nowMs + policy.blockMs);
      this.#options.bookkeeping.recordBlock(incident, each, nowMs);
    }
  }

  /** Never an anonymous caller, who would be every anonymous caller, and never one on the allowlist. */
  #mayBlock(aKey: number, nowMs: number): boolean {
    const { keys, allowlist } = this.#options;
    return !isAnonymousToken(keys.textOf(aKey)) && !allowlist.coversCaller(aKey, nowMs);
  }

  /** Ends the calls in progress that started within a window before a detection. */
  #endBurst(incident: Incident, detectedMs: number): void {
    if (!incident.policy.autoDisconnect || isHarmless(incident)) return;
    const { calls, teardown } = this.#options;
    for (const call of calls.startedSince(incident.bKey, detectedMs - incident.policy.windowMs)) {
      if (!call.spared) void teardown.order(call, causeOf(incident));
    }
  }
}
