/** How deliveries to webhooks go, in plain numbers that telemetry reads when it is asked. */
import type { WebhookCounts } from '../admission/webhook.js';

/** How an attempt ended; `failed` is tried again. */
type Outcome = 'delivered' | 'failed' | 'dead';

export class WebhookTally {
  readonly #ended = new Map<string, number>();
  #counts: ReadonlyMap<string, WebhookCounts> = new Map();

  constructor(readonly webhooks: readonly string[]) {}

  count(webhook: string, outcome: Outcome, by: number): void {
    const key = `${webhook} ${outcome}`;
    this.#ended.set(key, (this.#ended.get(key) ?? 0) + by);
  }

  /** How many of this sidecar's attempts ended so. */
  ended(webhook: string, outcome: Outcome): number {
    return this.#ended.get(`${webhook} ${outcome}`) ?? 0;
  }

  /** Notes what the store holds, for all sidecars on it. */
  took(counts: ReadonlyMap<string, WebhookCounts>): void {
    this.#counts = counts;
  }

  waiting(webhook: string): number {
    return this.#counts.get(webhook)?.waiting ?? 0;
  }

  dead(webhook: string): number {
    return this.#counts.get(webhook)?.dead ?? 0;
  }
}
