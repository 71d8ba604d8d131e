/** Metrics of those who listen to events. */
import { Counter, Gauge, type Registry } from 'prom-client';

/** What is asked at each scrape. */
export interface EventGauges {
  readonly clients: () => number;
  readonly refused: () => number;
  readonly resets: () => number;
  readonly dropped: (cause: DropCause) => number;
}

type DropCause = (typeof CAUSES)[number];

const CAUSES = ['stalled', 'overtaken'] as const;

/** Adds the metrics of the streams of events to a registry. */
export function registerEventMetrics(registry: Registry, gauges: EventGauges): void {
  const registers = [registry];
  new Gauge({
    name: 'acm_event_clients',
    help: 'Clients that listen to events now.',
    registers,
    collect() {
      this.set(gauges.clients());
    },
  });
  new Counter({
    name: 'acm_event_clients_dropped_total',
    help: 'Clients that were cut off because they were too slow, by how that showed.',
    labelNames: ['cause'],
    registers,
    collect() {
      this.reset();
      for (const cause of CAUSES) this.inc({ cause }, gauges.dropped(cause));
    },
  });
  new Counter({
    name: 'acm_event_clients_refused_total',
    help: 'Clients that there was no room for.',
    registers,
    collect() {
      this.reset();
      this.inc(gauges.refused());
    },
  });
  new Counter({
    name: 'acm_event_resets_total',
    help: 'Times that a client was told that it has missed events.',
    registers,
    collect() {
      this.reset();
      this.inc(gauges.resets());
    },
  });
}
