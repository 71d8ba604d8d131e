/** What `acm webhook ...` does. Each function throws AcmError if the sidecar refuses or does not answer. */
import type { Config } from '../../src/config.js';
import { AcmError } from '../../src/errors.js';
import { WebhookServiceClient } from '../../src/gen/acm/v1/webhook.js';
import { withSidecar } from '../ask-sidecar.js';
import { readableJson } from '../words/readable-json.js';
import { deadLetterTable, replayedInWords, webhookTable } from '../words/webhook-words.js';
import { firstOf } from './pages.js';

type Print = (text: string) => void;

export async function listWebhooks(
  config: Config,
  { json }: { readonly json?: true },
  print: Print,
): Promise<void> {
  const { webhooks } = await withSidecar(config, WebhookServiceClient, (stub, ask) =>
    ask(stub.listWebhooks, {}),
  );
  print(json ? readableJson(webhooks) : webhookTable(webhooks));
}

export interface DeadLetterListOptions {
  readonly webhook: string;
  readonly limit: number;
  readonly json?: true;
}

export async function listDeadLetters(
  config: Config,
  { webhook, limit, json }: DeadLetterListOptions,
  print: Print,
): Promise<void> {
  const { items, more } = await withSidecar(config, WebhookServiceClient, (stub, ask) =>
    firstOf(limit, async (page) => {
      const { deadLetters, nextPageToken } = await ask(stub.listDeadLetters, { webhook, ...page });
      return { items: deadLetters, nextPageToken };
    }),
  );
  print(json ? readableJson(items) : deadLetterTable(items, more));
}

export interface ReplayOptions {
  readonly webhook?: string;
  readonly author: string;
}

/** @param deliveryId of one dead letter; without it, those of a webhook. */
export async function replayDeadLetters(
  config: Config,
  deliveryId: string | undefined,
  { webhook, author }: ReplayOptions,
  print: Print,
): Promise<void> {
  if ((deliveryId === undefined) === (webhook === undefined))
    throw new AcmError('ACM_INVALID_ARGUMENT', 'replay what? Give the id of a delivery, or --webhook');
  await withSidecar(config, WebhookServiceClient, async (stub, ask) => {
    if (deliveryId !== undefined) {
      await ask(stub.replayDeadLetter, { deliveryId, author });
      print(`Delivery ${deliveryId} is tried again.`);
    } else if (webhook !== undefined)
      print(replayedInWords(webhook, await ask(stub.replayDeadLetters, { webhook, author })));
  });
}
