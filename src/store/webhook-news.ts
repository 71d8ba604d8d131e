/**
 * What webhooks are to be told, written down in the same transaction as what happened: nothing is lost between the two. What
 * was told already is known from the deliveries that are there, so that it does not matter who sees an event, or how often.
 * Without webhooks there are no statements.
 */
import type { WebhookListener } from '../admission/webhook.js';
import type { Statement } from './database.js';

const COLUMNS = 'webhook, alert_id, event, detail, severity, occurred_at, queued_at, due_at';

const rankOf = (severity: string): string =>
  `array_position(ARRAY['MEDIUM', 'HIGH', 'CRITICAL'], ${severity})`;

/** Those webhooks that care for an alert of this severity. */
const listeners = (place: string, severity: string): string =>
  `jsonb_to_recordset(${place}::jsonb) AS w(name text, min_severity text)
     ON ${rankOf('w.min_severity')} <= ${rankOf(severity)}`;

/** Nobody hears of the end of an alert that they have not heard of. */
const heardOf = (alertId: string): string =>
  `EXISTS (SELECT FROM webhook_deliveries d
     WHERE d.webhook = w.name AND d.alert_id = ${alertId} AND d.event = 'alert.opened')`;

export class WebhookNews {
  /** JSON; '' for none. */
  readonly #listeners: string;

  constructor(webhooks: readonly WebhookListener[]) {
    const rows = webhooks.map(({ name, minSeverity }) => ({ name, min_severity: minSeverity.toUpperCase() }));
    this.#listeners = rows.length === 0 ? '' : JSON.stringify(rows);
  }

  /**
   * What follows from the incidents that a sidecar has just written down: they opened an alert, made it worse, or had ended by
   * the time they came. The alerts' rows are locked by then, so that of two sidecars the second sees what the first has told.
   * @param sightings ids that the sidecar has given out.
   */
  ofIncidents(sightings: readonly string[], at: Date): Statement[] {
    if (this.#listeners === '') return [];
    return [
      {
        text: `INSERT INTO webhook_deliveries (${COLUMNS})
               SELECT w.name, f.alert_id, e.event, e.detail, f.severity, e.occurred_at, $2, $2
               FROM (SELECT DISTINCT s.alert_id FROM alert_sightings s WHERE s.sighting_id = ANY($1::uuid[])) seen
               JOIN fraud_alerts f ON f.alert_id = seen.alert_id
               JOIN ${listeners('$3', 'f.severity')}
               CROSS JOIN LATERAL (
                 SELECT max(${rankOf('d.severity')}) AS rank FROM webhook_deliveries d
                 WHERE d.webhook = w.name AND d.alert_id = f.alert_id
                   AND d.event IN ('alert.opened', 'alert.severity_raised')) told
               CROSS JOIN LATERAL (VALUES
                 (1, 'alert.opened', '', f.created_at, told.rank IS NULL),
                 (2, 'alert.severity_raised', f.severity, $2, told.rank < ${rankOf('f.severity')}),
                 (3, 'alert.ended', '', f.ended_at, f.ended_at IS NOT NULL))
                 AS e(step, event, detail, occurred_at, holds)
               WHERE e.holds ORDER BY f.created_at, f.alert_id, e.step
               ON CONFLICT DO NOTHING`,
        values: [sightings, at, this.#listeners],
      },
    ];
  }

  /**
   * What a person has changed, by the entries of the history of that moment.
   * @param at when, as it stands in the history.
   */
  ofChange(alertId: string, at: Date): Statement[] {
    if (this.#listeners === '') return [];
    return [
      {
        text: `INSERT INTO webhook_deliveries (${COLUMNS})
               SELECT w.name, f.alert_id, e.event, e.detail, f.severity, $2, $2, $2
               FROM fraud_alerts f JOIN ${listeners('$3', 'f.severity')}
               CROSS JOIN LATERAL (
                 SELECT 1 AS step, 'alert.changed' AS event, h.entry_id::text AS detail
                 FROM alert_history h WHERE h.alert_id = f.alert_id AND h.at = $2
                 UNION ALL SELECT 2, 'alert.ended', '' WHERE f.ended_at = $2 AND ${heardOf('f.alert_id')}) e
               WHERE f.alert_id = $1::uuid ORDER BY e.step, e.detail
               ON CONFLICT DO NOTHING`,
        values: [alertId, at, this.#listeners],
      },
    ];
  }

  /** @param update of `fraud_alerts f`, which ends alerts and returns nothing; its count stays what it was. */
  ofEnding({ text, values = [] }: Statement, at: Date): Statement {
    if (this.#listeners === '') return { text, values };
    const [now, webhooks] = [`$${values.length + 1}`, `$${values.length + 2}`];
    return {
      text: `WITH ended AS (${text} RETURNING f.alert_id, f.severity, f.ended_at),
             told AS (
               INSERT INTO webhook_deliveries (${COLUMNS})
               SELECT w.name, e.alert_id, 'alert.ended', '', e.severity, e.ended_at, ${now}, ${now}
               FROM ended e JOIN ${listeners(webhooks, 'e.severity')}
               WHERE ${heardOf('e.alert_id')}
               ON CONFLICT DO NOTHING)
             SELECT alert_id FROM ended`,
      values: [...values, at, this.#listeners],
    };
  }
}
