/** An alert as JSON, the same for whoever asks over HTTP and for webhooks. */
import type { Alert, AlertSeverity, AlertStatus } from './alert.js';

/** Times are RFC 3339 in UTC, with milliseconds. */
export interface AlertJson {
  alert_id: string;
  b_number: string;
  a_numbers: string[];
  call_ids: string[];
  source_ips: string[];
  call_count: number;
  window_start: string;
  window_end: string;
  severity: Uppercase<AlertSeverity>;
  status: AlertStatus;
  retry_count: number;
  created_at: string;
  updated_at: string;
  resolved_at: string | null;
  assigned_to: string | null;
  notes: string;
}

export function alertJson(alert: Alert): AlertJson {
  return {
    alert_id: alert.alertId,
    b_number: alert.bNumber,
    a_numbers: [...alert.aNumbers],
    call_ids: [...alert.callIds],
    source_ips: [...alert.sourceIps],
    call_count: alert.callCount,
    window_start: alert.windowStart.toISOString(),
    window_end: alert.windowEnd.toISOString(),
    severity: alert.severity.toUpperCase() as Uppercase<AlertSeverity>,
    status: alert.status,
    retry_count: alert.retryCount,
    created_at: alert.createdAt.toISOString(),
    updated_at: alert.updatedAt.toISOString(),
    resolved_at: alert.resolvedAt?.toISOString() ?? null,
    assigned_to: alert.assignedTo === '' ? null : alert.assignedTo,
    notes: alert.notes,
  };
}
