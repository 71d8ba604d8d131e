/**
 * Incidents: an attack on one B-number opens an alert, grows while it lasts, and cools down. Cooldown silences notices,
 * never enforcement.
 */
import { randomUUID } from 'node:crypto';
import { type Severity, severityOf } from '../detection/masking-rule.js';
import { NOT_PACKED } from '../detection/number.js';
import type { NumberKeys } from '../detection/number-keys.js';
import type { AlertEffect } from './alert.js';
import type { Policies, Policy } from './policy.js';
import type { RuleKeys } from './rule-keys.js';

/** Most incidents open at a time; beyond it the one that opened first is closed. */
const OPEN_MAX = 100_000;
const SEVERITIES: readonly Severity[] = ['none', 'medium', 'high', 'critical'];

export interface Incident {
  readonly alertId: string;
  /** Key under which the attempt memory keeps the alert id. */
  readonly alertKey: number;
  readonly bKey: number;
  /** Canonical form of the B-number. */
  readonly bNumber: string;
  /** The trunk of the newest detection: with B it tells the policy. */
  trunk: string;
  policy: Policy;
  readonly openedMs: number;
  /** True for a B-number that is never rejected: it is watched, and nothing else happens. */
  readonly exempt: boolean;
  lastDetectionMs: number;
  /** Most distinct A-numbers within the window so far. */
  distinctMax: number;
  /** Detections by this sidecar so far. */
  detections: number;
  severity: Severity;
}

/** An incident that was open when the sidecar, or another one on its store, wrote it down. */
export interface StoredIncident {
  readonly alertId: string;
  /** Canonical, or a fingerprint. */
  readonly bNumber: string;
  readonly exempt: boolean;
  readonly openedMs: number;
  readonly lastDetectionMs: number;
  readonly distinctMax: number;
  readonly severity: Severity;
}

export class Incidents {
  readonly #open = new Map<number, Incident>();
  readonly #byAlert = new Map<string, Incident>();
  /** Taken from the store and not met since, by rule key: their B may be known by its fingerprint only. */
  readonly #stored = new Map<number, StoredIncident>();
  #overflows = 0;

  constructor(
    private readonly keys: NumberKeys,
    private readonly ruleKeys: RuleKeys,
    private readonly openMax = OPEN_MAX,
  ) {}

  get open(): number {
    return this.#open.size + this.#stored.size;
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

  /**
   * Those that this sidecar has met, to be walked at leisure: incidents may open and close meanwhile. Whether one has
   * cooled down, `find` tells.
   */
  walk(): Iterable<Incident> {
    return this.#open.values();
  }

  /** A detection: extends the open incident of B, or opens one. */
  detect(
    bKey: number,
    trunk: string,
    distinct: number,
    policy: Policy,
    exempt: boolean,
    nowMs: number,
  ): Incident {
    const incident =
      this.find(bKey, nowMs) ??
      this.#takeUp(bKey, trunk, policy, nowMs) ??
      this.#openOne(bKey, trunk, policy, exempt, nowMs);
    incident.trunk = trunk;
    incident.policy = policy;
    incident.lastDetectionMs = Math.max(incident.lastDetectionMs, nowMs);
    incident.detections++;
    if (distinct > incident.distinctMax) {
      incident.distinctMax = distinct;
      incident.severity = graver(incident.severity, severityOf(distinct, policy.threshold));
    }
    return incident;
  }

  /** Holds a stored incident ready, so that detections that follow within its cooldown extend it. */
  restore(stored: StoredIncident): void {
    if (this.#byAlert.has(stored.alertId) || this.open >= this.openMax) return;
    const key = this.ruleKeys.acquireText(stored.bNumber);
    if (this.#stored.has(key)) this.ruleKeys.release(key);
    this.#stored.set(key, stored);
  }

  /** People have settled an alert: the next detection opens a new one. @returns what was open of it here. */
  settle(alertId: string): Incident | undefined {
    const incident = this.#byAlert.get(alertId);
    if (incident !== undefined) this.#close(incident);
    for (const [key, stored] of this.#stored) if (stored.alertId === alertId) this.#forget(key);
    return incident;
  }

  /** Policies have changed: what is open goes by what they say now. */
  judgeAnew(policies: Policies): void {
    for (const incident of this.#open.values())
      incident.policy = policies.find(incident.bKey, incident.trunk);
  }

  /** Closes what has cooled down, and returns it. Stored incidents cool down by the policy given. */
  sweep(nowMs: number, { cooldownMs }: Pick<Policy, 'cooldownMs'>): Incident[] {
    const cooled = [...this.#open.values()].filter((incident) => hasCooledDown(incident, nowMs));
    for (const incident of cooled) this.#close(incident);
    for (const [key, stored] of this.#stored)
      if (nowMs - stored.lastDetectionMs > cooldownMs) this.#forget(key);
    return cooled;
  }

  /** A detection for a B-number whose incident is known from the store only. */
  #takeUp(bKey: number, trunk: string, policy: Policy, nowMs: number): Incident | undefined {
    if (this.#stored.size === 0) return undefined;
    const key = this.ruleKeys.find(bKey);
    const stored = key === NOT_PACKED ? undefined : this.#stored.get(key);
    if (stored === undefined) return undefined;
    this.#forget(key);
    if (nowMs - stored.lastDetectionMs > policy.cooldownMs) return undefined;
    const { alertId, exempt, openedMs, lastDetectionMs, distinctMax, severity } = stored;
    return this.#add(bKey, trunk, policy, {
      alertId,
      exempt,
      openedMs,
      lastDetectionMs,
      distinctMax,
      severity,
    });
  }

  #openOne(bKey: number, trunk: string, policy: Policy, exempt: boolean, nowMs: number): Incident {
    const before = this.#open.get(bKey);
    if (before !== undefined) this.#close(before);
    if (this.#open.size >= this.openMax) {
      this.#overflows++;
      this.#close(this.#open.values().next().value!);
    }
    return this.#add(bKey, trunk, policy, {
      alertId: randomUUID(),
      exempt,
      openedMs: nowMs,
      lastDetectionMs: nowMs,
      distinctMax: 0,
      severity: 'none',
    });
  }

  #add(bKey: number, trunk: string, policy: Policy, facts: Omit<StoredIncident, 'bNumber'>): Incident {
    const incident: Incident = {
      ...facts,
      alertKey: this.keys.acquireToken(facts.alertId),
      bKey,
      bNumber: this.keys.textOf(bKey),
      trunk,
      policy,
      detections: 0,
    };
    this.keys.retain(bKey);
    this.#open.set(bKey, incident);
    this.#byAlert.set(incident.alertId, incident);
    return incident;
  }

  #close(incident: Incident): void {
    this.#open.delete(incident.bKey);
    this.#byAlert.delete(incident.alertId);
    this.keys.release(incident.bKey);
    this.keys.release(incident.alertKey);
  }

  #forget(key: number): void {
    this.#stored.delete(key);
    this.ruleKeys.release(key);
  }
}

function hasCooledDown(incident: Incident, nowMs: number): boolean {
  return nowMs - incident.lastDetectionMs > incident.policy.cooldownMs;
}

/** Severity only rises, also when the policy changes while an incident lasts. */
function graver(one: Severity, other: Severity): Severity {
  return SEVERITIES.indexOf(one) > SEVERITIES.indexOf(other) ? one : other;
}

/** True for an incident that has no consequences for calls: it is only watched. */
export function isHarmless(incident: Incident): boolean {
  return incident.exempt || incident.policy.enforcement === 'shadow';
}

/** What becomes of the calls of an incident. */
export function effectOf(incident: Incident): AlertEffect {
  if (incident.exempt) return 'exempt';
  return incident.policy.enforcement === 'shadow' ? 'observing' : 'rejecting';
}
