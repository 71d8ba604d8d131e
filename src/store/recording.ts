/** What is written down of calls, as statements. A batch may be written twice: every statement is idempotent. */
import { createHash, randomUUID } from 'node:crypto';
import type { AlertSnapshot, RecordedCall, RecordedDisconnect } from '../admission/alert.js';
import type { Conceal } from '../admission/number-privacy.js';
import type { MinuteOfChecks } from '../admission/store-ports.js';
import type { Statement } from './database.js';
import type { WebhookNews } from './webhook-news.js';

/** Most A-numbers, Call-IDs and source addresses that an alert lists. */
const LISTED_MAX = 1_000;

const SNAPSHOT_COLUMNS = `alert_id uuid, b_number text, severity text, effect text, distinct_a_count integer,
  call_count bigint, detections bigint, window_start timestamptz, window_end timestamptz, opened_at timestamptz,
  cools_at timestamptz, policy jsonb, aliases uuid[]`;

/**
 * The alert that a sighting belongs to: its own, one that another of its ids leads to, or the one that another sidecar had
 * opened for the same B-number.
 */
const ALERT_OF_SIGHTING = `COALESCE(
  (SELECT s.alert_id FROM alert_sightings s WHERE s.sighting_id = n.alert_id LIMIT 1),
  (SELECT f.alert_id FROM fraud_alerts f WHERE f.alert_id = n.alert_id),
  (SELECT s.alert_id FROM alert_sightings s WHERE s.sighting_id = ANY(n.aliases) LIMIT 1),
  (SELECT f.alert_id FROM fraud_alerts f WHERE f.alert_id = ANY(n.aliases) LIMIT 1),
  (SELECT f.alert_id FROM fraud_alerts f WHERE f.b_number = n.b_number AND f.ended_at IS NULL))`;

/** Incidents as they stand: opened, or grown. */
export function alertStatements(
  snapshots: readonly AlertSnapshot[],
  conceal: Conceal,
  sidecarId: string,
  now: Date,
  webhooks: WebhookNews,
): Statement[] {
  const rows = JSON.stringify(
    // Sidecars write down the same incidents: all of them take the locks of alerts in the same order.
    snapshots
      .toSorted((one, other) => (one.bNumber < other.bNumber ? -1 : 1))
      .map((snapshot) => ({
        alert_id: snapshot.alertId,
        aliases: snapshot.aliases,
        b_number: conceal(snapshot.bNumber),
        severity: snapshot.severity.toUpperCase(),
        effect: snapshot.effect,
        distinct_a_count: snapshot.distinctACount,
        call_count: snapshot.callCount,
        detections: snapshot.detections,
        window_start: snapshot.windowStart,
        window_end: snapshot.windowEnd,
        opened_at: snapshot.openedAt,
        cools_at: snapshot.coolsAt,
        policy: { ...snapshot.policy, scope: concealedScope(snapshot.policy.scope, conceal) },
      })),
  );
  const news = `jsonb_to_recordset($1::jsonb) AS n(${SNAPSHOT_COLUMNS})`;
  // An incident that has cooled down makes room for the next one of its B-number.
  const makeRoom = {
    text: `UPDATE fraud_alerts f SET ended_at = f.cools_at FROM ${news}
           WHERE f.b_number = n.b_number AND f.alert_id <> ALL(n.aliases || n.alert_id) AND f.ended_at IS NULL
             AND f.cools_at < n.opened_at`,
    values: [rows],
  };
  const open = (onConflict: string): Statement => ({
    text: `INSERT INTO fraud_alerts (alert_id, b_number, severity, effect, distinct_a_count, window_start, window_end,
               policy, created_at, updated_at, cools_at, ended_at)
             SELECT n.alert_id, n.b_number, n.severity, n.effect, n.distinct_a_count, n.window_start, n.window_end,
               n.policy, n.opened_at, $2, n.cools_at,
               CASE WHEN n.cools_at < $2 OR lead(n.opened_at) OVER of_b IS NOT NULL THEN n.cools_at END
             FROM ${news}
             WHERE NOT EXISTS (SELECT FROM alert_sightings s WHERE s.sighting_id = ANY(n.aliases || n.alert_id))
               AND NOT EXISTS (SELECT FROM fraud_alerts f WHERE f.alert_id = ANY(n.aliases || n.alert_id))
             WINDOW of_b AS (PARTITION BY n.b_number ORDER BY n.opened_at)
             ORDER BY n.b_number, n.opened_at
             ON CONFLICT ${onConflict}`,
    values: [rows, now],
  });
  return [
    webhooks.ofEnding(makeRoom, now),
    // Sidecars that know the same incident may write it down at the same moment: of one id there is one alert.
    open('DO NOTHING'),
    // The conflict locks the open alert of the same B-number, so that it cannot end before the sighting joins it.
    open('(b_number) WHERE ended_at IS NULL DO UPDATE SET updated_at = EXCLUDED.updated_at'),
    {
      text: `INSERT INTO alert_sightings (sighting_id, sidecar_id, alert_id, call_count, detections)
             SELECT n.alert_id, $2::uuid, ${ALERT_OF_SIGHTING}, n.call_count, n.detections FROM ${news}
             ON CONFLICT (sighting_id, sidecar_id) DO UPDATE SET
               call_count = GREATEST(alert_sightings.call_count, EXCLUDED.call_count),
               detections = GREATEST(alert_sightings.detections, EXCLUDED.detections)`,
      values: [rows, sidecarId],
    },
    ...aliasStatements(snapshots, rows, sidecarId),
    {
      text: `UPDATE fraud_alerts f SET
               severity = (ARRAY['MEDIUM', 'HIGH', 'CRITICAL'])[GREATEST(m.rank,
                 array_position(ARRAY['MEDIUM', 'HIGH', 'CRITICAL'], f.severity))],
               effect = m.effect,
               distinct_a_count = GREATEST(f.distinct_a_count, m.distinct_a_count),
               call_count = (SELECT sum(s.call_count) FROM alert_sightings s WHERE s.alert_id = f.alert_id),
               detections = (SELECT sum(s.detections) FROM alert_sightings s WHERE s.alert_id = f.alert_id),
               retry_count = ${FAILED_DISCONNECTS},
               window_start = LEAST(f.window_start, m.window_start),
               window_end = GREATEST(f.window_end, m.window_end),
               cools_at = GREATEST(f.cools_at, m.cools_at),
               ended_at = CASE WHEN f.ended_at IS NOT NULL AND f.resolved_at IS NULL
                 THEN GREATEST(f.ended_at, m.cools_at) ELSE f.ended_at END,
               updated_at = $2
             FROM (SELECT s.alert_id, max(array_position(ARRAY['MEDIUM', 'HIGH', 'CRITICAL'], n.severity)) AS rank,
                     (array_agg(n.effect ORDER BY n.window_end DESC))[1] AS effect,
                     max(n.distinct_a_count) AS distinct_a_count, min(n.window_start) AS window_start,
                     max(n.window_end) AS window_end, max(n.cools_at) AS cools_at
                   FROM ${news} JOIN alert_sightings s ON s.sighting_id = n.alert_id AND s.sidecar_id = $3::uuid
                   GROUP BY s.alert_id) m
             WHERE f.alert_id = m.alert_id`,
      values: [rows, now, sidecarId],
    },
    ...webhooks.ofIncidents(
      snapshots.map(({ alertId }) => alertId),
      now,
    ),
  ];
}

/** Further ids under which an alert is found. What came under one of them before that was known joins the alert. */
function aliasStatements(snapshots: readonly AlertSnapshot[], rows: string, sidecarId: string): Statement[] {
  const renamed = snapshots.filter(({ aliases }) => aliases.length > 0);
  if (renamed.length === 0) return [];
  return [
    {
      // Only what a sidecar counts under its own id counts, so nothing is counted here.
      text: `INSERT INTO alert_sightings (sighting_id, sidecar_id, alert_id, call_count, detections)
             SELECT DISTINCT ON (a.id) a.id, $2::uuid, s.alert_id, 0, 0
             FROM jsonb_to_recordset($1::jsonb) AS n(${SNAPSHOT_COLUMNS})
             CROSS JOIN LATERAL unnest(n.aliases) AS a(id)
             JOIN alert_sightings s ON s.sighting_id = n.alert_id AND s.sidecar_id = $2::uuid
             WHERE NOT EXISTS (SELECT FROM alert_sightings k WHERE k.sighting_id = a.id)
               AND NOT EXISTS (SELECT FROM fraud_alerts f WHERE f.alert_id = a.id)
             ORDER BY a.id ON CONFLICT DO NOTHING`,
      values: [rows, sidecarId],
    },
    {
      text: `WITH moved AS (
               UPDATE calls c SET alert_id = s.alert_id
               FROM (SELECT DISTINCT sighting_id, alert_id FROM alert_sightings WHERE sighting_id = ANY($1::uuid[])) s
               WHERE c.alert_id = ANY($1::uuid[]) AND c.alert_id = s.sighting_id AND s.sighting_id <> s.alert_id
               RETURNING c.alert_id, c.a_number, c.call_id, c.source_ip)
             ${listing('moved')}`,
      values: [renamed.flatMap(({ alertId, aliases }) => [alertId, ...aliases])],
    },
  ];
}

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

/** Joins calls to the lists of their alerts. @param calls something that has alert_id, a_number, call_id and source_ip. */
function listing(calls: string): string {
  const joined = (listed: string, added: string): string =>
    `(SELECT COALESCE(array_agg(x), '{}') FROM (SELECT DISTINCT x FROM unnest(${listed} || ${added}) AS x
       WHERE x <> '' LIMIT ${LISTED_MAX}) AS each)`;
  return `UPDATE fraud_alerts f SET
            a_numbers = ${joined('f.a_numbers', 'm.a_numbers')},
            call_ids = ${joined('f.call_ids', 'm.call_ids')},
            source_ips = ${joined('f.source_ips', 'm.source_ips')}
          FROM (SELECT alert_id, array_agg(DISTINCT a_number) AS a_numbers, array_agg(DISTINCT call_id) AS call_ids,
                  array_agg(DISTINCT source_ip) AS source_ips
                FROM ${calls} GROUP BY alert_id) m
          WHERE f.alert_id = m.alert_id`;
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

/** Of fraud_alerts f. A teardown may have been written down before it was known which alert its id leads to. */
const FAILED_DISCONNECTS = `(SELECT count(*) FROM alert_disconnects d WHERE d.outcome = 'failed' AND d.alert_id = ANY(
  ARRAY(SELECT s.sighting_id FROM alert_sightings s WHERE s.alert_id = f.alert_id) || f.alert_id))`;

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

/** The scope of a policy names a whole number only where it is one of a B-number. */
function concealedScope(scope: string, conceal: Conceal): string {
  const number = /^b_number (.+)$/s.exec(scope)?.[1];
  return number === undefined ? scope : `b_number ${conceal(number)}`;
}
