/** The metrics of `acm lumadb-gateway`. No phone number and no token is ever a label. */
import { Counter, Gauge, Registry } from 'prom-client';
import { registerProcessMetrics } from './process-metrics.js';

const OUTCOMES = ['ok', 'refused', 'unavailable', 'overload'] as const;

/** What is asked at each scrape. */
export interface GatewayFigures {
  readonly isUp: () => boolean;
  readonly followers: () => number;
  readonly overtaken: () => number;
  readonly stalled: () => number;
  readonly followersRefused: () => number;
  readonly queries: (outcome: (typeof OUTCOMES)[number]) => number;
  readonly queriesWaiting: () => number;
  readonly rows: () => number;
  readonly pruned: () => number;
  readonly newEpochs: () => number;
  readonly gaps: () => number;
  readonly gapOverflows: () => number;
  readonly ringBytes: () => number;
  readonly callersRefused: () => number;
  readonly callersLimited: () => number;
}

/** Name, help, and where the number comes from. */
type Figure = readonly [name: string, help: string, read: () => number];

export class GatewayMetrics {
  readonly registry = new Registry();

  constructor(figures: GatewayFigures) {
    for (const figure of gaugesOf(figures)) this.#addGauge(figure);
    for (const figure of countersOf(figures)) this.#addCounter(figure);
    this.#addQueries(figures);
    registerProcessMetrics(this.registry);
  }

  #addGauge([name, help, read]: Figure): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  #addCounter([name, help, read]: Figure): void {
    new Counter({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  #addQueries({ queries }: GatewayFigures): void {
    new Counter({
      name: 'acm_gateway_queries_total',
      help: 'Queries by Execute, by what became of them.',
      labelNames: ['outcome'],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const outcome of OUTCOMES) this.inc({ outcome }, queries(outcome));
      },
    });
  }
}

function gaugesOf(figures: GatewayFigures): readonly Figure[] {
  return [
    ['acm_gateway_database_up', 'Whether the database can be used.', () => Number(figures.isUp())],
    ['acm_gateway_followers', 'Sidecars that follow now.', figures.followers],
    ['acm_gateway_queries_waiting', 'Queries that wait for their turn.', figures.queriesWaiting],
    ['acm_gateway_gaps', 'Sequences that are missing and may yet come.', figures.gaps],
    ['acm_gateway_ring_bytes', 'Bytes of deltas that are kept for followers.', figures.ringBytes],
  ];
}

function countersOf(figures: GatewayFigures): readonly Figure[] {
  return [
    ['acm_gateway_deltas_total', 'Deltas read from the database.', figures.rows],
    ['acm_gateway_pruned_total', 'Deltas deleted because they were old.', figures.pruned],
    ['acm_gateway_epochs_total', 'Times that the database had lost all deltas.', figures.newEpochs],
    [
      'acm_gateway_gaps_dropped_total',
      'Missing sequences given up because there were too many.',
      figures.gapOverflows,
    ],
    [
      'acm_gateway_followers_overtaken_total',
      'Times that a follower had to go back to the database.',
      figures.overtaken,
    ],
    ['acm_gateway_followers_stalled_total', 'Followers ended because they took nothing.', figures.stalled],
    [
      'acm_gateway_followers_refused_total',
      'Followers that there was no room for.',
      figures.followersRefused,
    ],
    ['acm_gateway_callers_refused_total', 'Callers without a token that is known.', figures.callersRefused],
    [
      'acm_gateway_callers_limited_total',
      'Those whose address had failed too often before.',
      figures.callersLimited,
    ],
  ];
}
