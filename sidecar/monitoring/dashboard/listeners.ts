/** Who listens, and who was not let in. */
import type { Row } from './panel.js';
import { added, ofSidecar } from './selectors.js';

export const listeners: Row = {
  title: 'Webhooks, events and access',
  collapsed: true,
  panels: [
    {
      title: 'Webhook deliveries',
      description: 'Attempts: delivered, failed (tried again), or dead (given up).',
      kind: 'stacked',
      unit: 'short',
      queries: [
        {
          expr: `sum by (webhook, outcome) (${added(ofSidecar('acm_webhook_deliveries_total'))})`,
          legend: '{{webhook}} {{outcome}}',
        },
      ],
      alert: 'WebhookGivenUp',
    },
    {
      title: 'Deliveries that wait, and dead ones',
      description: 'In the store, which sidecars share; so the largest count is the true one.',
      kind: 'series',
      unit: 'short',
      queries: [
        { expr: `max by (webhook) (${ofSidecar('acm_webhook_waiting')})`, legend: '{{webhook}} waiting' },
        { expr: `max by (webhook) (${ofSidecar('acm_webhook_dead')})`, legend: '{{webhook}} dead' },
      ],
      alert: 'WebhookGivenUp',
    },
    {
      title: 'Not let in',
      description: 'Callers that could not say who they are.',
      kind: 'stacked',
      unit: 'short',
      queries: [
        { expr: `sum by (because) (${added(ofSidecar('acm_access_refused_total'))})`, legend: '{{because}}' },
      ],
    },
    {
      title: 'Clients that listen to events',
      description: 'Now.',
      kind: 'series',
      unit: 'short',
      queries: [{ expr: ofSidecar('acm_event_clients'), legend: '{{instance}}' }],
    },
    {
      title: 'Clients cut off, refused, or told to begin anew',
      description: 'They were too slow, too many, or away for too long.',
      kind: 'stacked',
      unit: 'short',
      queries: [
        {
          expr: `sum by (cause) (${added(ofSidecar('acm_event_clients_dropped_total'))})`,
          legend: 'cut off: {{cause}}',
        },
        { expr: `sum(${added(ofSidecar('acm_event_clients_refused_total'))})`, legend: 'refused' },
        { expr: `sum(${added(ofSidecar('acm_event_resets_total'))})`, legend: 'told to begin anew' },
      ],
    },
  ],
};
