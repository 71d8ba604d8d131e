/** What follows a detection, after the answer: alerts, blocks, teardown of the burst's other calls, a line in the log. */
import type { CallerWindow } from '../detection/caller-window.js';
import { isMasking, type Severity } from '../detection/masking-rule.js';
import type { NumberKeys } from '../detection/number-keys.js';
import type { Allowlist } from './allowlist.js';
import type { Blocks } from './blocks.js';
import type { Bookkeeping } from './bookkeeping.js';
import { callerName, isAnonymousToken } from './caller-key.js';
import type { Calls } from './calls.js';
import type { CheckCounters } from './counters.js';
import type { BlockNews } from './exchange-ports.js';
import type { Incident } from './incident.js';
import { effectOf, isHarmless } from './incident-effect.js';
import { graver } from './incident-facts.js';
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
  /** Told of each block that is made here. */
  readonly blocked: (block: BlockNews) => void;
  /** Runs a function soon, but after the answers that are due: setImmediate. */
  readonly defer: (work: () => void) => void;
}

/** An incident that no call of this sidecar has led to. */
interface Finding {
  readonly incident: Incident;
  readonly bKey: number;
  readonly aKey: undefined;
  /** Whether another sidecar has told of it; it is detected here otherwise, from what several have seen. */
  readonly isHeard: boolean;
  readonly detectedMs: number;
  /** Detections by this sidecar until then: those that follow speak for themselves. */
  readonly detections: number;
}

export class Aftermath {
  readonly #options: AftermathOptions;
  #waiting: (JudgedCall | Finding)[] = [];
  /** Severity that people were told of, here or by another sidecar, by incident. */
  readonly #told = new WeakMap<Incident, Severity>();
  /** Incidents that people were told of here: they hear of the end as well. */
  readonly #announced = new WeakSet<Incident>();
  /** Incidents whose first callers have been blocked. */
  readonly #blocked = new WeakSet<Incident>();
  #scheduled = false;

  constructor(options: AftermathOptions) {
    this.#options = options;
  }

  /** Takes a detection; it is handled after the answer. */
  add(detection: JudgedCall): void {
    this.#put(detection);
  }

  /** Takes a detection that no call of this sidecar's own has brought: it follows from what all sidecars have seen. */
  found(incident: Incident, detectedMs: number): void {
    const { bKey, detections } = incident;
    this.#put({ incident, bKey, aKey: undefined, isHeard: false, detectedMs, detections });
  }

  /**
   * Another sidecar has told of an incident, or of how it has grown: this one's part of the burst belongs to it.
   * @param toldSeverity what people are told there, under the id that it has here now; 'none' where it has another there.
   */
  heard(incident: Incident, toldSeverity: Severity): void {
    const { bKey, lastDetectionMs, detections } = incident;
    if (toldSeverity !== 'none')
      this.#told.set(incident, graver(this.#told.get(incident) ?? 'none', toldSeverity));
    this.#put({ incident, bKey, aKey: undefined, isHeard: true, detectedMs: lastDetectionMs, detections });
  }

  /** What people are told when incidents have cooled down. */
  ended(incidents: readonly Incident[]): void {
    for (const incident of incidents)
      if (this.#announced.has(incident))
        this.#options.alerts.ended(this.#noticeOf(incident, incident.lastDetectionMs));
  }

  #put(work: JudgedCall | Finding): void {
    if (this.#waiting.length >= WAITING_MAX) {
      this.#options.counters.aftermathDropped++;
      return;
    }
    if (work.aKey !== undefined) this.#options.keys.retain(work.aKey);
    this.#options.keys.retain(work.bKey);
    this.#waiting.push(work);
    if (!this.#scheduled) this.#schedule();
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
    const touched = new Set<Incident>();
    const newestMs = new Map<Incident, number>();
    for (const work of batch) {
      if (work.incident !== undefined) touched.add(work.incident);
      if (work.aKey === undefined) this.#handleFinding(work);
      else {
        this.#handle(work);
        if (work.incident !== undefined) newestMs.set(work.incident, work.nowMs);
      }
    }
    // One look at the calls in progress, and one snapshot, serve all detections of an incident in the batch.
    for (const [incident, nowMs] of newestMs) this.#endBurst(incident, nowMs);
    for (const incident of touched) this.#options.bookkeeping.recordIncident(incident);
    for (const { aKey, bKey } of batch) {
      if (aKey !== undefined) this.#options.keys.release(aKey);
      this.#options.keys.release(bKey);
    }
  }

  #handleFinding({ incident, isHeard, detectedMs, detections }: Finding): void {
    const { bookkeeping, log, window } = this.#options;
    const { alertId, bNumber, distinctMax, policy } = incident;
    if (incident.detections === detections) bookkeeping.recordBurst(incident, detectedMs);
    this.#endBurst(incident, detectedMs);
    if (isHeard) return;
    const fields = { alertId, b: redactNumber(bNumber), distinctACount: distinctMax };
    log.info(fields, 'attack detected over several sidecars');
    this.#tell(incident, detectedMs);
    if (!policy.autoBlock || isHarmless(incident)) return;
    this.#blockCallers(incident, window.callersOf(incident.bKey, detectedMs, policy.windowMs), detectedMs);
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
    if (before !== undefined && graver(before, incident.severity) === before) return;
    this.#told.set(incident, incident.severity);
    const notice = this.#noticeOf(incident, nowMs);
    if (before === undefined) {
      this.#announced.add(incident);
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
    this.#blockCallers(
      incident,
      this.#blocked.has(incident)
        ? [aKey]
        : this.#options.window.callersOf(incident.bKey, nowMs, policy.windowMs),
      nowMs,
    );
  }

  #blockCallers(incident: Incident, callers: readonly number[], nowMs: number): void {
    const { keys, blocks, bookkeeping, blocked } = this.#options;
    const expiresMs = nowMs + incident.policy.blockMs;
    this.#blocked.add(incident);
    for (const each of callers) {
      if (!this.#mayBlock(each, nowMs)) continue;
      blocks.add(incident.bKey, each, expiresMs);
      bookkeeping.recordBlock(incident, each, nowMs);
      blocked({ aNumber: keys.textOf(each), bNumber: incident.bNumber, expiresMs });
    }
  }

  /** Never an anonymous caller, who would be every anonymous caller, and never one on the allowlist. */
  #mayBlock(aKey: number, nowMs: number): boolean {
    const { keys, allowlist } = this.#options;
    return !isAnonymousToken(keys.textOf(aKey)) && !allowlist.coversCaller(aKey, nowMs);
  }

  /**
   * Ends the calls in progress that started within a window before a detection; later ones too that would have been
   * rejected, had the detection been known here in time.
   */
  #endBurst(incident: Incident, detectedMs: number): void {
    const { bKey, policy } = incident;
    if (!policy.autoDisconnect || isHarmless(incident)) return;
    const { calls, teardown, window } = this.#options;
    for (const call of calls.startedSince(bKey, detectedMs - policy.windowMs)) {
      if (call.spared) continue;
      const inTime = call.startedMs <= detectedMs;
      if (inTime || isMasking(window.distinct(bKey, call.startedMs, policy.windowMs), policy.threshold))
        void teardown.order(call, causeOf(incident));
    }
  }
}
