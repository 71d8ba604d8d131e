/** GET /acm/webhooks, and the dead letters: GET them, POST to replay one or those of a webhook. */
import { z } from 'zod';
import type { AlertSeverity } from '../admission/alert.js';
import type { DeadLetter } from '../admission/webhook.js';
import type { WebhookDesk } from '../admission/webhook-desk.js';
import { type Route, route } from './route.js';
import {
  deadLetterListSchema,
  deadLetterQuerySchema,
  deliveryIdSchema,
  replayedSchema,
  replaySchema,
  webhookListSchema,
} from './webhook-schemas.js';

export function webhookRoutes(webhooks: WebhookDesk): Route[] {
  return [
    route({
      method: 'GET',
      paths: ['/acm/webhooks'],
      tag: 'webhooks',
      summary: 'List the webhooks that are configured, and how their deliveries are',
      scopes: ['admin'],
      input: z.object({}),
      answer: webhookListSchema,
      errors: [503],
      async handle() {
        const listed = await webhooks.list();
        return {
          webhooks: listed.map(({ minSeverity, allowPrivate, ...webhook }) => ({
            ...webhook,
            min_severity: minSeverity.toUpperCase() as Uppercase<AlertSeverity>,
            allow_private: allowPrivate,
          })),
        };
      },
    }),
    route({
      method: 'GET',
      paths: ['/acm/webhooks/dead-letters'],
      tag: 'webhooks',
      summary: 'List deliveries that were given up, those of the newest events first',
      scopes: ['admin'],
      input: z.object({ query: deadLetterQuerySchema }),
      answer: deadLetterListSchema,
      errors: [503],
      async handle({ query: { webhook, ...page } }) {
        const filter = webhook === undefined ? {} : { webhook };
        const { items, next } = await webhooks.deadLetters({ ...page, ...filter });
        return {
          count: items.length,
          dead_letters: items.map(deadLetterJson),
          next: next === '' ? null : next,
        };
      },
    }),
    route({
      method: 'POST',
      paths: ['/acm/webhooks/dead-letters/:id/replay'],
      tag: 'webhooks',
      summary: 'Let a delivery be tried again, with the alert as it is now',
      scopes: ['admin'],
      changes: true,
      input: z.object({ params: deliveryIdSchema }),
      answer: z.object({ success: z.literal(true) }),
      errors: [404, 409, 503],
      async handle({ params }, by) {
        await webhooks.replay(params.id, by);
        return { success: true as const };
      },
    }),
    route({
      method: 'POST',
      paths: ['/acm/webhooks/dead-letters/replay'],
      tag: 'webhooks',
      summary: 'Let the oldest dead letters of a webhook be tried again, 1,000 at a time',
      scopes: ['admin'],
      changes: true,
      input: z.object({ body: replaySchema }),
      answer: replayedSchema,
      errors: [409, 503],
      handle: ({ body }, by) => webhooks.replayAll(body.webhook, by),
    }),
  ];
}

function deadLetterJson(letter: DeadLetter): z.input<typeof deadLetterListSchema>['dead_letters'][number] {
  return {
    delivery_id: letter.deliveryId,
    webhook: letter.webhook,
    event: letter.event,
    alert_id: letter.alertId,
    occurred_at: letter.occurredAt.toISOString(),
    attempts: letter.attempts,
    last_status: letter.lastStatus === 0 ? null : letter.lastStatus,
    last_error: letter.lastError,
    died_at: letter.diedAt.toISOString(),
    replayed_by: letter.replayedBy === '' ? null : letter.replayedBy,
  };
}
