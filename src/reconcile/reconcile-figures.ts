/** What reconciliation counts, in plain numbers: telemetry reads them when Prometheus asks. */

/** Why a delta of another sidecar was not taken. */
export const DROP_CAUSES = [
  /** It is no WindowDelta, or says what cannot be. */
  'malformed',
  /** It is sealed with another key, or not sealed as ours are. */
  'sealed',
  /** It was sent at a time at which it cannot have been sent. */
  'clock',
  /** Taking it failed: a defect, see the log. */
  'defect',
] as const;
export type DropCause = (typeof DROP_CAUSES)[number];

/** Upper bounds in milliseconds; one more bucket holds what is slower. */
export const LAG_BUCKETS_MS = [5, 10, 20, 30, 40, 50, 75, 100, 150, 200, 300, 500, 1_000, 2_000, 5_000];

export interface ReconcileFigures {
  /** Deltas that were stored, and attempts that failed. */
  published: number;
  publishFailures: number;
  observationsSent: number;
  /** Bytes of deltas, without gRPC's own. */
  bytesSent: number;
  /** Deltas of others that were taken. */
  received: number;
  observationsReceived: number;
  bytesReceived: number;
  readonly dropped: Record<DropCause, number>;
  /** Probes that were acknowledged and not stored. */
  probesFailed: number;
  /** Connections that came about, and were lost again. */
  reconnects: number;
  streamsOpened: number;
  /** Lives of the store's content that have ended. */
  epochChanges: number;
  clockJumps: number;
  /** How long deltas that were not backlog took from there to here; counts by bucket, not cumulated. */
  readonly lagCounts: number[];
  lagSumMs: number;
}

export function noFigures(): ReconcileFigures {
  return {
    published: 0,
    publishFailures: 0,
    observationsSent: 0,
    bytesSent: 0,
    received: 0,
    observationsReceived: 0,
    bytesReceived: 0,
    dropped: { malformed: 0, sealed: 0, clock: 0, defect: 0 },
    probesFailed: 0,
    reconnects: 0,
    streamsOpened: 0,
    epochChanges: 0,
    clockJumps: 0,
    lagCounts: new Array<number>(LAG_BUCKETS_MS.length + 1).fill(0),
    lagSumMs: 0,
  };
}

export function countLag(figures: ReconcileFigures, lagMs: number): void {
  const bucket = LAG_BUCKETS_MS.findIndex((boundMs) => lagMs <= boundMs);
  figures.lagCounts[bucket === -1 ? LAG_BUCKETS_MS.length : bucket]++;
  figures.lagSumMs += lagMs;
}
