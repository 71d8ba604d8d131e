/** Metrics of the store and of what waits for it. */
import { Counter, Gauge, type Registry } from 'prom-client';

/** What is asked at each scrape. */
export interface StoreGauges {
  readonly classes: readonly string[];
  readonly waiting: (recordClass: string) => number;
  readonly dropped: (recordClass: string, cause: DropCause) => number;
  readonly written: () => number;
  readonly oldestAgeMs: () => number;
  readonly up: () => boolean;
  readonly rulesLoaded: () => boolean;
  readonly journalDropped: () => number;
}

type DropCause = (typeof CAUSES)[number];

const CAUSES = ['full', 'aged', 'refused'] as const;

/** Adds the metrics of the store to a registry. */
export function registerStoreMetrics(registry: Registry, gauges: StoreGauges): void {
  const registers = [registry];
  new Gauge({
    name: 'acm_store_up',
    help: 'Whether the store answers (1) or the sidecar goes on without it (0).',
    registers,
    collect() {
      this.set(gauges.up() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'acm_rules_loaded',
    help: 'Whether the policies, the allowlist and the blocks of the store are in force.',
    registers,
    collect() {
      this.set(gauges.rulesLoaded() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'acm_outbox_waiting',
    help: 'Records that wait to be written to the store.',
    labelNames: ['class'],
    registers,
    collect() {
      for (const each of gauges.classes) this.set({ class: each }, gauges.waiting(each));
    },
  });
  new Gauge({
    name: 'acm_outbox_oldest_seconds',
    help: 'Age of the oldest record that waits.',
    registers,
    collect() {
      this.set(gauges.oldestAgeMs() / 1000);
    },
  });
  registerCounters(registry, gauges);
}

function registerCounters(registry: Registry, gauges: StoreGauges): void {
  const registers = [registry];
  new Counter({
    name: 'acm_outbox_written_total',
    help: 'Records that the store has committed.',
    registers,
    collect() {
      this.reset();
      this.inc(gauges.written());
    },
  });
  new Counter({
    name: 'acm_outbox_dropped_total',
    help: 'Records that were given up: no room, too old, or refused by the store.',
    labelNames: ['class', 'cause'],
    registers,
    collect() {
      this.reset();
      for (const each of gauges.classes)
        for (const cause of CAUSES) this.inc({ class: each, cause }, gauges.dropped(each, cause));
    },
  });
  new Counter({
    name: 'acm_journal_dropped_total',
    help: 'Unflagged calls that were not written down because too many waited (ACM_RECORD_CALLS=all).',
    registers,
    collect() {
      this.reset();
      this.inc(gauges.journalDropped());
    },
  });
}
