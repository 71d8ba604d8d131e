/** What the sidecar did in each minute, from the counters of the hot path. */
import type { CheckCounters } from './counters.js';
import type { MinuteOfChecks, Recorder } from './store-ports.js';

const MINUTE_MS = 60_000;

type Counts = Omit<MinuteOfChecks, 'beganAt'>;

export class MinuteCounts {
  #beganAt: Date;
  #before: Counts;

  constructor(
    private readonly counters: CheckCounters,
    private readonly recorder: Pick<Recorder, 'minute'>,
    now: Date,
  ) {
    this.#beganAt = minuteOf(now);
    this.#before = this.#read();
  }

  /** Records the last minute once a new one has begun. */
  advance(now: Date): void {
    const minute = minuteOf(now);
    if (minute.getTime() === this.#beganAt.getTime()) return;
    const counts = this.#read();
    const difference = Object.entries(counts).map(([key, value]) => [
      key,
      value - this.#before[key as keyof Counts],
    ]);
    this.recorder.minute({ ...(Object.fromEntries(difference) as Counts), beganAt: this.#beganAt });
    this.#beganAt = minute;
    this.#before = counts;
  }

  #read(): Counts {
    const { alertsOpened, latencySumS } = this.counters;
    return { ...this.counters.totals(), alerts: alertsOpened, latencySumMs: latencySumS * 1000 };
  }
}

function minuteOf(now: Date): Date {
  return new Date(Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS);
}
