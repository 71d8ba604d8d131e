/**
 * What checks came to over time: looks at the counters of the hot path now and then, keeps what has been added since, and
 * hands each minute to the recorder. What is counted between two looks belongs to the time of the first.
 */
import { type CheckFigures, type FigureRow, rowOf, totalOf } from './check-figures.js';
import type { CheckCounters } from './counters.js';
import { FigureRing } from './figure-ring.js';
import type { Recorder } from './store-ports.js';
import { RESOLUTIONS, slotsOf, stepsOf, type TimeSpan } from './time-span.js';

const MINUTE_MS = 60_000;

export class CheckTimeline {
  readonly #rings = RESOLUTIONS.map((resolution) => new FigureRing(resolution.slotMs, slotsOf(resolution)));
  #lookedMs: number;
  #before: FigureRow;

  constructor(
    private readonly counters: CheckCounters,
    private readonly recorder: Pick<Recorder, 'minute'>,
    readonly startedAt: Date,
  ) {
    this.#lookedMs = startedAt.getTime();
    this.#before = this.#read();
  }

  /** Looks at the counters. Records the last minute once a new one has begun. */
  advance(now: Date): void {
    const row = this.#read();
    const increase = Array.from(row, (value, place) => (place === 0 ? value : value - this.#before[place]));
    const nowMs = now.getTime();
    // Never later than now, also for two looks at the same time or a clock that was set back: a span ends before now.
    const countedMs = Math.min(this.#lookedMs, nowMs - 1);
    for (const ring of this.#rings) ring.add(countedMs, increase);
    if (minuteOf(nowMs) !== minuteOf(countedMs)) this.#record(minuteOf(countedMs));
    this.#lookedMs = nowMs;
    this.#before = row;
  }

  /** Records the minute that is not over, since nothing comes after it. */
  finish(now: Date): void {
    this.advance(now);
    this.#record(minuteOf(this.#lookedMs));
  }

  /** Figures of each step of a span up to the last look, zeros where nothing is known. */
  steps(span: TimeSpan): CheckFigures[] {
    const ring = this.#ringOf(span.resolution.slotMs);
    return stepsOf(span).map((beganMs) => ring.between(beganMs, beganMs + span.stepMs));
  }

  /** The minute as a whole: a clock that was set back may have entered it twice. */
  #record(beganMs: number): void {
    const figures = this.#ringOf(MINUTE_MS).between(beganMs, beganMs + MINUTE_MS);
    this.recorder.minute({ ...figures, beganAt: new Date(beganMs) });
  }

  /** Everything since the start, but for the maximum: that is since the last look. */
  #read(): FigureRow {
    return rowOf({ ...totalOf(this.counters), latencyMaxMs: this.counters.takeLatencyPeakS() * 1_000 });
  }

  #ringOf(slotMs: number): FigureRing {
    return this.#rings.find((ring) => ring.slotMs === slotMs) as FigureRing;
  }
}

function minuteOf(timeMs: number): number {
  return Math.floor(timeMs / MINUTE_MS) * MINUTE_MS;
}
