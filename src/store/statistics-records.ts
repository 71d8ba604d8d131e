/** StatisticsStore over a database: it adds up there, so that a month of minutes comes back as a few rows. */
import { type CheckFigures, LATENCY_BUCKETS } from '../admission/check-figures.js';
import type { FiguresOfOthers, StatisticsStore } from '../admission/store-ports.js';
import type { TimeSpan } from '../admission/time-span.js';
import type { Row } from './alert-rows.js';
import type { Database, Statement } from './database.js';

export class StatisticsRecords implements StatisticsStore {
  /**
   * @param database whatever serves the store now; throws ACM_STORE_UNAVAILABLE while nothing does.
   * @param sidecarId of the sidecar that asks.
   */
  constructor(
    private readonly database: () => Database,
    private readonly sidecarId: string,
  ) {}

  async ofOthers(span: TimeSpan): Promise<FiguresOfOthers> {
    const [steps, [oldest]] = (
      await this.database().run([
        stepsStatement(span, this.sidecarId),
        { text: 'SELECT min(began_at) AS since FROM detection_stats' },
      ])
    ).map(({ rows }) => rows);
    return {
      since: (oldest['since'] ?? undefined) as Date | undefined,
      steps: new Map(steps.map((row) => [row['step'] as number, figuresOf(row)])),
    };
  }

  async disconnectsSince(since: Date): Promise<number> {
    const [{ rows }] = await this.database().run([
      {
        text: `SELECT count(DISTINCT disconnect_id) AS calls FROM alert_disconnects
               WHERE outcome = 'ended' AND settled_at >= $1`,
        values: [since],
      },
    ]);
    return rows[0]['calls'] as number;
  }
}

/** A minute from before there were histograms has none to add. */
const LATENCY_COUNTS = Array.from(
  { length: LATENCY_BUCKETS },
  (_, bucket) => `COALESCE(sum(latency_counts[${bucket + 1}]), 0)`,
).join(', ');

function stepsStatement({ fromMs, toMs, stepMs }: TimeSpan, sidecarId: string): Statement {
  return {
    text: `SELECT floor(extract(epoch FROM began_at - $1::timestamptz) * 1000 / $3)::integer AS step,
             sum(checks) AS checks, sum(rejected) AS rejected, sum(observed) AS observed,
             sum(detections) AS detections, sum(alerts) AS alerts, sum(latency_sum_ms) AS latency_sum_ms,
             max(latency_max_ms) AS latency_max_ms, ARRAY[${LATENCY_COUNTS}]::bigint[] AS latency_counts
           FROM detection_stats WHERE began_at >= $1 AND began_at < $2 AND sidecar_id <> $4::uuid GROUP BY step`,
    values: [new Date(fromMs), new Date(toMs), stepMs, sidecarId],
  };
}

function figuresOf(row: Row): CheckFigures {
  return {
    checks: row['checks'] as number,
    rejected: row['rejected'] as number,
    observed: row['observed'] as number,
    detections: row['detections'] as number,
    alerts: row['alerts'] as number,
    latencySumMs: row['latency_sum_ms'] as number,
    latencyMaxMs: row['latency_max_ms'] as number,
    latencyBuckets: row['latency_counts'] as number[],
  };
}
