/** Metrics of who comes in. */
import { Counter, type Registry } from 'prom-client';

/** What is asked at each scrape. */
export interface AccessFigures {
  /** Callers that could not say who they are. */
  readonly refused: () => number;
  /** Those of them whose address had failed too often before. */
  readonly limited: () => number;
}

/** Adds the metrics of access to a registry. */
export function registerAccessMetrics(registry: Registry, { refused, limited }: AccessFigures): void {
  new Counter({
    name: 'acm_access_refused_total',
    help: 'Callers that could not say who they are: unknown, too_often (from an address that failed too often).',
    labelNames: ['because'],
    registers: [registry],
    collect() {
      this.reset();
      this.inc({ because: 'unknown' }, refused() - limited());
      this.inc({ because: 'too_often' }, limited());
    },
  });
}
