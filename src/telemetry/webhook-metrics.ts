/** Metrics of webhooks. */
import { Counter, Gauge, type Registry } from 'prom-client';

type Outcome = (typeof OUTCOMES)[number];

const OUTCOMES = ['delivered', 'failed', 'dead'] as const;

/** What is asked at each scrape. */
export interface WebhookFigures {
  readonly webhooks: readonly string[];
  ended(webhook: string, outcome: Outcome): number;
  waiting(webhook: string): number;
  dead(webhook: string): number;
}

/** Adds the metrics of webhooks to a registry. */
export function registerWebhookMetrics(registry: Registry, figures: WebhookFigures): void {
  const { webhooks } = figures;
  const registers = [registry];
  const labelNames = ['webhook'] as const;
  new Counter({
    name: 'acm_webhook_deliveries_total',
    help: 'Attempts of this sidecar to deliver to a webhook: delivered, failed (it is tried again), or dead (given up).',
    labelNames: ['webhook', 'outcome'],
    registers,
    collect() {
      this.reset();
      for (const webhook of webhooks)
        for (const outcome of OUTCOMES) this.inc({ webhook, outcome }, figures.ended(webhook, outcome));
    },
  });
  new Gauge({
    name: 'acm_webhook_waiting',
    help: 'Deliveries that wait in the store, or are under way.',
    labelNames,
    registers,
    collect() {
      for (const webhook of webhooks) this.set({ webhook }, figures.waiting(webhook));
    },
  });
  new Gauge({
    name: 'acm_webhook_dead',
    help: 'Deliveries that were given up and can be replayed.',
    labelNames,
    registers,
    collect() {
      for (const webhook of webhooks) this.set({ webhook }, figures.dead(webhook));
    },
  });
}
