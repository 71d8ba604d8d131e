/** AlertStore over a database: what people read of alerts, and what they change. */
import { type Alert, type AlertChange, type AlertFile, isSettled, mayBecome } from '../admission/alert.js';
import type { Conceal } from '../admission/number-privacy.js';
import type { AlertQuery, AlertStore, Page } from '../admission/store-ports.js';
import { AcmError } from '../errors.js';
import { alertOf, callOf, disconnectOf, historyEntryOf, type Row } from './alert-rows.js';
import type { Database, Statement } from './database.js';
import { pageOf, positionInTime } from './paging.js';

const EVIDENCE_MAX = 1_000;
/** How often a change is tried when somebody else changes the alert at the same time. */
const ATTEMPTS_MAX = 5;

/** The alert that an id stands for: its own, or one that a sidecar gave out before it knew of the other. */
const ALERT_BY_ID = `(SELECT COALESCE(
  (SELECT s.alert_id FROM alert_sightings s WHERE s.sighting_id = $1::uuid LIMIT 1), $1::uuid))`;

export class AlertRecords implements AlertStore {
  /** @param database whatever serves the store now; throws ACM_STORE_UNAVAILABLE while nothing does. */
  constructor(
    private readonly database: () => Database,
    private readonly conceal: Conceal,
  ) {}

  async list(query: AlertQuery): Promise<Page<Alert>> {
    const [{ rows }] = await this.database().run([listStatement(query, this.conceal)]);
    return pageOf(rows, query.limit, alertOf, (row) => ({
      at: row['page_at'] as string,
      id: row['alert_id'] as string,
    }));
  }

  async find(alertId: string): Promise<AlertFile | undefined> {
    const values = [alertId];
    const [alerts, calls, disconnects, history] = await this.database().run([
      { text: `SELECT * FROM fraud_alerts WHERE alert_id = ${ALERT_BY_ID}`, values },
      {
        text: `SELECT * FROM calls WHERE alert_id = ${ALERT_BY_ID} ORDER BY called_at, call_key LIMIT ${EVIDENCE_MAX}`,
        values,
      },
      {
        text: `SELECT * FROM alert_disconnects WHERE alert_id = ${ALERT_BY_ID} ORDER BY settled_at LIMIT ${EVIDENCE_MAX}`,
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
    for (let attempt = 1; ; attempt++) {
      const before = await this.#current(alertId);
      const status = change.status ?? before.status;
      if (!mayBecome(before.status, status))
        throw new AcmError(
          'ACM_CONFLICT',
          `status: an alert that is ${before.status} cannot become ${status}`,
        );
      const changed = await this.#write(before, change, at);
      if (changed !== undefined) return changed;
      if (attempt >= ATTEMPTS_MAX)
        throw new AcmError('ACM_CONFLICT', 'somebody else is changing this alert; look at it again');
    }
  }

  async #current(alertId: string): Promise<Alert> {
    const [{ rows }] = await this.database().run([
      { text: `SELECT * FROM fraud_alerts WHERE alert_id = ${ALERT_BY_ID}`, values: [alertId] },
    ]);
    if (rows.length === 0) throw new AcmError('ACM_NOT_FOUND', `there is no alert ${alertId}`);
    return alertOf(rows[0]);
  }

  /** Undefined if the alert is no longer as it was. */
  async #write(before: Alert, change: AlertChange, at: Date): Promise<Alert | undefined> {
    const after = {
      status: change.status ?? before.status,
      assigned_to: change.assignedTo ?? before.assignedTo,
      notes: change.notes ?? before.notes,
    };
    const changes = differences(
      { status: before.status, assigned_to: before.assignedTo, notes: before.notes },
      after,
    );
    if (changes === undefined) return before;
    const settles = isSettled(after.status) && !isSettled(before.status);
    // Settling ends the incident: the next detection opens a new alert. The revision lets every sidecar hear of it.
    const bump = settles ? [{ text: 'UPDATE rule_state SET revision = revision + 1' }] : [];
    const outcomes = await this.database().run([
      ...bump,
      {
        text: `WITH changed AS (
                 UPDATE fraud_alerts SET status = $2, assigned_to = $3, notes = $4, updated_at = $5,
                   resolved_at = CASE WHEN $6 THEN COALESCE(resolved_at, $5) END,
                   ended_at = CASE WHEN $7 THEN COALESCE(ended_at, $5) ELSE ended_at END,
                   revision = CASE WHEN $7 THEN (SELECT r.revision FROM rule_state r) ELSE revision END
                 WHERE alert_id = $1::uuid AND status = $8 AND assigned_to = $9 AND notes = $10 RETURNING *),
               noted AS (
                 INSERT INTO alert_history (alert_id, at, author, changes)
                 SELECT alert_id, $5, $11, $12::jsonb FROM changed)
               SELECT * FROM changed`,
        values: [
          before.alertId,
          after.status,
          after.assigned_to,
          after.notes,
          at,
          isSettled(after.status),
          settles,
          before.status,
          before.assignedTo,
          before.notes,
          change.author,
          JSON.stringify(changes),
        ],
      },
    ]);
    const row = outcomes.at(-1)?.rows[0];
    return row === undefined ? undefined : alertOf(row);
  }
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
