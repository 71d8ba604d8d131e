/** WebhookService: how webhooks are, and what could not be delivered. */

import type { AlertSeverity } from '../admission/alert.js';
import { present } from '../admission/present-fields.js';
import type { WebhookDesk } from '../admission/webhook-desk.js';
import { Severity } from '../gen/acm/v1/detection.js';
import type { WebhookServiceServer } from '../gen/acm/v1/webhook.js';
import type { ManagementCalls } from './management-calls.js';
import { filterOf, pageOf } from './request-fields.js';

const SEVERITIES: Record<AlertSeverity, Severity> = {
  medium: Severity.MEDIUM,
  high: Severity.HIGH,
  critical: Severity.CRITICAL,
};

export function webhookService(calls: ManagementCalls, webhooks: WebhookDesk): WebhookServiceServer {
  return {
    listWebhooks: calls.query('admin', async () => ({
      webhooks: (await webhooks.list()).map(({ minSeverity, ...webhook }) => ({
        ...webhook,
        minSeverity: SEVERITIES[minSeverity],
      })),
    })),
    listDeadLetters: calls.query('admin', async (request) => {
      const filter = present({ webhook: filterOf(request.webhook) });
      const { items, next } = await webhooks.deadLetters({ ...pageOf(request), ...filter });
      return { deadLetters: items.map((letter) => ({ ...letter })), nextPageToken: next };
    }),
    replayDeadLetter: calls.change('admin', async ({ deliveryId }, by) => {
      await webhooks.replay(deliveryId, by);
      return {};
    }),
    replayDeadLetters: calls.change('admin', ({ webhook }, by) => webhooks.replayAll(webhook, by)),
  };
}
