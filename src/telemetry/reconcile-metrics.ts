/** Metrics of what sidecars tell each other. */
import { Counter, Gauge, type Metric, type Registry } from 'prom-client';
import { LatencyHistogram } from './latency-histogram.js';

const STATES = ['off', 'away', 'not-stored', 'catching-up', 'reconciled'] as const;

/** What the exchange counts; without it only the gauges have something to say. */
export interface ExchangeFigures {
  readonly published: number;
  readonly publishFailures: number;
  readonly received: number;
  readonly observationsSent: number;
  readonly observationsReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly probesFailed: number;
  readonly reconnects: number;
  readonly streamsOpened: number;
  readonly clockJumps: number;
  readonly epochChanges: number;
  /** Counts by bucket, not cumulated; the last place is for what is slower than every bound. */
  readonly lagCounts: readonly number[];
  readonly lagSumMs: number;
}

/** What is asked at each scrape. */
export interface ReconcileGauges {
  readonly state: () => (typeof STATES)[number];
  readonly peers: () => number;
  readonly isMissing: () => boolean;
  readonly stateAgeMs: () => number;
  readonly peerOverflows: () => number;
  readonly blocksDropped: () => number;
  /** What others told of incidents and blocks and made no sense. */
  readonly malformedNews: () => number;
  /** Calls that had left the longest window when they were told of. */
  readonly lateCalls: () => number;
}

/** Adds the metrics of reconciliation to a registry. */
export function registerReconcileMetrics(registry: Registry, gauges: ReconcileGauges): void {
  const registers = [registry];
  new Gauge({
    name: 'acm_reconcile_state',
    help: '1 for the state that the exchange with other sidecars is in, 0 for the others.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const state of STATES) this.set({ state }, state === gauges.state() ? 1 : 0);
    },
  });
  const levels = [
    ['acm_reconcile_peers', 'Other sidecars whose news is expected.', gauges.peers],
    [
      'acm_reconcile_peer_missing',
      'Whether news of others is missing (1), so that verdicts are degraded.',
      () => Number(gauges.isMissing()),
    ],
    [
      'acm_reconcile_state_age_seconds',
      'Age of the oldest news among the other sidecars that are expected to report.',
      () => gauges.stateAgeMs() / 1000,
    ],
  ] as const;
  for (const [name, help, read] of levels)
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  new Counter({
    name: 'acm_reconcile_dropped_total',
    help: 'News that was not told or not taken: peers beyond the limit, blocks that waited too long, what made no sense, calls too old to count.',
    labelNames: ['what'],
    registers,
    collect() {
      this.reset();
      this.inc({ what: 'peer' }, gauges.peerOverflows());
      this.inc({ what: 'block' }, gauges.blocksDropped());
      this.inc({ what: 'malformed' }, gauges.malformedNews());
      this.inc({ what: 'late' }, gauges.lateCalls());
    },
  });
}

/** Adds the metrics of the exchange itself. @param lagBoundsMs the bounds of its buckets. */
export function registerExchangeMetrics(
  registry: Registry,
  figures: ExchangeFigures,
  lagBoundsMs: readonly number[],
): void {
  const registers = [registry];
  const counted = [
    [
      'acm_reconcile_publish_failures_total',
      'Deltas that could not be stored; they are told again.',
      'publishFailures',
    ],
    [
      'acm_reconcile_probes_failed_total',
      'Probes that LumaDB acknowledged and did not store.',
      'probesFailed',
    ],
    ['acm_reconcile_reconnects_total', 'Connections to LumaDB that were made again.', 'reconnects'],
    ['acm_reconcile_streams_total', 'Streams of news that were opened.', 'streamsOpened'],
    [
      'acm_reconcile_clock_jumps_total',
      "Times that the store's clock, or the own one, had jumped.",
      'clockJumps',
    ],
    ['acm_reconcile_epochs_total', 'Times that the store had lost what sidecars had told.', 'epochChanges'],
  ] as const;
  for (const [name, help, key] of counted)
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(figures[key]);
      },
    });
  const directed = [
    ['acm_reconcile_deltas_total', 'Deltas that were told, and taken from others.', 'published', 'received'],
    [
      'acm_reconcile_calls_total',
      'Calls that were told, and taken from others.',
      'observationsSent',
      'observationsReceived',
    ],
    ['acm_reconcile_bytes_total', "Bytes of these deltas, without gRPC's own.", 'bytesSent', 'bytesReceived'],
  ] as const;
  for (const [name, help, sent, received] of directed)
    new Counter({
      name,
      help,
      labelNames: ['direction'],
      registers,
      collect() {
        this.reset();
        this.inc({ direction: 'sent' }, figures[sent]);
        this.inc({ direction: 'received' }, figures[received]);
      },
    });
  new Counter({
    name: 'acm_reconcile_deltas_dropped_total',
    help: 'Deltas of others that were not taken.',
    labelNames: ['cause'],
    registers,
    collect() {
      this.reset();
      for (const [cause, count] of Object.entries(figures.dropped)) this.inc({ cause }, count);
    },
  });
  registry.registerMetric(
    new LatencyHistogram(
      'acm_reconcile_lag_seconds',
      "From another sidecar's sending a delta to its being counted here.",
      {
        boundsS: lagBoundsMs.map((ms) => ms / 1000),
        counts: figures.lagCounts,
        sumS: () => figures.lagSumMs / 1000,
      },
    ) as unknown as Metric,
  );
}
