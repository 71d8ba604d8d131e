/**
 * Alerts: what is kept of an attack on one B-number, and what people do with it. Times are dates of the wall clock;
 * milliseconds are of the monotonic one.
 */
import type { Severity } from '../detection/masking-rule.js';
import type { Decision, VerdictReason } from '../detection/verdict.js';
import type { Actor } from './access.js';
import type { DisconnectOutcome } from './disconnect.js';

/** NEW -> INVESTIGATING -> RESOLVED | FALSE_POSITIVE; a settled alert can be taken up again. */
export type AlertStatus = 'NEW' | 'INVESTIGATING' | 'RESOLVED' | 'FALSE_POSITIVE';

export const ALERT_STATUSES: readonly AlertStatus[] = ['NEW', 'INVESTIGATING', 'RESOLVED', 'FALSE_POSITIVE'];

export type AlertSeverity = Exclude<Severity, 'none'>;

/** What became of the calls of an incident. */
export type AlertEffect = 'rejecting' | 'observing' | 'exempt';

/** The rule and the policy that an alert was opened under. */
export interface PolicyInForce {
  /** `default`, `b_number 2348099999999`, `trunk carrier`, `b_prefix 23480`. */
  readonly scope: string;
  /** Revision of the stored rules that set it; 0 for the environment. */
  readonly revision: number;
  readonly windowSeconds: number;
  readonly threshold: number;
  readonly cooldownSeconds: number;
  readonly enforcement: 'enforce' | 'shadow';
  readonly autoBlock: boolean;
  readonly autoDisconnect: boolean;
}

/** What one sidecar knows of an incident; a later snapshot replaces an earlier one of the same incident. */
export interface AlertSnapshot {
  /** The id under which the sidecar counts; it stays the same for as long as the incident is open there. */
  readonly alertId: string;
  /** Further ids of the same incident, that it has had here or that other sidecars have given it. */
  readonly aliases: readonly string[];
  /** Canonical. */
  readonly bNumber: string;
  readonly severity: AlertSeverity;
  readonly effect: AlertEffect;
  /** Distinct A-numbers within the window, at the most so far. */
  readonly distinctACount: number;
  /** Calls of the burst that this sidecar saw since it started: those of the first window and every detection since. */
  readonly callCount: number;
  readonly detections: number;
  readonly windowStart: Date;
  readonly windowEnd: Date;
  readonly openedAt: Date;
  /** When the cooldown ends unless a detection comes before. */
  readonly coolsAt: Date;
  readonly policy: PolicyInForce;
}

/** One call as evidence, or as history. */
export interface RecordedCall {
  readonly callId: string;
  readonly fromTag: string;
  /** Canonical; `anonymous` for callers who hide their number. */
  readonly aNumber: string;
  readonly bNumber: string;
  readonly sourceIp: string;
  readonly switchId: string;
  readonly trunk: string;
  readonly calledAt: Date;
  readonly decision: Decision;
  readonly reason: VerdictReason;
  /** The SIP answer that was ordered; 0 and '' for a call that went on. */
  readonly sipStatus: number;
  readonly sipReason: string;
  /** The alert that it is evidence for; '' for a call that belongs to none. */
  readonly alertId: string;
}

/** How the teardown of one call by one way was settled. */
export interface RecordedDisconnect {
  readonly disconnectId: string;
  readonly alertId: string;
  readonly callId: string;
  readonly fromTag: string;
  readonly switchId: string;
  /** The way that was tried: the name of a SwitchControl. */
  readonly control: string;
  readonly outcome: DisconnectOutcome;
  readonly settledAt: Date;
}

/** An alert as it is stored. */
export interface Alert {
  readonly alertId: string;
  readonly bNumber: string;
  /** At most 1,000 of each; the counts tell how many there were. */
  readonly aNumbers: readonly string[];
  readonly callIds: readonly string[];
  readonly sourceIps: readonly string[];
  readonly distinctACount: number;
  readonly callCount: number;
  readonly detections: number;
  readonly windowStart: Date;
  readonly windowEnd: Date;
  readonly severity: AlertSeverity;
  readonly effect: AlertEffect;
  readonly status: AlertStatus;
  /** How often the teardown of one of its calls has failed. */
  readonly retryCount: number;
  readonly policy: PolicyInForce;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When the attack had ceased; absent while it goes on. */
  readonly endedAt: Date | undefined;
  readonly resolvedAt: Date | undefined;
  readonly assignedTo: string;
  readonly notes: string;
}

/** One change that a person made. */
export interface AlertHistoryEntry {
  readonly at: Date;
  readonly author: string;
  /** By field (`status`, `assigned_to`, `notes`): what it was and what it became. */
  readonly changes: Readonly<Record<string, { readonly from: string; readonly to: string }>>;
}

/** An alert with its evidence. */
export interface AlertFile {
  readonly alert: Alert;
  /** Oldest first, at most 1,000. */
  readonly calls: readonly RecordedCall[];
  readonly disconnects: readonly RecordedDisconnect[];
  readonly history: readonly AlertHistoryEntry[];
}

/** What a person changes; what is absent stays. */
export interface AlertChange extends Actor {
  readonly status?: AlertStatus;
  readonly assignedTo?: string;
  readonly notes?: string;
}

/** True if a person may move an alert from one status to another; to stay is always allowed. */
export function mayBecome(from: AlertStatus, to: AlertStatus): boolean {
  if (from === to) return true;
  if (to === 'NEW') return false;
  return isSettled(from) ? to === 'INVESTIGATING' : true;
}

/** True for an alert that nobody has to look at any more. */
export function isSettled(status: AlertStatus): boolean {
  return status === 'RESOLVED' || status === 'FALSE_POSITIVE';
}
