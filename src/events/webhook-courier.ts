/** Delivers to webhooks what waits in the store: signed, a few at a time, again and again until it is taken or given up. */
import { alertJson } from '../admission/alert-json.js';
import type { Log } from '../admission/ports.js';
import type { Delivery, Settlement, Webhook } from '../admission/webhook.js';
import type { DeliveryQueue } from '../admission/webhook-ports.js';
import { AcmError } from '../errors.js';
import { nextAttempt, retryAfterOf } from './retry-schedule.js';
import type { WebhookAnswer, WebhookRequest } from './webhook-request.js';
import { signatureOf } from './webhook-signature.js';
import { WebhookTally } from './webhook-tally.js';

/** Deliveries to one webhook under way at a time: one that hangs holds up nobody but itself. */
const PARALLEL_MAX = 4;
/** A delivery that was claimed by somebody who then died is due again after this; several times its deadline. */
const LEASE_MS = 60_000;
const WAITING_MAX = 10_000;
const DEAD_MAX = 10_000;

export interface WebhookCourierOptions {
  readonly webhooks: readonly Webhook[];
  readonly queue: DeliveryQueue;
  /** Never rejects. */
  readonly post: (request: WebhookRequest, signal: AbortSignal) => Promise<WebhookAnswer>;
  /** `acm-sidecar/<version>` */
  readonly userAgent: string;
  readonly now: () => Date;
  /** From [0, 1). */
  readonly random: () => number;
  readonly log: Log;
}

export class WebhookCourier {
  readonly tally: WebhookTally;
  readonly #options: WebhookCourierOptions;
  readonly #webhooks: ReadonlyMap<string, Webhook>;
  /** Deliveries under way, by webhook. */
  readonly #busy = new Map<string, number>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #stopped = false;
  #claiming: Promise<void> | undefined;

  constructor(options: WebhookCourierOptions) {
    this.#options = options;
    this.#webhooks = new Map(options.webhooks.map((webhook) => [webhook.name, webhook]));
    this.tally = new WebhookTally([...this.#webhooks.keys()]);
  }

  /** Takes what is due, as far as there is room, and begins to deliver it. Never rejects. */
  tick(): Promise<void> {
    this.#claiming ??= this.#claim()
      .catch((error: unknown) => this.#complain(error, 'claiming deliveries to webhooks failed'))
      .finally(() => {
        this.#claiming = undefined;
      });
    return this.#claiming;
  }

  /** Keeps the queue within its bounds, and counts what is there. Never rejects. */
  async tend(): Promise<void> {
    const { queue, now, log } = this.#options;
    try {
      const limits = { waitingMax: WAITING_MAX, deadMax: DEAD_MAX };
      for (const [webhook, count] of await queue.trim([...this.#webhooks.keys()], limits, now())) {
        this.tally.count(webhook, 'dead', count);
        log.error({ webhook, count }, 'too many deliveries wait for a webhook; the oldest were given up');
      }
      this.tally.took(await queue.counts());
    } catch (error) {
      this.#complain(error, 'looking after deliveries to webhooks failed');
    }
  }

  /** Claims no more, and lets what is under way finish within the bound; what does not is due again at once. */
  async stop(boundMs: number): Promise<void> {
    this.#stopped = true;
    const patience = setTimeout(() => this.#stopping.abort(), boundMs);
    await this.#claiming;
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    clearTimeout(patience);
  }

  async #claim(): Promise<void> {
    const room = this.#room();
    if (room.size === 0 || this.#stopped) return;
    const { queue, now } = this.#options;
    const at = now();
    for (const delivery of await queue.claim(room, at, new Date(at.getTime() + LEASE_MS)))
      this.#begin(delivery);
  }

  #room(): ReadonlyMap<string, number> {
    const room = new Map<string, number>();
    for (const name of this.#webhooks.keys()) {
      const free = PARALLEL_MAX - (this.#busy.get(name) ?? 0);
      if (free > 0) room.set(name, free);
    }
    return room;
  }

  #begin(delivery: Delivery): void {
    const { webhook } = delivery;
    this.#busy.set(webhook, (this.#busy.get(webhook) ?? 0) + 1);
    const work = this.#deliver(delivery)
      .catch((error: unknown) => this.#complain(error, 'a delivery to a webhook failed'))
      .finally(() => {
        this.#busy.set(webhook, (this.#busy.get(webhook) ?? 0) - 1);
        this.#underWay.delete(work);
        // There is room again, and the next event of this alert may go.
        void this.tick();
      });
    this.#underWay.add(work);
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { queue, post, now } = this.#options;
    const webhook = this.#webhooks.get(delivery.webhook);
    if (webhook === undefined) return;
    const request = this.#requestOf(delivery, webhook);
    const answer: WebhookAnswer =
      request === undefined
        ? { status: 0, reason: 'the alert is not kept any more' }
        : await post(request, this.#stopping.signal);
    const settlement = this.#settlementOf(delivery, answer);
    await queue.settle(delivery, settlement, now());
    this.#report(delivery, settlement);
  }

  /** Undefined for a delivery that has nothing to tell. */
  #requestOf(
    { deliveryId, event, occurredAt, alert }: Delivery,
    webhook: Webhook,
  ): WebhookRequest | undefined {
    if (alert === undefined) return undefined;
    const body = JSON.stringify({
      delivery_id: deliveryId,
      event,
      occurred_at: occurredAt.toISOString(),
      alert: alertJson(alert),
    });
    const timestamp = Math.floor(this.#options.now().getTime() / 1_000);
    return {
      url: webhook.url,
      allowPrivate: webhook.allowPrivate,
      headers: {
        'content-type': 'application/json',
        'user-agent': this.#options.userAgent,
        'acm-delivery': deliveryId,
        'acm-timestamp': String(timestamp),
        'acm-signature': signatureOf(webhook.secret, timestamp, body),
      },
      body,
    };
  }

  #settlementOf(delivery: Delivery, answer: WebhookAnswer): Settlement {
    const { now, random } = this.#options;
    const { status } = answer;
    if (status >= 200 && status < 300) return { state: 'delivered', status };
    const failure = { status, reason: 'reason' in answer ? answer.reason : `answered ${status}` };
    if (this.#stopping.signal.aborted) return { state: 'waiting', failure, dueAt: now() };
    if (delivery.alert === undefined) return { state: 'dead', failure };
    const retryAfterMs = 'retryAfter' in answer ? retryAfterOf(answer.retryAfter, now()) : 0;
    const dueAt = nextAttempt({ ...delivery, status, retryAfterMs }, now(), random());
    return dueAt === undefined ? { state: 'dead', failure } : { state: 'waiting', failure, dueAt };
  }

  #report({ deliveryId, webhook, event, attempt }: Delivery, settlement: Settlement): void {
    const { log } = this.#options;
    this.tally.count(webhook, OUTCOME_OF[settlement.state], 1);
    const fields = { webhook, deliveryId, event, attempt };
    if (settlement.state === 'delivered') log.debug(fields, 'delivered to a webhook');
    else if (settlement.state === 'dead')
      log.error({ ...fields, ...settlement.failure }, 'gave up a delivery to a webhook');
    // The first failure is news; that it goes on is in the metrics.
    else if (attempt === 1)
      log.warn({ ...fields, ...settlement.failure }, 'a webhook did not take a delivery');
  }

  /** A store that is away is no news here: whoever follows it says so. */
  #complain(error: unknown, message: string): void {
    const { log } = this.#options;
    if (error instanceof AcmError && error.transient) log.debug({ reason: error.message }, message);
    else log.error({ err: error }, message);
  }
}

const OUTCOME_OF = { delivered: 'delivered', waiting: 'failed', dead: 'dead' } as const;
