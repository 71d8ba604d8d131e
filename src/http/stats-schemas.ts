/** Statistics as people and their tools read them over HTTP; each figure is defined here. */
import { z } from 'zod';
import { latencyOf } from '../admission/latency-summary.js';
import { detectionRateOf, type History, perSecond, type SinceStart } from '../admission/statistics-desk.js';
import { SPAN_MINUTES_MAX } from '../admission/time-span.js';

const count = (description: string) => z.int().min(0).meta({ description });
const amount = (description: string) => z.number().min(0).meta({ description });
const time = (description: string) => z.iso.datetime().meta({ format: 'date-time', description });

const CHECKS = 'Checks answered, over gRPC and HTTP; a repeat of a known call attempt counts again.';
const DETECTIONS =
  'Checks that found masking: the reason is `masking`, whether the call was rejected or only observed. Not among them: ' +
  'calls of pairs that are blocked already, and calls to exempt numbers.';
const REJECTED = 'Checks with the verdict REJECT: masking, and pairs that are blocked.';
const OBSERVED =
  'Checks with the verdict OBSERVE: they would have been rejected, but the policy only watches.';
const ALERTS = 'Alerts opened; an attack that two sidecars detect counts in both.';
const detectionRate = z.number().min(0).max(1).meta({
  description:
    'detections / checks: the share of the checks that found masking. 0 where nothing was checked.',
});
const ESTIMATED =
  'estimated: within its bucket of the histogram acm_detection_latency_seconds, at most the upper bound of that bucket and ' +
  'at most max_ms.';

export const statsSchema = z
  .object({
    total_calls: count(CHECKS),
    total_alerts: count(ALERTS),
    detection_rate: detectionRate,
    active_calls: count('Calls in progress, as switches tell of them.'),
    alerts_by_severity: z.object({ MEDIUM: z.int(), HIGH: z.int(), CRITICAL: z.int() }).nullable().meta({
      description:
        'Alerts opened within the last 24 hours by all sidecars on the store; null while the store is away.',
    }),
    processed_count: count('The same as total_calls.'),
    alert_count: count('The same as total_alerts.'),
    avg_latency_ms: amount('Of a check, since the start.'),
    max_latency_ms: amount('Of a check, since the start.'),
    window_seconds: z.number(),
    threshold: z.int(),
    timestamp: z.iso.datetime().meta({ format: 'date-time' }),
  })
  .meta({ id: 'Stats' });

export const historyQuerySchema = z.object({
  minutes: z.coerce.number().int().min(1).max(SPAN_MINUTES_MAX).default(60).meta({
    description:
      'The last so many minutes. Up to 5 of them are counted by the second, for this sidecar alone.',
  }),
});

const latencySchema = z
  .object({
    p50_ms: amount(`Half of the checks took at most so long; ${ESTIMATED}`),
    p95_ms: amount(`95 % of the checks took at most so long; ${ESTIMATED}`),
    p99_ms: amount(`99 % of the checks took at most so long; ${ESTIMATED}`),
    avg_ms: amount('Measured.'),
    max_ms: amount('Measured.'),
  })
  .meta({ id: 'Latency', description: 'From the decoded request to the verdict.' });

const pointSchema = z
  .object({
    began_at: time('When the step begins.'),
    seconds: amount(
      'How much of it is counted; less than a whole step at complete_since and in the last one.',
    ),
    checks: count(CHECKS),
    detections: count(DETECTIONS),
    rejected: count(REJECTED),
    alerts: count(ALERTS),
  })
  .meta({ id: 'StatsPoint' });

export const historySchema = z
  .object({
    minutes: z.int().meta({ description: 'As asked for.' }),
    from: time('When the span begins: so many minutes ago, or earlier by less than one step of `points`.'),
    to: time('Now.'),
    scope: z.enum(['sidecar', 'all']).meta({
      description:
        'Whose checks: of all sidecars on the store, or of the one that answers. The latter for up to 5 minutes, without a ' +
        'store and while it is away.',
    }),
    complete_since: time(
      '`from`, or later if nothing is known of the time before: no sidecar had counted yet, or none had a store to keep it.',
    ),
    seconds: amount('From complete_since to `to`; what the rates refer to.'),
    checks: count(CHECKS),
    checks_per_second: amount('checks / seconds.'),
    detections: count(DETECTIONS),
    detections_per_second: amount('detections / seconds.'),
    detection_rate: detectionRate,
    rejected: count(REJECTED),
    observed: count(OBSERVED),
    alerts: count(ALERTS),
    latency: latencySchema.nullable().meta({ description: 'Null where none was measured.' }),
    points: z.array(pointSchema).meta({
      description: 'The same span in steps of equal length, the oldest first; at most 121.',
    }),
  })
  .meta({ id: 'StatsHistory' });

/** Latencies are 0 where none was measured. */
export function statsBody(stats: SinceStart): z.infer<typeof statsSchema> {
  const { figures, alertsBySeverity } = stats;
  const latency = latencyOf(figures);
  return {
    total_calls: figures.checks,
    total_alerts: figures.alerts,
    detection_rate: detectionRateOf(figures),
    active_calls: stats.activeCalls,
    alerts_by_severity:
      alertsBySeverity === undefined
        ? null
        : {
            MEDIUM: alertsBySeverity.medium,
            HIGH: alertsBySeverity.high,
            CRITICAL: alertsBySeverity.critical,
          },
    processed_count: figures.checks,
    alert_count: figures.alerts,
    avg_latency_ms: rounded(latency?.averageMs ?? 0),
    max_latency_ms: rounded(latency?.maxMs ?? 0),
    window_seconds: stats.windowSeconds,
    threshold: stats.threshold,
    timestamp: stats.at.toISOString(),
  };
}

export function historyBody(minutes: number, history: History): z.infer<typeof historySchema> {
  const { figures, seconds } = history;
  const { checks, detections, rejected, observed, alerts } = figures;
  const latency = latencyOf(figures);
  return {
    minutes,
    from: history.from.toISOString(),
    to: history.to.toISOString(),
    scope: history.scope,
    complete_since: history.completeSince.toISOString(),
    seconds,
    checks,
    checks_per_second: rounded(perSecond(checks, seconds)),
    detections,
    detections_per_second: rounded(perSecond(detections, seconds)),
    detection_rate: detectionRateOf(figures),
    rejected,
    observed,
    alerts,
    latency:
      latency === undefined
        ? null
        : {
            p50_ms: rounded(latency.p50Ms),
            p95_ms: rounded(latency.p95Ms),
            p99_ms: rounded(latency.p99Ms),
            avg_ms: rounded(latency.averageMs),
            max_ms: rounded(latency.maxMs),
          },
    points: history.points.map((point) => ({
      began_at: point.beganAt.toISOString(),
      seconds: point.seconds,
      checks: point.figures.checks,
      detections: point.figures.detections,
      rejected: point.figures.rejected,
      alerts: point.figures.alerts,
    })),
  };
}

/** To three places: a latency to the microsecond. */
function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
