/** What people ask about figures: what this sidecar has done since its start, and what all have done lately. */
import { AcmError } from '../errors.js';
import type { AlertSeverity } from './alert.js';
import type { Calls } from './calls.js';
import { type CheckFigures, sumOf, totalOf } from './check-figures.js';
import type { CheckTimeline } from './check-timeline.js';
import type { CheckCounters } from './counters.js';
import type { Policies } from './policy.js';
import type { AlertStore, FiguresOfOthers, StatisticsStore } from './store-ports.js';
import { lastMinutes, stepsOf, type TimeSpan } from './time-span.js';

const DAY_MS = 86_400_000;
/** The store keeps minutes: what is answered by the second is what this sidecar knows by itself. */
const STORED_SLOT_MS = 60_000;

export interface SinceStart {
  readonly at: Date;
  readonly startedAt: Date;
  readonly figures: CheckFigures;
  readonly activeCalls: number;
  /** Opened within the last 24 hours, by all sidecars on the store; undefined while it is away. */
  readonly alertsBySeverity: Readonly<Record<AlertSeverity, number>> | undefined;
  /** The default policy's. */
  readonly windowSeconds: number;
  readonly threshold: number;
}

export interface History {
  readonly from: Date;
  readonly to: Date;
  /** Whose checks: of this sidecar, or of all that write to the store. */
  readonly scope: 'sidecar' | 'all';
  /** `from`, or later if nothing is known of the time before. */
  readonly completeSince: Date;
  /** From completeSince to `to`. */
  readonly seconds: number;
  readonly figures: CheckFigures;
  /** At most 121, the oldest first, from the one on that completeSince lies in. */
  readonly points: readonly HistoryPoint[];
}

export interface HistoryPoint {
  readonly beganAt: Date;
  /** How much of it lies between completeSince and `to`. */
  readonly seconds: number;
  readonly figures: CheckFigures;
}

export interface StatisticsParts {
  readonly timeline: CheckTimeline;
  readonly counters: CheckCounters;
  readonly calls: Pick<Calls, 'size'>;
  readonly policies: Pick<Policies, 'fallback'>;
  readonly alerts: Pick<AlertStore, 'countBySeverity'>;
  readonly store: StatisticsStore;
  readonly now: () => Date;
}

export class StatisticsDesk {
  readonly #parts: StatisticsParts;

  constructor(parts: StatisticsParts) {
    this.#parts = parts;
  }

  /** What this sidecar has done since it started. */
  async sinceStart(): Promise<SinceStart> {
    const { timeline, counters, calls, policies, alerts, now } = this.#parts;
    const at = now();
    const dayAgo = new Date(at.getTime() - DAY_MS);
    const alertsBySeverity = await unlessAway(() => alerts.countBySeverity(dayAgo));
    const { windowMs, threshold } = policies.fallback;
    return {
      at,
      startedAt: timeline.startedAt,
      figures: totalOf(counters),
      activeCalls: calls.size,
      alertsBySeverity,
      windowSeconds: windowMs / 1_000,
      threshold,
    };
  }

  /**
   * What was done in the last minutes. Own checks are counted up to this moment; those of other sidecars once the
   * minute is over that they belong to and the store has it. Without the store, own checks alone are counted.
   * @param minutes 1 to 43,200. Up to 5, own checks alone are counted, by the second.
   * @throws InvalidFieldError
   */
  async history(minutes: number): Promise<History> {
    const { timeline, store, now } = this.#parts;
    const at = now();
    const span = lastMinutes(minutes, at.getTime());
    timeline.advance(at);
    const own = timeline.steps(span);
    const isStored = span.resolution.slotMs >= STORED_SLOT_MS;
    const others = isStored ? await unlessAway(() => store.ofOthers(span)) : undefined;
    return historyOf(span, own, others, timeline.startedAt);
  }
}

function historyOf(
  span: TimeSpan,
  own: readonly CheckFigures[],
  others: FiguresOfOthers | undefined,
  startedAt: Date,
): History {
  const { fromMs, toMs, stepMs } = span;
  const knownMs = Math.min(startedAt.getTime(), others?.since?.getTime() ?? Number.POSITIVE_INFINITY);
  const sinceMs = Math.min(Math.max(fromMs, knownMs), toMs);
  const all = own.map((figures, step) => {
    const theirs = others?.steps.get(step);
    return theirs === undefined ? figures : sumOf([figures, theirs]);
  });
  const points = stepsOf(span).map((beganMs, step) => ({
    beganAt: new Date(beganMs),
    seconds: (Math.min(beganMs + stepMs, toMs) - Math.max(beganMs, sinceMs)) / 1_000,
    figures: all[step],
  }));
  return {
    from: new Date(fromMs),
    to: new Date(toMs),
    scope: others === undefined ? 'sidecar' : 'all',
    completeSince: new Date(sinceMs),
    seconds: (toMs - sinceMs) / 1_000,
    figures: sumOf(all),
    points: points.filter(({ seconds }) => seconds > 0),
  };
}

/** The share of checks that are detections: 0 to 1, and 0 where nothing was checked. */
export function detectionRateOf({ detections, checks }: CheckFigures): number {
  return checks === 0 ? 0 : detections / checks;
}

/** So many a second; 0 in no time. */
export function perSecond(count: number, seconds: number): number {
  return seconds > 0 ? count / seconds : 0;
}

/** Undefined while the store does not answer: the rest is known all the same. */
export async function unlessAway<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof AcmError && error.code === 'ACM_STORE_UNAVAILABLE') return undefined;
    throw error;
  }
}
