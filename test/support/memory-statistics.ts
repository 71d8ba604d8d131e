/** What other sidecars have written down, as a test says it; and statistics over it. */
import { type CheckFigures, sumOf } from '../../src/admission/check-figures.js';
import { CheckTimeline } from '../../src/admission/check-timeline.js';
import { CheckCounters } from '../../src/admission/counters.js';
import { StatisticsDesk, type StatisticsParts } from '../../src/admission/statistics-desk.js';
import type { FiguresOfOthers, MinuteOfChecks, StatisticsStore } from '../../src/admission/store-ports.js';
import type { TimeSpan } from '../../src/admission/time-span.js';
import { AcmError } from '../../src/errors.js';

export class MemoryStatisticsStore implements StatisticsStore {
  /** While true, every question rejects with ACM_STORE_UNAVAILABLE. */
  away = false;
  readonly minutes: MinuteOfChecks[] = [];
  /** When calls of alerts were ended. */
  readonly disconnects: Date[] = [];

  async ofOthers({ fromMs, toMs, stepMs }: TimeSpan): Promise<FiguresOfOthers> {
    if (this.away) throw new AcmError('ACM_STORE_UNAVAILABLE', 'the store does not answer');
    const times = this.minutes.map(({ beganAt }) => beganAt.getTime());
    const steps = new Map<number, CheckFigures>();
    for (const minute of this.minutes) {
      const beganMs = minute.beganAt.getTime();
      if (beganMs < fromMs || beganMs >= toMs) continue;
      const step = Math.floor((beganMs - fromMs) / stepMs);
      steps.set(step, sumOf([minute, ...(steps.has(step) ? [steps.get(step) as CheckFigures] : [])]));
    }
    return { since: times.length === 0 ? undefined : new Date(Math.min(...times)), steps };
  }

  async disconnectsSince(since: Date): Promise<number> {
    if (this.away) throw new AcmError('ACM_STORE_UNAVAILABLE', 'the store does not answer');
    return this.disconnects.filter((at) => at >= since).length;
  }
}

/** What so many checks came to, each within the first bucket. */
export function figuresOfChecks(checks: number, overrides: Partial<CheckFigures> = {}): CheckFigures {
  return {
    checks,
    rejected: 0,
    observed: 0,
    detections: 0,
    alerts: 0,
    latencySumMs: checks * 0.004,
    latencyMaxMs: checks === 0 ? 0 : 0.004,
    latencyBuckets: [checks, ...Array.from({ length: 12 }, () => 0)],
    ...overrides,
  };
}

/** The desk of a sidecar that has just started, over what the test gives. */
export function statisticsDeskOf({
  counters = new CheckCounters(),
  ...parts
}: Pick<StatisticsParts, 'alerts' | 'policies' | 'now'> & Partial<StatisticsParts>): StatisticsDesk {
  return new StatisticsDesk({
    counters,
    timeline: new CheckTimeline(counters, { minute: () => undefined }, parts.now()),
    calls: { size: 0 },
    store: new MemoryStatisticsStore(),
    ...parts,
  });
}
