/** Ends incidents that have cooled down, and forgets what is old, in batches so small that nobody waits for their locks. */
import type { Log } from '../admission/ports.js';
import { AcmError } from '../errors.js';
import type { Database, Statement } from './database.js';
import type { WebhookNews } from './webhook-news.js';

/** How long a call is kept that nothing speaks against. */
export const UNFLAGGED_MS = 300_000;
const DAY_MS = 86_400_000;
/** A rule that is not in force any more is kept this long, so that every sidecar has heard of it. */
const PAST_RULE_MS = DAY_MS;
const MINUTES_MS = 31 * DAY_MS;
const BATCH = 1_000;
/** Longer than whoever delivers tries: then nobody does, since no sidecar has such a webhook any more. */
const FORSAKEN_MS = 26 * 3_600_000;
/** What autovacuum does for PostgreSQL and nobody for PGlite: a second or two for a million rows. */
const UPKEEP_MS_MAX = 30_000;
/** How often PGlite's planner learns how much there is in the tables. */
const ANALYZE_MS = 3_600_000;
/** Batches of one table in one round; what is left waits for the next round. */
const BATCHES_MAX = 100;

export interface HousekeepingOptions {
  readonly database: () => Database;
  /** How long alerts and their evidence are kept. */
  readonly alertMs: number;
  /** How long it is kept who changed what. */
  readonly auditMs: number;
  readonly webhooks: WebhookNews;
  readonly now: () => Date;
  readonly log: Log;
  /** Lets others to the tables between two batches. */
  readonly pause: () => Promise<void>;
}

/** One kind of what grows old: changes or deletes up to BATCH rows older than `$1`. */
interface Aging {
  readonly what: string;
  readonly keptMs: number;
  readonly text: string;
  /** What goes before it in its transaction. */
  readonly before?: Statement;
  /** Whether it ends alerts, which webhooks are told. */
  readonly ends?: true;
}

export class Housekeeping {
  readonly #options: HousekeepingOptions;
  readonly #kinds: readonly Aging[];
  #analyzedMs = Number.NEGATIVE_INFINITY;
  #auditHead = '0:';

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    this.#kinds = kindsOf(options);
  }

  /** One round over everything. What fails is tried again in the next round. */
  async run(): Promise<void> {
    try {
      await this.#analyze();
      for (const kind of this.#kinds) await this.#forget(kind);
      await this.#noteAuditHead();
    } catch (error) {
      if (error instanceof AcmError)
        this.#options.log.debug({ reason: error.message }, 'no housekeeping now');
      else this.#options.log.error({ err: error }, 'housekeeping failed');
    }
  }

  async #analyze(): Promise<void> {
    const { database, now } = this.#options;
    const nowMs = now().getTime();
    if (database().kind !== 'embedded' || nowMs - this.#analyzedMs < ANALYZE_MS) return;
    await database().run([{ text: 'ANALYZE' }], UPKEEP_MS_MAX);
    this.#analyzedMs = nowMs;
  }

  /** A log is kept elsewhere than the store, so it bears witness against whoever forges the store's audit log. */
  async #noteAuditHead(): Promise<void> {
    const { database, log } = this.#options;
    const [{ rows }] = await database().run([{ text: 'SELECT entry_id, hash FROM audit_head' }]);
    const head = `${rows[0]['entry_id']}:${rows[0]['hash']}`;
    if (head !== this.#auditHead) log.info({ head }, 'the audit log reaches this entry');
    this.#auditHead = head;
  }

  async #forget({ what, keptMs, text, before, ends }: Aging): Promise<void> {
    const { database, webhooks, now, log, pause } = this.#options;
    const aging: Statement = { text, values: [new Date(now().getTime() - keptMs)] };
    const statement = ends ? webhooks.ofEnding(aging, now()) : aging;
    let rows = 0;
    for (let batch = 0; batch < BATCHES_MAX; batch++) {
      const outcomes = await database().run(before === undefined ? [statement] : [before, statement]);
      const { count } = outcomes.at(-1)!;
      rows += count;
      if (count < BATCH) break;
      await pause();
    }
    if (rows >= BATCH && database().kind === 'embedded')
      await database().run([{ text: 'VACUUM' }], UPKEEP_MS_MAX);
    if (rows > 0) log.debug({ what, rows }, 'housekeeping');
  }
}

function kindsOf({ alertMs, auditMs }: HousekeepingOptions): Aging[] {
  return [
    { what: 'open incidents', keptMs: 0, text: END_INCIDENTS, ends: true },
    {
      what: 'unflagged calls',
      keptMs: UNFLAGGED_MS,
      text: deleteFrom('calls', 'call_key', 'called_at', 'NOT flagged'),
    },
    { what: 'flagged calls', keptMs: alertMs, text: deleteFrom('calls', 'call_key', 'called_at', 'flagged') },
    { what: 'alerts', keptMs: alertMs, text: DELETE_ALERTS },
    { what: 'history', keptMs: auditMs, text: deleteFrom('alert_history', 'entry_id', 'at') },
    { what: 'audit log', keptMs: auditMs, text: DROP_AUDIT, before: DROPPING_AUDIT },
    { what: 'blocks', keptMs: PAST_RULE_MS, text: deleteFrom('blocked_patterns', 'block_id', PAST) },
    { what: 'allowlist entries', keptMs: PAST_RULE_MS, text: deleteFrom('whitelist', 'entry_id', PAST) },
    { what: 'policies', keptMs: PAST_RULE_MS, text: deleteFrom('policies', '(scope, value)', 'removed_at') },
    { what: 'delivered news', keptMs: DAY_MS, text: DELETE_DELIVERED },
    { what: 'forsaken deliveries', keptMs: FORSAKEN_MS, text: BURY_FORSAKEN },
    {
      what: 'dead letters',
      keptMs: alertMs,
      text: deleteFrom('webhook_deliveries', 'delivery_id', 'settled_at', "state = 'dead'"),
    },
    {
      what: 'minutes',
      keptMs: MINUTES_MS,
      text: deleteFrom('detection_stats', '(began_at, sidecar_id)', 'began_at'),
    },
  ];
}

/** LEAST ignores nulls. */
const PAST = 'LEAST(removed_at, expires_at)';

/** Rows that another sidecar is deleting at this moment are left to it. */
function deleteFrom(table: string, key: string, time: string, condition = 'true'): string {
  const columns = key.replace(/[()]/g, '');
  return `DELETE FROM ${table} WHERE ${key} IN (
    SELECT ${columns} FROM ${table} WHERE ${time} < $1 AND ${condition} ORDER BY ${time} LIMIT ${BATCH}
    FOR UPDATE SKIP LOCKED)`;
}

/** Also those of sidecars that are no more. */
const END_INCIDENTS = `UPDATE fraud_alerts f SET ended_at = f.cools_at WHERE f.alert_id IN (
    SELECT alert_id FROM fraud_alerts WHERE ended_at IS NULL AND cools_at < $1 ORDER BY cools_at LIMIT ${BATCH}
    FOR UPDATE SKIP LOCKED)`;

/** What was told of an alert stays until no news of it can come any more: an outbox holds them for a day. */
const DELETE_DELIVERED = `DELETE FROM webhook_deliveries WHERE delivery_id IN (
    SELECT d.delivery_id FROM webhook_deliveries d
    WHERE d.state = 'delivered' AND d.settled_at < $1 AND NOT EXISTS (
      SELECT FROM fraud_alerts f WHERE f.alert_id = d.alert_id AND (f.ended_at IS NULL OR f.ended_at >= $1))
    ORDER BY d.settled_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`;

const BURY_FORSAKEN = `UPDATE webhook_deliveries SET state = 'dead',
    settled_at = $1::timestamptz + interval '${FORSAKEN_MS} milliseconds',
    last_error = 'no sidecar delivers to this webhook' WHERE delivery_id IN (
    SELECT delivery_id FROM webhook_deliveries WHERE state = 'waiting' AND queued_at < $1 ORDER BY queued_at LIMIT ${BATCH}
    FOR UPDATE SKIP LOCKED)`;

const DELETE_ALERTS = `WITH gone AS (
    DELETE FROM fraud_alerts WHERE alert_id IN (
      SELECT alert_id FROM fraud_alerts WHERE created_at < $1 AND ended_at IS NOT NULL
      ORDER BY created_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
    RETURNING alert_id),
  sightings AS (DELETE FROM alert_sightings WHERE alert_id IN (SELECT alert_id FROM gone) RETURNING sighting_id),
  disconnects AS (DELETE FROM alert_disconnects
    WHERE alert_id IN (SELECT alert_id FROM gone UNION SELECT sighting_id FROM sightings))
  SELECT alert_id FROM gone`;

/** The log's trigger lets nobody delete who has not said so. */
const DROPPING_AUDIT: Statement = { text: `SELECT set_config('acm.drops_audit', 'on', true)` };

/**
 * The oldest entries go, without a gap, up to the first that is not old: one made by a wrong clock must not take those before
 * it along. The head keeps the hash of the last that went, on which the next one rests.
 */
const DROP_AUDIT = `WITH gone AS (
    DELETE FROM audit_log WHERE entry_id IN (
      SELECT entry_id FROM audit_log
      WHERE entry_id < COALESCE((SELECT min(entry_id) FROM audit_log WHERE at >= $1), ${Number.MAX_SAFE_INTEGER})
      ORDER BY entry_id LIMIT ${BATCH})
    RETURNING entry_id, hash),
  noted AS (UPDATE audit_head SET dropped_to = last.entry_id, dropped_hash = last.hash
    FROM (SELECT entry_id, hash FROM gone ORDER BY entry_id DESC LIMIT 1) AS last)
  SELECT entry_id FROM gone`;
