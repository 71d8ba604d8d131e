/** Rows of the alert tables as the rest of the program knows them. */
import type {
  Alert,
  AlertEffect,
  AlertHistoryEntry,
  AlertSeverity,
  AlertStatus,
  PolicyInForce,
  RecordedCall,
  RecordedDisconnect,
} from '../admission/alert.js';
import type { DisconnectOutcome } from '../admission/disconnect.js';
import type { Decision, VerdictReason } from '../detection/verdict.js';

export type Row = Readonly<Record<string, unknown>>;

export function alertOf(row: Row): Alert {
  return {
    alertId: row['alert_id'] as string,
    bNumber: row['b_number'] as string,
    aNumbers: row['a_numbers'] as string[],
    callIds: row['call_ids'] as string[],
    sourceIps: row['source_ips'] as string[],
    distinctACount: row['distinct_a_count'] as number,
    callCount: row['call_count'] as number,
    detections: row['detections'] as number,
    windowStart: row['window_start'] as Date,
    windowEnd: row['window_end'] as Date,
    severity: String(row['severity']).toLowerCase() as AlertSeverity,
    effect: row['effect'] as AlertEffect,
    status: row['status'] as AlertStatus,
    retryCount: row['retry_count'] as number,
    policy: row['policy'] as PolicyInForce,
    createdAt: row['created_at'] as Date,
    updatedAt: row['updated_at'] as Date,
    endedAt: (row['ended_at'] as Date | null) ?? undefined,
    resolvedAt: (row['resolved_at'] as Date | null) ?? undefined,
    assignedTo: row['assigned_to'] as string,
    notes: row['notes'] as string,
  };
}

export function callOf(row: Row): RecordedCall {
  return {
    callId: row['call_id'] as string,
    fromTag: row['from_tag'] as string,
    aNumber: row['a_number'] as string,
    bNumber: row['b_number'] as string,
    sourceIp: row['source_ip'] as string,
    switchId: row['switch_id'] as string,
    trunk: row['trunk'] as string,
    calledAt: row['called_at'] as Date,
    decision: row['decision'] as Decision,
    reason: row['reason'] as VerdictReason,
    sipStatus: row['sip_status'] as number,
    sipReason: row['sip_reason'] as string,
    alertId: (row['alert_id'] as string | null) ?? '',
  };
}

export function disconnectOf(row: Row): RecordedDisconnect {
  return {
    disconnectId: row['disconnect_id'] as string,
    alertId: row['alert_id'] as string,
    callId: row['call_id'] as string,
    fromTag: row['from_tag'] as string,
    switchId: row['switch_id'] as string,
    control: row['control'] as string,
    outcome: row['outcome'] as DisconnectOutcome,
    settledAt: row['settled_at'] as Date,
  };
}

export function historyEntryOf(row: Row): AlertHistoryEntry {
  return {
    at: row['at'] as Date,
    author: row['author'] as string,
    changes: row['changes'] as AlertHistoryEntry['changes'],
  };
}
