/**
 * Where webhooks meet the store: deliveries wait there, so that a restart loses none, and sidecars that share a store share
 * the work. Every method rejects with ACM_STORE_UNAVAILABLE when the store does not answer in time.
 */
import type { Actor } from './access.js';
import type { Page, PageRequest } from './store-ports.js';
import type { DeadLetter, Delivery, Settlement, WebhookCounts } from './webhook.js';

/** What whoever delivers asks of the store. */
export interface DeliveryQueue {
  /**
   * Takes deliveries that are due, in the order of their events: of one alert and webhook one at a time. They are due again
   * at `until`, for others too, unless they are settled before.
   * @param room how many deliveries of each webhook to take at most; webhooks that are not named wait.
   */
  claim(room: ReadonlyMap<string, number>, now: Date, until: Date): Promise<readonly Delivery[]>;
  /** Does nothing if the delivery was claimed anew meanwhile: then that attempt settles it. */
  settle(delivery: Delivery, settlement: Settlement, at: Date): Promise<void>;
  /**
   * Gives up the oldest waiting deliveries beyond `waitingMax` of each webhook, and forgets the oldest dead ones beyond
   * `deadMax`, some thousand at a time.
   * @returns how many of each webhook were given up.
   */
  trim(
    webhooks: readonly string[],
    limits: { readonly waitingMax: number; readonly deadMax: number },
    at: Date,
  ): Promise<ReadonlyMap<string, number>>;
  /** By webhook; those without any are left out. */
  counts(): Promise<ReadonlyMap<string, WebhookCounts>>;
}

/** Which dead letters; those that died of the newest events come first. */
export interface DeadLetterQuery extends PageRequest {
  /** Absent for all, also those that are not configured any more. */
  readonly webhook?: string;
}

/** What people ask of the store. */
export interface DeadLetterStore {
  counts(): Promise<ReadonlyMap<string, WebhookCounts>>;
  list(query: DeadLetterQuery): Promise<Page<DeadLetter>>;
  /** The name of the webhook that it is to be delivered to; undefined if there is no such dead letter. */
  webhookOf(deliveryId: string): Promise<string | undefined>;
  /** Lets it be delivered as if it were new. False if it is not dead. */
  replay(deliveryId: string, by: Actor, at: Date): Promise<boolean>;
  /** The same for the oldest dead letters of a webhook, at most `limit`; how many there were. */
  replayAll(webhook: string, limit: number, by: Actor, at: Date): Promise<number>;
}

export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Tells whether a request that came in is from who has the secret. */
export interface RequestSignatures {
  /**
   * @param body as it came; undefined before it is read.
   * @throws AcmError ACM_UNAUTHENTICATED; ACM_NOT_FOUND where there is no secret.
   */
  check(headers: RequestHeaders, body: Buffer | undefined): void;
}
