/** Webhooks of a sidecar: whoever delivers to them, where the configuration has any. */
import { lookup } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../src/admission/ports.js';
import type { Webhook } from '../src/admission/webhook.js';
import type { DeliveryQueue } from '../src/admission/webhook-ports.js';
import { WebhookCourier } from '../src/events/webhook-courier.js';
import { postWebhook } from '../src/events/webhook-request.js';
import { WebhookTally } from '../src/events/webhook-tally.js';
import { version } from './version.js';

/** How soon what is due is noticed. */
const TICK_MS = 500;
const TEND_MS = 5_000;

export interface ComposedWebhooks {
  /** For metrics. */
  readonly tally: WebhookTally;
  /** Begins to deliver, in the background. */
  start(): void;
  /** Lets what is under way finish, as far as it does within the bound. */
  stop(boundMs: number): Promise<void>;
}

export function composeWebhooks(
  webhooks: readonly Webhook[],
  queue: DeliveryQueue,
  log: Log,
): ComposedWebhooks {
  if (webhooks.length === 0)
    return { tally: new WebhookTally([]), start: () => undefined, stop: async () => undefined };
  const courier = new WebhookCourier({
    webhooks,
    queue,
    post: (request, signal) => postWebhook(request, { resolve, signal }),
    userAgent: `acm-sidecar/${version}`,
    now: () => new Date(),
    random: Math.random,
    log,
  });
  const stopping = new AbortController();
  return {
    tally: courier.tally,
    start() {
      void repeat(() => courier.tick(), TICK_MS, stopping.signal);
      void repeat(() => courier.tend(), TEND_MS, stopping.signal);
    },
    async stop(boundMs) {
      stopping.abort();
      await courier.stop(boundMs);
    },
  };
}

function resolve(hostname: string) {
  return lookup(hostname, { all: true });
}

async function repeat(work: () => Promise<void>, pauseMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await work();
    await sleep(pauseMs, undefined, { ref: false, signal }).catch(() => undefined);
  }
}
