/** GET /acm/stats: what this sidecar has done since it started, and the alerts of the last 24 hours. */
import { z } from 'zod';
import type { AlertDesk } from '../admission/alert-desk.js';
import type { Calls } from '../admission/calls.js';
import type { AdmissionState } from '../admission/check-call.js';
import type { CheckCounters } from '../admission/counters.js';
import { AcmError } from '../errors.js';
import { type Route, route } from './route.js';

const DAY_MS = 86_400_000;
/** Alerts hold long lists, so they are counted in small pages, and not without end. */
const PAGE = 100;
const COUNTED_MAX = 1_000;

export interface StatsParts {
  readonly state: Pick<AdmissionState, 'counters' | 'policies'>;
  readonly calls: Pick<Calls, 'size'>;
  readonly alerts: Pick<AlertDesk, 'list'>;
  readonly now: () => Date;
}

const count = (description: string) => z.number().min(0).meta({ description });

const statsSchema = z
  .object({
    total_calls: count('Checks answered since the start, over gRPC and HTTP; those from memory too.'),
    total_alerts: count('Alerts that this sidecar has opened since the start.'),
    detection_rate: z.number().min(0).max(1).meta({ description: 'Share of the checks that found masking.' }),
    active_calls: count('Calls in progress, as switches tell of them.'),
    alerts_by_severity: z
      .object({ MEDIUM: z.int(), HIGH: z.int(), CRITICAL: z.int() })
      .nullable()
      .meta({
        description: `Of the last 24 hours and all sidecars on the store, the newest ${COUNTED_MAX}; null while the store is away.`,
      }),
    processed_count: count('The same as total_calls.'),
    alert_count: count('The same as total_alerts.'),
    avg_latency_ms: count('Of a check, since the start.'),
    max_latency_ms: count('Of a check, since the start.'),
    window_seconds: z.number(),
    threshold: z.int(),
    timestamp: z.iso.datetime().meta({ format: 'date-time' }),
  })
  .meta({ id: 'Stats' });

type SeverityCounts = NonNullable<z.infer<typeof statsSchema>['alerts_by_severity']>;

export function statsRoutes(parts: StatsParts): Route[] {
  return [
    route({
      method: 'GET',
      paths: ['/acm/stats', '/stats'],
      summary: 'What this sidecar has done',
      scopes: ['alerts:read'],
      input: z.object({}),
      answer: statsSchema,
      errors: [],
      async handle() {
        const { state, calls, alerts, now } = parts;
        const { windowMs, threshold } = state.policies.fallback;
        return {
          ...countsOf(state.counters),
          active_calls: calls.size,
          alerts_by_severity: await countBySeverity(alerts, now()),
          window_seconds: windowMs / 1_000,
          threshold,
          timestamp: now().toISOString(),
        };
      },
    }),
  ];
}

function countsOf(counters: CheckCounters) {
  const { checks, detections } = counters.totals();
  const measured = counters.latencyBuckets.reduce((total, value) => total + value, 0);
  return {
    total_calls: checks,
    processed_count: checks,
    total_alerts: counters.alertsOpened,
    alert_count: counters.alertsOpened,
    detection_rate: checks === 0 ? 0 : detections / checks,
    avg_latency_ms: measured === 0 ? 0 : inMs(counters.latencySumS / measured),
    max_latency_ms: inMs(counters.latencyMaxS),
  };
}

/** To the microsecond. */
function inMs(seconds: number): number {
  return Math.round(seconds * 1_000_000) / 1_000;
}

/** Null while the store does not answer: the rest is known all the same. */
async function countBySeverity(alerts: StatsParts['alerts'], now: Date): Promise<SeverityCounts | null> {
  const counts = { MEDIUM: 0, HIGH: 0, CRITICAL: 0 };
  const since = new Date(now.getTime() - DAY_MS);
  try {
    let after = '';
    for (let counted = 0; counted < COUNTED_MAX; counted += PAGE) {
      const { items, next } = await alerts.list({ since, limit: PAGE, after });
      for (const { severity } of items) counts[severity.toUpperCase() as keyof SeverityCounts]++;
      if (next === '') break;
      after = next;
    }
    return counts;
  } catch (error) {
    if (error instanceof AcmError && error.code === 'ACM_STORE_UNAVAILABLE') return null;
    throw error;
  }
}
