/**
 * What sidecars write down of alerts, as statements. An attack that several sidecars see is one alert, whichever ids they
 * know it by and whoever writes first. A batch may be written twice: every statement is idempotent.
 */
import type { AlertSnapshot } from '../admission/alert.js';
import type { Conceal } from '../admission/number-privacy.js';
import type { Statement } from './database.js';
import type { WebhookNews } from './webhook-news.js';

/** Most A-numbers, Call-IDs and source addresses that an alert lists. */
const LISTED_MAX = 1_000;

/** Of fraud_alerts f. A teardown may have been written down before it was known which alert its id leads to. */
export const FAILED_DISCONNECTS = `(SELECT count(*) FROM alert_disconnects d WHERE d.outcome = 'failed' AND d.alert_id = ANY(
  ARRAY(SELECT s.sighting_id FROM alert_sightings s WHERE s.alert_id = f.alert_id) || f.alert_id))`;

const SNAPSHOT_COLUMNS = `alert_id uuid, b_number text, severity text, effect text, distinct_a_count integer,
  call_count bigint, detections bigint, window_start timestamptz, window_end timestamptz, opened_at timestamptz,
  cools_at timestamptz, policy jsonb, aliases uuid[]`;

/**
 * An alert that goes by another id of news n. What people have settled stays as it is: a sidecar that has not heard of it yet
 * may take the next attack for the same one, and that must not be hidden behind an alert at which nobody looks any more.
 */
const ALERT_OF_ALIAS = `SELECT f.alert_id FROM fraud_alerts f WHERE f.resolved_at IS NULL AND f.alert_id IN (
  SELECT s.alert_id FROM alert_sightings s WHERE s.sighting_id = ANY(n.aliases) UNION SELECT unnest(n.aliases))`;

/**
 * The alert that a sighting belongs to: its own, one that another of its ids leads to, or the one that another sidecar had
 * opened for the same B-number.
 */
const ALERT_OF_SIGHTING = `COALESCE(
  (SELECT s.alert_id FROM alert_sightings s WHERE s.sighting_id = n.alert_id LIMIT 1),
  (SELECT f.alert_id FROM fraud_alerts f WHERE f.alert_id = n.alert_id),
  (${ALERT_OF_ALIAS} ORDER BY f.created_at, f.alert_id LIMIT 1),
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
             WHERE NOT EXISTS (SELECT FROM alert_sightings s WHERE s.sighting_id = n.alert_id)
               AND NOT EXISTS (SELECT FROM fraud_alerts f WHERE f.alert_id = n.alert_id)
               AND NOT EXISTS (${ALERT_OF_ALIAS})
             WINDOW of_b AS (PARTITION BY n.b_number ORDER BY n.opened_at)
             ORDER BY n.b_number, n.opened_at
             ON CONFLICT ${onConflict}`,
    values: [rows, now],
  });
  return [
    webhooks.ofEnding(makeRoom, now),
    // Sidecars that know the same incident may write it down at the same moment: of one id there is one alert.
    open('DO NOTHING'),
    {
      // What others count of these alerts must not change between reading and adding it up.
      text: `SELECT FROM fraud_alerts f WHERE f.alert_id IN (
               SELECT f.alert_id FROM ${news} JOIN fraud_alerts f ON f.b_number = n.b_number AND f.ended_at IS NULL
               UNION SELECT i.id FROM ${news}, unnest(n.aliases || n.alert_id) AS i(id)
               UNION SELECT s.alert_id FROM ${news}, unnest(n.aliases || n.alert_id) AS i(id)
                 JOIN alert_sightings s ON s.sighting_id = i.id)
             ORDER BY f.b_number, f.alert_id FOR UPDATE`,
      values: [rows],
    },
    // An alert that has ended since the first try has made room.
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
             JOIN fraud_alerts o ON o.alert_id = s.alert_id AND o.resolved_at IS NULL
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

/** Joins calls to the lists of their alerts. @param calls something that has alert_id, a_number, call_id and source_ip. */
export function listing(calls: string): string {
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

/** The scope of a policy names a whole number only where it is one of a B-number. */
function concealedScope(scope: string, conceal: Conceal): string {
  const number = /^b_number (.+)$/s.exec(scope)?.[1];
  return number === undefined ? scope : `b_number ${conceal(number)}`;
}
