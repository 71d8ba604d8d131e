/** DeliveryQueue over a database: who delivers what, and what becomes of it. */
import type { Delivery, Settlement, WebhookCounts, WebhookEvent } from '../admission/webhook.js';
import type { DeliveryQueue } from '../admission/webhook-ports.js';
import { alertOf, type Row } from './alert-rows.js';
import type { Database, Statement } from './database.js';

/** Rows that one trimming gives up or forgets at most, of each webhook. */
const TRIM_MAX = 1_000;

export class WebhookQueue implements DeliveryQueue {
  /** @param database whatever serves the store now; throws ACM_STORE_UNAVAILABLE while nothing does. */
  constructor(private readonly database: () => Database) {}

  async claim(room: ReadonlyMap<string, number>, now: Date, until: Date): Promise<readonly Delivery[]> {
    const [{ rows }] = await this.database().run([
      {
        // Materialized: joined otherwise, the rows could be looked for, and locked, more than once.
        text: `WITH due AS MATERIALIZED (
                 SELECT c.delivery_id FROM unnest($1::text[], $2::integer[]) AS w(name, room)
                 CROSS JOIN LATERAL (
                   SELECT d.delivery_id FROM webhook_deliveries d
                   WHERE d.webhook = w.name AND d.state = 'waiting' AND d.due_at <= $3
                     AND NOT EXISTS (SELECT FROM webhook_deliveries e WHERE e.webhook = d.webhook
                       AND e.alert_id = d.alert_id AND e.state = 'waiting' AND e.place < d.place)
                   ORDER BY d.due_at LIMIT w.room FOR UPDATE SKIP LOCKED) c),
               claimed AS (
                 UPDATE webhook_deliveries d SET due_at = $4, attempts = d.attempts + 1
                 FROM due WHERE d.delivery_id = due.delivery_id RETURNING d.*)
               SELECT c.delivery_id, c.webhook, c.event, c.occurred_at, c.queued_at, c.attempts, f.*
               FROM claimed c LEFT JOIN fraud_alerts f ON f.alert_id = c.alert_id ORDER BY c.place`,
        values: [[...room.keys()], [...room.values()], now, until],
      },
    ]);
    return rows.map(deliveryOf);
  }

  async settle(delivery: Delivery, settlement: Settlement, at: Date): Promise<void> {
    const { state } = settlement;
    const failure = state === 'delivered' ? { status: settlement.status, reason: '' } : settlement.failure;
    await this.database().run([
      {
        text: `UPDATE webhook_deliveries SET state = $3, last_status = $4, last_error = $5, settled_at = $6,
                 due_at = COALESCE($7::timestamptz, due_at)
               WHERE delivery_id = $1::uuid AND attempts = $2 AND state = 'waiting'`,
        values: [
          delivery.deliveryId,
          delivery.attempt,
          state,
          failure.status,
          failure.reason,
          state === 'waiting' ? null : at,
          state === 'waiting' ? settlement.dueAt : null,
        ],
      },
    ]);
  }

  async trim(
    webhooks: readonly string[],
    { waitingMax, deadMax }: { readonly waitingMax: number; readonly deadMax: number },
    at: Date,
  ): Promise<ReadonlyMap<string, number>> {
    const [buried] = await this.database().run([
      {
        text: `UPDATE webhook_deliveries d SET state = 'dead', last_error = 'too many waiting', settled_at = $3
               WHERE d.state = 'waiting' AND d.delivery_id IN (${beyond('waiting')}) RETURNING d.webhook`,
        values: [webhooks, waitingMax, at],
      },
      {
        text: `DELETE FROM webhook_deliveries d WHERE d.state = 'dead' AND d.delivery_id IN (${beyond('dead')})`,
        values: [webhooks, deadMax],
      },
    ]);
    const counts = new Map<string, number>();
    for (const { webhook } of buried.rows)
      counts.set(webhook as string, (counts.get(webhook as string) ?? 0) + 1);
    return counts;
  }

  async counts(): Promise<ReadonlyMap<string, WebhookCounts>> {
    const [{ rows }] = await this.database().run([COUNTS]);
    return new Map(
      rows.map(({ webhook, waiting, dead }) => [
        webhook as string,
        { waiting: waiting as number, dead: dead as number },
      ]),
    );
  }
}

/** All but the newest `$2` of each webhook of `$1` in a state. */
function beyond(state: 'waiting' | 'dead'): string {
  return `SELECT old.delivery_id FROM unnest($1::text[]) AS w(name) CROSS JOIN LATERAL (
    SELECT o.delivery_id FROM webhook_deliveries o WHERE o.webhook = w.name AND o.state = '${state}'
    ORDER BY o.place DESC OFFSET $2 LIMIT ${TRIM_MAX}) old`;
}

export const COUNTS: Statement = {
  text: `SELECT webhook, count(*) FILTER (WHERE state = 'waiting') AS waiting,
           count(*) FILTER (WHERE state = 'dead') AS dead
         FROM webhook_deliveries WHERE state IN ('waiting', 'dead') GROUP BY webhook`,
};

function deliveryOf(row: Row): Delivery {
  return {
    deliveryId: row['delivery_id'] as string,
    webhook: row['webhook'] as string,
    event: row['event'] as WebhookEvent,
    occurredAt: row['occurred_at'] as Date,
    queuedAt: row['queued_at'] as Date,
    attempt: row['attempts'] as number,
    alert: row['alert_id'] === null ? undefined : alertOf(row),
  };
}
