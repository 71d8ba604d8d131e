/** Figures of checks that add up: over time, and over sidecars. */
import { type CheckCounters, LATENCY_BOUNDS_S } from './counters.js';

/** What checks came to within some time. */
export interface CheckFigures {
  /** Checks answered, those that were answered from memory too. */
  readonly checks: number;
  readonly rejected: number;
  readonly observed: number;
  /** Checks with the reason `masking`, whatever was decided. */
  readonly detections: number;
  /** Alerts opened. */
  readonly alerts: number;
  /** From the decoded request to the verdict. */
  readonly latencySumMs: number;
  /** 0 where none was measured. */
  readonly latencyMaxMs: number;
  /** Checks by latency, as LATENCY_BOUNDS_S divides them, not cumulated; the last place counts those above all bounds. */
  readonly latencyBuckets: readonly number[];
}

/** Figures in a row, so that many fit into one block of memory. The first place is a maximum, all others are sums. */
export type FigureRow = ArrayLike<number>;

const SUMS = ['checks', 'rejected', 'observed', 'detections', 'alerts', 'latencySumMs'] as const;
export const LATENCY_BUCKETS = LATENCY_BOUNDS_S.length + 1;
export const ROW_LENGTH = 1 + SUMS.length + LATENCY_BUCKETS;

export function rowOf(figures: CheckFigures): FigureRow {
  return [figures.latencyMaxMs, ...SUMS.map((key) => figures[key]), ...figures.latencyBuckets];
}

export function figuresOf(row: FigureRow): CheckFigures {
  const sums = SUMS.map((key, place) => [key, row[1 + place]]);
  return {
    ...(Object.fromEntries(sums) as Pick<CheckFigures, (typeof SUMS)[number]>),
    latencyMaxMs: row[0],
    latencyBuckets: Array.from(row).slice(1 + SUMS.length),
  };
}

/** Adds a row to the one that begins at `place` of a block. */
export function addRow(block: Float64Array, place: number, row: FigureRow): void {
  block[place] = Math.max(block[place], row[0]);
  for (let i = 1; i < ROW_LENGTH; i++) block[place + i] += row[i];
}

export function sumOf(all: Iterable<CheckFigures>): CheckFigures {
  const sum = new Float64Array(ROW_LENGTH);
  for (const figures of all) addRow(sum, 0, rowOf(figures));
  return figuresOf(sum);
}

/** Everything since the start. */
export function totalOf(counters: CheckCounters): CheckFigures {
  return {
    ...counters.totals(),
    alerts: counters.alertsOpened,
    latencySumMs: counters.latencySumS * 1_000,
    latencyMaxMs: counters.latencyMaxS * 1_000,
    latencyBuckets: [...counters.latencyBuckets],
  };
}
