/** Percentiles from a histogram. */
import type { CheckFigures } from './check-figures.js';
import { LATENCY_BOUNDS_S } from './counters.js';

/** Latency of a check, from the decoded request to the verdict. */
export interface LatencySummary {
  /** Half of the checks took at most so long. An estimate, as latencyQuantileMs makes it. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly averageMs: number;
  readonly maxMs: number;
}

type Latencies = Pick<CheckFigures, 'latencyBuckets' | 'latencyMaxMs'>;

/** Undefined where no latency was measured. */
export function latencyOf(figures: CheckFigures): LatencySummary | undefined {
  const measured = figures.latencyBuckets.reduce((sum, count) => sum + count, 0);
  if (measured === 0) return undefined;
  return {
    p50Ms: latencyQuantileMs(figures, 0.5),
    p95Ms: latencyQuantileMs(figures, 0.95),
    p99Ms: latencyQuantileMs(figures, 0.99),
    averageMs: figures.latencySumMs / measured,
    maxMs: figures.latencyMaxMs,
  };
}

/**
 * An estimate of the latency that a share of the checks does not exceed. It lies in the bucket of the true value: as far
 * into it as the check in question is among the checks there. The longest check is the bound of the last bucket, and no
 * estimate exceeds it.
 * @param share above 0 and up to 1.
 */
export function latencyQuantileMs({ latencyBuckets, latencyMaxMs }: Latencies, share: number): number {
  const measured = latencyBuckets.reduce((sum, count) => sum + count, 0);
  // A product such as 0.95 * 20 may come out a hair above the whole number that it is.
  const rank = Math.max(1, Math.ceil(share * measured - 1e-6));
  let below = 0;
  for (const [bucket, count] of latencyBuckets.entries()) {
    if (below + count >= rank) {
      const lower = (LATENCY_BOUNDS_S[bucket - 1] ?? 0) * 1_000;
      const upper = Math.min((LATENCY_BOUNDS_S[bucket] ?? Number.POSITIVE_INFINITY) * 1_000, latencyMaxMs);
      return Math.min(upper, lower + (upper - lower) * ((rank - below) / count));
    }
    below += count;
  }
  return latencyMaxMs;
}
