/** What is written down of calls, as statements; alerts are in alert-recording.ts. A batch may be written twice: every statement is idempotent. */
import { createHash, randomUUID } from 'node:crypto';
import type { RecordedCall, RecordedDisconnect } from '../admission/alert.js';
import type { Conceal } from '../admission/number-privacy.js';
import type { MinuteOfChecks } from '../admission/store-ports.js';
import { FAILED_DISCONNECTS, listing } from './alert-recording.js';
import type { Statement } from './database.js';

const CALL_COLUMNS = `call_key uuid, call_id text, from_tag text, a_number text, b_number text, source_ip text,
  switch_id text, trunk text, called_at timestamptz, decision text, reason text, sip_status integer, sip_reason text,
  flagged boolean, alert_id uuid`;

/** Calls; those that are evidence join the lists of their alert. */
export function callStatements(
  calls: readonly RecordedCall[],
  flagged: boolean,
  conceal: Conceal,
): Statement[] {
  const rows = JSON.stringify(calls.map((call) => callRow(call, flagged, conceal)));
  const news = `jsonb_to_recordset($1::jsonb) AS n(${CALL_COLUMNS})`;
  const insert = {
    text: `INSERT INTO calls (call_key, call_id, from_tag, a_number, b_number, source_ip, switch_id, trunk, called_at,
             decision, reason, sip_status, sip_reason, flagged, alert_id)
           SELECT n.call_key, n.call_id, n.from_tag, n.a_number, n.b_number, n.source_ip, n.switch_id, n.trunk,
             n.called_at, n.decision, n.reason, n.sip_status, n.sip_reason, n.flagged,
             COALESCE((SELECT s.alert_id FROM alert_sightings s WHERE s.sighting_id = n.alert_id LIMIT 1), n.alert_id)
           FROM ${news} ON CONFLICT (call_key) DO NOTHING`,
    values: [rows],
  };
  if (!flagged) return [insert];
  return [
    insert,
    {
      text: `WITH evidence AS (
               SELECT s.alert_id, n.a_number, n.call_id, n.source_ip FROM ${news}
               JOIN (SELECT DISTINCT sighting_id, alert_id FROM alert_sightings) s ON s.sighting_id = n.alert_id)
             ${listing('evidence')}`,
      values: [rows],
    },
  ];
}

function callRow(call: RecordedCall, flagged: boolean, conceal: Conceal): object {
  return {
    call_key: keyOf(call),
    call_id: call.callId,
    from_tag: call.fromTag,
    a_number: conceal(call.aNumber),
    b_number: conceal(call.bNumber),
    source_ip: call.sourceIp,
    switch_id: call.switchId,
    trunk: call.trunk,
    called_at: call.calledAt,
    decision: call.decision,
    reason: call.reason,
    sip_status: call.sipStatus,
    sip_reason: call.sipReason,
    flagged,
    alert_id: call.alertId === '' ? null : call.alertId,
  };
}

/** One key for each call of an alert, so that a batch that is written twice adds nothing. */
function keyOf({ callId, aNumber, bNumber, alertId, calledAt }: RecordedCall): string {
  if (callId === '') return randomUUID();
  const identity = [callId, aNumber, bNumber, alertId || calledAt.getTime()].join('\n');
  const hex = createHash('sha256').update(identity).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

/** How teardowns ended; failures are counted on the alert. */
export function disconnectStatements(disconnects: readonly RecordedDisconnect[]): Statement[] {
  const rows = JSON.stringify(
    disconnects.map((each) => ({
      disconnect_id: each.disconnectId,
      control: each.control,
      alert_id: each.alertId,
      call_id: each.callId,
      from_tag: each.fromTag,
      switch_id: each.switchId,
      outcome: each.outcome,
      settled_at: each.settledAt,
    })),
  );
  const news = `jsonb_to_recordset($1::jsonb) AS n(disconnect_id uuid, control text, alert_id uuid, call_id text,
    from_tag text, switch_id text, outcome text, settled_at timestamptz)`;
  return [
    {
      text: `INSERT INTO alert_disconnects (disconnect_id, control, alert_id, call_id, from_tag, switch_id, outcome, settled_at)
             SELECT n.disconnect_id, n.control,
               COALESCE((SELECT s.alert_id FROM alert_sightings s WHERE s.sighting_id = n.alert_id LIMIT 1), n.alert_id),
               n.call_id, n.from_tag, n.switch_id, n.outcome, n.settled_at
             FROM ${news} ON CONFLICT DO NOTHING`,
      values: [rows],
    },
    {
      text: `UPDATE fraud_alerts f SET retry_count = ${FAILED_DISCONNECTS}
             WHERE f.alert_id IN (SELECT d.alert_id FROM alert_disconnects d JOIN ${news}
               ON d.disconnect_id = n.disconnect_id WHERE n.outcome = 'failed')`,
      values: [rows],
    },
  ];
}

/** Minutes of one sidecar; a minute that is written again replaces itself. */
export function minuteStatements(minutes: readonly MinuteOfChecks[], sidecarId: string): Statement[] {
  return minutes.map((minute) => ({
    text: `INSERT INTO detection_stats (began_at, sidecar_id, checks, rejected, observed, detections, alerts, latency_sum_ms,
             latency_max_ms, latency_counts)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::bigint[])
           ON CONFLICT (began_at, sidecar_id) DO UPDATE SET checks = EXCLUDED.checks, rejected = EXCLUDED.rejected,
             observed = EXCLUDED.observed, detections = EXCLUDED.detections, alerts = EXCLUDED.alerts,
             latency_sum_ms = EXCLUDED.latency_sum_ms, latency_max_ms = EXCLUDED.latency_max_ms,
             latency_counts = EXCLUDED.latency_counts`,
    values: [
      minute.beganAt,
      sidecarId,
      minute.checks,
      minute.rejected,
      minute.observed,
      minute.detections,
      minute.alerts,
      minute.latencySumMs,
      minute.latencyMaxMs,
      minute.latencyBuckets,
    ],
  }));
}
