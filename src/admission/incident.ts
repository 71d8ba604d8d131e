/**
 * Incidents: an attack on one B-number opens an alert, grows while it lasts, and cools down. Cooldown silences notices,
 * never enforcement.
 */
import { type Severity, severityOf } from '../detection/masking-rule.js';
import { NOT_PACKED } from '../detection/number.js';
import type { NumberKeys } from '../detection/number-keys.js';
import { graver, type IncidentFacts, joinFacts, newFacts } from './incident-facts.js';
import type { Policies, Policy } from './policy.js';
import type { RuleKeys } from './rule-keys.js';
import { SettledAlerts } from './settled-alerts.js';

/** Most incidents open at a time; beyond it the one that opened first is closed. */
const OPEN_MAX = 100_000;
/** Most ids of one incident: as many sidecars may open it at once. */
const IDS_MAX = 100;

export interface Incident {
  /** The id that verdicts answer: of all those in `ids` the smallest. */
  alertId: string;
  /** Key under which the attempt memory keeps the alert id. */
  alertKey: number;
  /** Every id that it has, or had, here or elsewhere. This sidecar's counts are written down under the first. */
  readonly ids: string[];
  readonly bKey: number;
  /** Canonical form of the B-number. */
  readonly bNumber: string;
  /** The trunk of the newest detection: with B it tells the policy. */
  trunk: string;
  policy: Policy;
  openedMs: number;
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
export interface StoredIncident extends IncidentFacts {
  /** Canonical, or a fingerprint. */
  readonly bNumber: string;
}

/** What news of an incident has changed here. */
export interface HeardIncident {
  readonly incident: Incident;
  /** `opened`: unknown here until now. `grown`: newer detections. `united`: the incident here has got another id. */
  readonly change: 'opened' | 'grown' | 'united' | 'none';
}

export class Incidents {
  readonly #open = new Map<number, Incident>();
  /** By every id. */
  readonly #byAlert = new Map<string, Incident>();
  /** Taken from the store and not met since, by rule key: their B may be known by its fingerprint only. */
  readonly #stored = new Map<number, StoredIncident>();
  readonly #settled = new SettledAlerts();
  /** Detected here, or known by an id that others do not know yet, and not told to other sidecars since. */
  readonly #untold = new Set<Incident>();
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
      this.#openOne(bKey, trunk, policy, newFacts(exempt, nowMs));
    this.#untold.add(incident);
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

  /**
   * Another sidecar's news of an incident: opens it here under the same id, or makes one of it and the one that is open.
   *
   * When sidecars have opened one each, the smallest id wins. Which one opened first would be nicer to go by, but two
   * sidecars measure a time a few milliseconds apart, and a tie within a tolerance is no order: of three, each could be
   * beaten by another. Ids are the same everywhere, so whatever comes in whatever order ends with the same winner.
   * @param bKey of the B-number that is told of.
   * @returns undefined for an incident that people have settled or that has cooled down.
   */
  hear(bKey: number, policy: Policy, told: StoredIncident, nowMs: number): HeardIncident | undefined {
    const cooledDown = nowMs - told.lastDetectionMs > policy.cooldownMs;
    if (cooledDown || this.#settled.has(told.alertId)) return undefined;
    const known = this.#byAlert.get(told.alertId);
    if (known !== undefined && known.bKey !== bKey) return undefined;
    const open = known ?? this.find(bKey, nowMs) ?? this.#takeUp(bKey, '', policy, nowMs);
    if (open !== undefined) return { incident: open, change: this.#unite(open, told) };
    return { incident: this.#openOne(bKey, '', policy, told), change: 'opened' };
  }

  /** People have settled an alert: the next detection opens a new one. @returns what was open of it here. */
  settle(alertId: string): Incident | undefined {
    const incident = this.#byAlert.get(alertId);
    this.#settled.add(alertId);
    if (incident !== undefined) {
      this.#settled.addIncident(incident);
      this.#close(incident);
    }
    for (const [key, stored] of this.#stored) if (stored.alertId === alertId) this.#forget(key);
    return incident;
  }

  /** When B was under attack last by an alert that people have settled; undefined when there was none lately. */
  settledDetectionMs(bNumber: string): number | undefined {
    return this.#settled.detectionMs(bNumber);
  }

  /** Takes incidents that other sidecars are to be told of; they are told again only when they have changed again. */
  takeUntold(countMax: number): Incident[] {
    const taken: Incident[] = [];
    for (const incident of this.#untold) {
      if (taken.length >= countMax) break;
      this.#untold.delete(incident);
      taken.push(incident);
    }
    return taken;
  }

  /** Others are to be told of an incident, again perhaps. One that has closed is left out. */
  tellAgain(incident: Incident): void {
    if (this.isOpen(incident)) this.#untold.add(incident);
  }

  isOpen(incident: Incident): boolean {
    return this.#open.get(incident.bKey) === incident;
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
    return this.#add(bKey, trunk, policy, stored);
  }

  #openOne(bKey: number, trunk: string, policy: Policy, facts: IncidentFacts): Incident {
    const before = this.#open.get(bKey);
    if (before !== undefined) this.#close(before);
    if (this.#open.size >= this.openMax) {
      this.#overflows++;
      this.#close(this.#open.values().next().value!);
    }
    return this.#add(bKey, trunk, policy, facts);
  }

  #add(bKey: number, trunk: string, policy: Policy, facts: IncidentFacts): Incident {
    const { alertId, exempt, openedMs, lastDetectionMs, distinctMax, severity } = facts;
    const incident: Incident = {
      alertId,
      alertKey: this.keys.acquireToken(alertId),
      ids: [alertId],
      exempt,
      openedMs,
      lastDetectionMs,
      distinctMax,
      severity,
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

  /** The join of what is known here and what is told. */
  #unite(incident: Incident, told: StoredIncident): HeardIncident['change'] {
    const isNewer = joinFacts(incident, told);
    const isKnown = incident.ids.includes(told.alertId);
    if (!isKnown && incident.ids.length < IDS_MAX) this.#addId(incident, told.alertId);
    // Whoever goes by another id has missed the one that counts.
    if (told.alertId > incident.alertId) this.#untold.add(incident);
    if (!isKnown) return 'united';
    return isNewer ? 'grown' : 'none';
  }

  #addId(incident: Incident, alertId: string): void {
    incident.ids.push(alertId);
    this.#byAlert.set(alertId, incident);
    if (alertId > incident.alertId) return;
    const before = incident.alertKey;
    incident.alertId = alertId;
    incident.alertKey = this.keys.acquireToken(alertId);
    this.keys.release(before);
  }

  #close(incident: Incident): void {
    this.#open.delete(incident.bKey);
    this.#untold.delete(incident);
    for (const id of incident.ids) this.#byAlert.delete(id);
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
