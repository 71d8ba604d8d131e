/** DeadLetterStore over a database: what people see of deliveries, and what they replay. */
import type { Actor } from '../admission/access.js';
import type { Page } from '../admission/store-ports.js';
import type { DeadLetter, WebhookEvent } from '../admission/webhook.js';
import type { DeadLetterQuery, DeadLetterStore } from '../admission/webhook-ports.js';
import type { Row } from './alert-rows.js';
import { auditable, type Edit, makeAudited } from './audited-change.js';
import type { Database } from './database.js';
import { pageOf, positionOf } from './paging.js';
import { WebhookQueue } from './webhook-queue.js';

const REPLAY = `UPDATE webhook_deliveries SET state = 'waiting', attempts = 0, queued_at = $3, due_at = $3,
    settled_at = NULL, replayed_by = $2
  WHERE delivery_id = ANY($1::uuid[]) AND state = 'dead'`;

export class DeadLetters implements DeadLetterStore {
  readonly counts: DeadLetterStore['counts'];

  /** @param database whatever serves the store now; throws ACM_STORE_UNAVAILABLE while nothing does. */
  constructor(private readonly database: () => Database) {
    const queue = new WebhookQueue(database);
    this.counts = () => queue.counts();
  }

  async list({ webhook, limit, after }: DeadLetterQuery): Promise<Page<DeadLetter>> {
    const place = positionOf(after)?.id ?? '';
    const [{ rows }] = await this.database().run([
      {
        text: `SELECT * FROM webhook_deliveries WHERE state = 'dead' AND ($1::text IS NULL OR webhook = $1)
                 AND ($2::bigint IS NULL OR place < $2) ORDER BY place DESC LIMIT $3`,
        values: [webhook ?? null, /^\d{1,18}$/.test(place) ? place : null, limit + 1],
      },
    ]);
    return pageOf(rows, limit, deadLetterOf, (row) => ({ at: '', id: String(row['place']) }));
  }

  async webhookOf(deliveryId: string): Promise<string | undefined> {
    const [{ rows }] = await this.database().run([
      {
        text: `SELECT webhook FROM webhook_deliveries WHERE delivery_id = $1::uuid AND state = 'dead'`,
        values: [deliveryId],
      },
    ]);
    return rows[0]?.['webhook'] as string | undefined;
  }

  async replay(deliveryId: string, by: Actor, at: Date): Promise<boolean> {
    const replayed = await this.#replay('delivery_id = $1::uuid', deliveryId, 1, by, at);
    return replayed > 0;
  }

  replayAll(webhook: string, limit: number, by: Actor, at: Date): Promise<number> {
    return this.#replay('webhook = $1', webhook, limit, by, at);
  }

  /** How many there were to replay: the oldest of those that the condition is true of. */
  async #replay(which: string, value: string, limit: number, by: Actor, at: Date): Promise<number> {
    let replayed = 0;
    const edit: Edit = {
      read: {
        text: `SELECT delivery_id, webhook, event, alert_id, last_error FROM webhook_deliveries
               WHERE ${which} AND state = 'dead' ORDER BY place LIMIT $2`,
        values: [value, limit],
      },
      plan: (rows) => {
        replayed = rows.length;
        if (rows.length === 0) return undefined;
        return {
          statements: [{ text: REPLAY, values: [rows.map((row) => row['delivery_id']), by.author, at] }],
          notes: rows.map((row) => ({
            action: 'webhook.replay',
            target: row['delivery_id'] as string,
            before: auditable({ ...row, state: 'dead' }),
            after: auditable({ ...row, last_error: null, state: 'waiting' }),
          })),
        };
      },
    };
    await makeAudited(this.database(), edit, by, at);
    return replayed;
  }
}

function deadLetterOf(row: Row): DeadLetter {
  return {
    deliveryId: row['delivery_id'] as string,
    webhook: row['webhook'] as string,
    event: row['event'] as WebhookEvent,
    alertId: row['alert_id'] as string,
    occurredAt: row['occurred_at'] as Date,
    attempts: row['attempts'] as number,
    lastStatus: row['last_status'] as number,
    lastError: row['last_error'] as string,
    diedAt: row['settled_at'] as Date,
    replayedBy: row['replayed_by'] as string,
  };
}
