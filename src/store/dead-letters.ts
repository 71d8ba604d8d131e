/** DeadLetterStore over a database: what people see of deliveries, and what they replay. */
import type { Actor } from '../admission/access.js';
import type { Page } from '../admission/store-ports.js';
import type { DeadLetter, WebhookEvent } from '../admission/webhook.js';
import type { DeadLetterQuery, DeadLetterStore } from '../admission/webhook-ports.js';
import type { Row } from './alert-rows.js';
import type { Database } from './database.js';
import { pageOf, positionOf } from './paging.js';
import { WebhookQueue } from './webhook-queue.js';

const REPLAY = `UPDATE webhook_deliveries d SET state = 'waiting', attempts = 0, queued_at = $3, due_at = $3,
  settled_at = NULL, replayed_by = $2`;

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

  async replay(deliveryId: string, { author }: Actor, at: Date): Promise<boolean> {
    const [{ count }] = await this.database().run([
      {
        text: `${REPLAY} WHERE d.delivery_id = $1::uuid AND d.state = 'dead'`,
        values: [deliveryId, author, at],
      },
    ]);
    return count > 0;
  }

  async replayAll(webhook: string, limit: number, { author }: Actor, at: Date): Promise<number> {
    const [{ count }] = await this.database().run([
      {
        // Materialized: a limit that is looked for more than once is none.
        text: `WITH oldest AS MATERIALIZED (
                 SELECT delivery_id FROM webhook_deliveries WHERE webhook = $1 AND state = 'dead'
                 ORDER BY place LIMIT $4 FOR UPDATE SKIP LOCKED)
               ${REPLAY} FROM oldest WHERE d.delivery_id = oldest.delivery_id`,
        values: [webhook, author, at, limit],
      },
    ]);
    return count;
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
