/** AlertStore over a database: what people read of alerts, and what they change. */
import {
  type Alert,
  type AlertChange,
  type AlertFile,
  type AlertSeverity,
  isSettled,
  mayBecome,
} from '../admission/alert.js';
import type { Conceal } from '../admission/number-privacy.js';
import type { AlertQuery, AlertStore, Page } from '../admission/store-ports.js';
import { AcmError } from '../errors.js';
import { alertOf, callOf, disconnectOf, historyEntryOf, type Row } from './alert-rows.js';
import { type Edit, makeAudited, type PlannedChange } from './audited-change.js';
import type { Database, Statement } from './database.js';
import { pageOf, positionInTime } from './paging.js';
import { NEXT_REVISION, THIS_REVISION } from './rule-writes.js';
import type { WebhookNews } from './webhook-news.js';

const EVIDENCE_MAX = 1_000;

/** The alert that an id stands for: its own, or one that a sidecar gave out before it knew of the other. */
const ALERT_BY_ID = `(SELECT COALESCE(
  (SELECT s.alert_id FROM alert_sightings s WHERE s.sighting_id = $1::uuid LIMIT 1), $1::uuid))`;

/** Every id of that alert: what came under another one before it was known to be the same is found as well. */
const IDS_OF_ALERT = `ANY(ARRAY(SELECT s.sighting_id FROM alert_sightings s WHERE s.alert_id = ${ALERT_BY_ID})
  || ${ALERT_BY_ID})`;

export class AlertRecords implements AlertStore {
  /** @param database whatever serves the store now; throws ACM_STORE_UNAVAILABLE while nothing does. */
  constructor(
    private readonly database: () => Database,
    private readonly conceal: Conceal,
    private readonly webhooks: WebhookNews,
  ) {}

  async list(query: AlertQuery): Promise<Page<Alert>> {
    const [{ rows }] = await this.database().run([listStatement(query, this.conceal)]);
    return pageOf(rows, query.limit, alertOf, (row) => ({
      at: row['page_at'] as string,
      id: row['alert_id'] as string,
    }));
  }

  async countBySeverity(since: Date): Promise<Record<AlertSeverity, number>> {
    const [{ rows }] = await this.database().run([
      {
        text: `SELECT lower(severity) AS severity, count(*) AS alerts FROM fraud_alerts WHERE created_at >= $1
               GROUP BY severity`,
        values: [since],
      },
    ]);
    const counts = Object.fromEntries(rows.map(({ severity, alerts }) => [severity, alerts]));
    return { medium: 0, high: 0, critical: 0, ...counts };
  }

  async find(alertId: string): Promise<AlertFile | undefined> {
    const values = [alertId];
    const [alerts, calls, disconnects, history] = await this.database().run([
      { text: `SELECT * FROM fraud_alerts WHERE alert_id = ${ALERT_BY_ID}`, values },
      {
        text: `SELECT * FROM calls WHERE alert_id = ${IDS_OF_ALERT} ORDER BY called_at, call_key LIMIT ${EVIDENCE_MAX}`,
        values,
      },
      {
        text: `SELECT * FROM alert_disconnects WHERE alert_id = ${IDS_OF_ALERT} ORDER BY settled_at LIMIT ${EVIDENCE_MAX}`,
        values,
      },
      {
        text: `SELECT * FROM alert_history WHERE alert_id = ${ALERT_BY_ID} ORDER BY entry_id LIMIT ${EVIDENCE_MAX}`,
        values,
      },
    ]);
    if (alerts.rows.length === 0) return undefined;
    return {
      alert: alertOf(alerts.rows[0] as Row),
      calls: calls.rows.map(callOf),
      disconnects: disconnects.rows.map(disconnectOf),
      history: history.rows.map(historyEntryOf),
    };
  }

  async change(alertId: string, change: AlertChange, at: Date): Promise<Alert> {
    let unchanged: Alert | undefined;
    const edit: Edit = {
      read: { text: `SELECT * FROM fraud_alerts WHERE alert_id = ${ALERT_BY_ID}`, values: [alertId] },
      plan: ([row]) => {
        if (row === undefined) throw new AcmError('ACM_NOT_FOUND', `there is no alert ${alertId}`);
        unchanged = alertOf(row);
        return planOf(unchanged, change, at, this.webhooks);
      },
    };
    const outcomes = await makeAudited(this.database(), edit, change, at);
    const changed = outcomes?.find(({ rows }) => rows.length > 0)?.rows[0];
    return changed === undefined ? unchanged! : alertOf(changed);
  }
}

/** @throws AcmError ACM_CONFLICT for a status that the alert cannot take now. */
function planOf(
  before: Alert,
  change: AlertChange,
  at: Date,
  webhooks: WebhookNews,
): PlannedChange | undefined {
  const was = { status: before.status, assigned_to: before.assignedTo, notes: before.notes };
  const after = {
    status: change.status ?? was.status,
    assigned_to: change.assignedTo ?? was.assigned_to,
    notes: change.notes ?? was.notes,
  };
  if (!mayBecome(was.status, after.status))
    throw new AcmError(
      'ACM_CONFLICT',
      `status: an alert that is ${was.status} cannot become ${after.status}`,
    );
  const changes = differences(was, after);
  if (changes === undefined) return undefined;
  const settles = isSettled(after.status) && !isSettled(was.status);
  const side = (of: 'from' | 'to') =>
    Object.fromEntries(Object.entries(changes).map(([field, each]) => [field, each[of]]));
  return {
    statements: [
      // Settling ends the incident: the next detection opens a new alert. The revision lets every sidecar hear of it.
      ...(settles ? [NEXT_REVISION] : []),
      {
        text: `WITH noted AS (
                 INSERT INTO alert_history (alert_id, at, author, changes) VALUES ($1::uuid, $5, $8, $9::jsonb))
               UPDATE fraud_alerts SET status = $2, assigned_to = $3, notes = $4, updated_at = $5,
                 resolved_at = CASE WHEN $6 THEN COALESCE(resolved_at, $5) END,
                 ended_at = CASE WHEN $7 THEN COALESCE(ended_at, $5) ELSE ended_at END,
                 revision = CASE WHEN $7 THEN ${THIS_REVISION} ELSE revision END
               WHERE alert_id = $1::uuid RETURNING *`,
        values: [
          before.alertId,
          after.status,
          after.assigned_to,
          after.notes,
          at,
          isSettled(after.status),
          settles,
          change.author,
          JSON.stringify(changes),
        ],
      },
      ...webhooks.ofChange(before.alertId, at),
    ],
    notes: [{ action: 'alert.change', target: before.alertId, before: side('from'), after: side('to') }],
  };
}

function listStatement(query: AlertQuery, conceal: Conceal): Statement {
  const values: unknown[] = [];
  const conditions: string[] = [];
  const where = (condition: (place: string) => string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  const position = positionInTime(query.after);
  where((place) => `status = ${place}`, query.status);
  where((place) => `severity = ${place}`, query.severity?.toUpperCase());
  where((place) => `b_number = ${place}`, query.bNumber === undefined ? undefined : conceal(query.bNumber));
  where(
    (place) => `a_numbers @> ARRAY[${place}::text]`,
    query.aNumber === undefined ? undefined : conceal(query.aNumber),
  );
  where((place) => `created_at >= ${place}`, query.since);
  where((place) => `created_at < ${place}`, query.until);
  if (position !== undefined) {
    values.push(position.at, position.id);
    conditions.push(`(created_at, alert_id::text) < ($${values.length - 1}::timestamptz, $${values.length})`);
  }
  values.push(query.limit + 1);
  return {
    text: `SELECT *, created_at::text AS page_at FROM fraud_alerts ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
           ORDER BY created_at DESC, alert_id::text DESC LIMIT $${values.length}`,
    values,
  };
}

/** What was and what became of each field that differs; undefined if none does. */
function differences(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Record<string, { from: string; to: string }> | undefined {
  const changed = Object.keys(after).filter((field) => before[field] !== after[field]);
  if (changed.length === 0) return undefined;
  return Object.fromEntries(
    changed.map((field) => [field, { from: before[field] ?? '', to: after[field] ?? '' }]),
  );
}
