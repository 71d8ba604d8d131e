/** Dead letters in memory, behind the same port as those of the store; what is replayed is gone. */
import type { Actor } from '../../src/admission/access.js';
import type { Page } from '../../src/admission/store-ports.js';
import type { DeadLetter, WebhookCounts } from '../../src/admission/webhook.js';
import { type ListedWebhook, WebhookDesk } from '../../src/admission/webhook-desk.js';
import type { DeadLetterQuery, DeadLetterStore } from '../../src/admission/webhook-ports.js';

export const WEBHOOKS: readonly ListedWebhook[] = [
  { name: 'siem', origin: 'https://siem.example.com', minSeverity: 'medium', allowPrivate: false },
  { name: 'pager', origin: 'http://10.0.0.7:8080', minSeverity: 'critical', allowPrivate: true },
];

export class MemoryDeadLetterStore implements DeadLetterStore {
  readonly letters = new Map<string, DeadLetter>();
  readonly replayed: { readonly deliveryId: string; readonly by: Actor }[] = [];

  desk(now: () => Date): WebhookDesk {
    return new WebhookDesk(WEBHOOKS, this, now);
  }

  /** Puts dead letters there; their ids end in their place, from 1 on, and those of higher places are newer. */
  add(webhook: string, count = 1): DeadLetter[] {
    return Array.from({ length: count }, () => {
      const place = this.letters.size + this.replayed.length + 1;
      const letter: DeadLetter = {
        deliveryId: `0d9ff0b6-7a4e-4d52-9d3c-${String(place).padStart(12, '0')}`,
        webhook,
        event: 'alert.opened',
        alertId: '5d3c6f6e-3c0b-4f43-9a53-0c1b77f7a1a4',
        occurredAt: new Date('2026-11-22T03:14:07.250Z'),
        attempts: 41,
        lastStatus: 503,
        lastError: 'answered 503',
        diedAt: new Date('2026-11-23T03:20:00.000Z'),
        replayedBy: '',
      };
      this.letters.set(letter.deliveryId, letter);
      return letter;
    });
  }

  async counts(): Promise<ReadonlyMap<string, WebhookCounts>> {
    const counts = new Map<string, WebhookCounts>();
    for (const { webhook } of this.letters.values())
      counts.set(webhook, { waiting: 0, dead: (counts.get(webhook)?.dead ?? 0) + 1 });
    return counts;
  }

  async list({ webhook, limit, after }: DeadLetterQuery): Promise<Page<DeadLetter>> {
    const found = this.#of(webhook)
      .reverse()
      .filter(({ deliveryId }) => after === '' || deliveryId < after);
    const items = found.slice(0, limit);
    return { items, next: found.length > limit ? (items.at(-1)?.deliveryId ?? '') : '' };
  }

  async webhookOf(deliveryId: string): Promise<string | undefined> {
    return this.letters.get(deliveryId)?.webhook;
  }

  async replay(deliveryId: string, by: Actor): Promise<boolean> {
    this.replayed.push({ deliveryId, by });
    return this.letters.delete(deliveryId);
  }

  async replayAll(webhook: string, limit: number, by: Actor): Promise<number> {
    const oldest = this.#of(webhook).slice(0, limit);
    for (const { deliveryId } of oldest) await this.replay(deliveryId, by);
    return oldest.length;
  }

  #of(webhook: string | undefined): DeadLetter[] {
    return [...this.letters.values()].filter((letter) => webhook === undefined || letter.webhook === webhook);
  }
}
