/** What people do about webhooks: see how they are, and replay what could not be delivered. */
import { AcmError, InvalidFieldError } from '../errors.js';
import type { Actor } from './access.js';
import { checkText } from './call-attempt.js';
import { checkAuthor, checkPage } from './rule-input.js';
import type { Page } from './store-ports.js';
import type { DeadLetter, WebhookCounts, WebhookListener } from './webhook.js';
import type { DeadLetterQuery, DeadLetterStore } from './webhook-ports.js';

/** Letters that are replayed at a time: a store that is asked for more would keep others waiting. */
export const REPLAY_MAX = 1_000;
const NAME_MAX = 64;

/** A webhook as people may see it. */
export interface ListedWebhook extends WebhookListener {
  /** Scheme, host and port of its URL: what follows may be a secret. */
  readonly origin: string;
  readonly allowPrivate: boolean;
}

export type WebhookStatus = ListedWebhook & WebhookCounts;

/** What a replay of many came to. */
export interface ReplayedLetters {
  readonly replayed: number;
  /** Dead letters of the webhook that are left, for the next time. */
  readonly left: number;
}

export class WebhookDesk {
  constructor(
    private readonly webhooks: readonly ListedWebhook[],
    private readonly store: DeadLetterStore,
    private readonly now: () => Date,
  ) {}

  /** Those that are configured, in the order of the configuration. @throws AcmError ACM_STORE_UNAVAILABLE. */
  async list(): Promise<readonly WebhookStatus[]> {
    const counts = await this.store.counts();
    return this.webhooks.map((webhook) => ({
      ...webhook,
      ...(counts.get(webhook.name) ?? { waiting: 0, dead: 0 }),
    }));
  }

  /** @throws InvalidFieldError; AcmError ACM_STORE_UNAVAILABLE. */
  async deadLetters(query: DeadLetterQuery): Promise<Page<DeadLetter>> {
    checkPage(query);
    if (query.webhook !== undefined) checkText('webhook', query.webhook, NAME_MAX);
    return this.store.list(query);
  }

  /** @throws InvalidFieldError; AcmError ACM_NOT_FOUND, ACM_CONFLICT for a webhook that is gone, ACM_STORE_UNAVAILABLE. */
  async replay(deliveryId: string, by: Actor): Promise<void> {
    checkAuthor(by.author);
    const id = checkedDeliveryId(deliveryId);
    const webhook = await this.store.webhookOf(id);
    if (webhook !== undefined) this.#checkConfigured(webhook);
    if (webhook === undefined || !(await this.store.replay(id, by, this.now())))
      throw new AcmError('ACM_NOT_FOUND', `there is no dead letter ${deliveryId}`);
  }

  /** The oldest, at most 1,000. @throws InvalidFieldError; AcmError ACM_CONFLICT, ACM_STORE_UNAVAILABLE. */
  async replayAll(webhook: string, by: Actor): Promise<ReplayedLetters> {
    checkAuthor(by.author);
    if (webhook === '') throw new InvalidFieldError('webhook', 'is empty; which one?');
    checkText('webhook', webhook, NAME_MAX);
    this.#checkConfigured(webhook);
    const replayed = await this.store.replayAll(webhook, REPLAY_MAX, by, this.now());
    const left = (await this.store.counts()).get(webhook)?.dead ?? 0;
    return { replayed, left };
  }

  #checkConfigured(webhook: string): void {
    if (!this.webhooks.some(({ name }) => name === webhook))
      throw new AcmError('ACM_CONFLICT', `webhook: this sidecar has none called "${webhook}"`);
  }
}

function checkedDeliveryId(deliveryId: string): string {
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(deliveryId))
    throw new InvalidFieldError('delivery_id', 'is not the id of a delivery');
  return deliveryId.toLowerCase();
}
