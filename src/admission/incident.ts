/**
 * Incidents: an attack on one B-number opens an alert, grows while it lasts, and cools down. Cooldown silences notices,
 * never enforcement.
 */
import { randomUUID } from 'node:crypto';
import { type Severity, severityOf } from '../detection/masking-rule.js';
import type { NumberKeys } from '../detection/number-keys.js';
import type { Policy } from './policy.js';

/** Most incidents open at a time; beyond it the one that opened first is closed. */
const OPEN_MAX = 100_000;

export interface Incident {
  readonly alertId: string;
  /** Key under which the attempt memory keeps the alert id. */
  readonly alertKey: number;
  readonly bKey: number;
  /** Canonical form of the B-number. */
  readonly bNumber: string;
  readonly policy: Policy;
  readonly openedMs: number;
  /** True for a B-number that is never rejected: it is watched, and nothing else happens. */
  readonly exempt: boolean;
  lastDetectionMs: number;
  /** Most distinct A-numbers within the window so far. */
  distinctMax: number;
  /** Detections so far. */
  detections: number;
  severity: Severity;
}

export class Incidents {
  readonly #open = new Map<number, Incident>();
  #overflows = 0;

  constructor(
    private readonly keys: NumberKeys,
    private readonly openMax = OPEN_MAX,
  ) {}

  get open(): number {
    return this.#open.size;
  }

  /** Incidents closed early for want of room. */
  get overflows(): number {
    return this.#overflows;
  }

  /** The open incident of a B-number, if it has not cooled down. */
  find(bKey: number, nowMs: number): Incident | undefined {
    const incident = this.#open.get(bKey);
    return incident !== undefined && !hasCooledDown(incident, nowMs) ? incident : undefined;
  }

  /** A detection: extends the open incident of B, or opens one. */
  detect(bKey: number, distinct: number, policy: Policy, exempt: boolean, nowMs: number): Incident {
    const incident = this.find(bKey, nowMs) ?? this.#openOne(bKey, policy, exempt, nowMs);
    incident.lastDetectionMs = nowMs;
    incident.detections++;
    if (distinct > incident.distinctMax) {
      incident.distinctMax = distinct;
      incident.severity = severityOf(distinct, incident.policy.threshold);
    }
    return incident;
  }

  /** Closes what has cooled down, and returns it. */
  sweep(nowMs: number): Incident[] {
    const cooled = [...this.#open.values()].filter((incident) => hasCooledDown(incident, nowMs));
    for (const incident of cooled) this.#close(incident);
    return cooled;
  }

  #openOne(bKey: number, policy: Policy, exempt: boolean, nowMs: number): Incident {
    const before = this.#open.get(bKey);
    if (before !== undefined) this.#close(before);
    if (this.#open.size >= this.openMax) {
      this.#overflows++;
      this.#close(this.#open.values().next().value!);
    }
    const alertId = randomUUID();
    const incident: Incident = {
      alertId,
      alertKey: this.keys.acquireToken(alertId),
      bKey,
      bNumber: this.keys.textOf(bKey),
      policy,
      openedMs: nowMs,
      exempt,
      lastDetectionMs: nowMs,
      distinctMax: 0,
      detections: 0,
      severity: 'none',
    };
    this.keys.retain(bKey);
    this.#open.set(bKey, incident);
    return incident;
  }

  #close(incident: Incident): void {
    this.#open.delete(incident.bKey);
    this.keys.release(incident.bKey);
    this.keys.release(incident.alertKey);
  }
}

function hasCooledDown(incident: Incident, nowMs: number): boolean {
  return nowMs - incident.lastDetectionMs > incident.policy.cooldownMs;
}

/** True for an incident that has no consequences for calls: it is only watched. */
export function isHarmless(incident: Incident): boolean {
  return incident.exempt || incident.policy.enforcement === 'shadow';
}
