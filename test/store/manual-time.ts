/** A clock and timers that stand still until the test moves them. */

interface Timer {
  readonly atMs: number;
  readonly work: () => void;
}

export class ManualTime {
  #nowMs = 0;
  readonly #timers = new Set<Timer>();

  readonly now = (): number => this.#nowMs;

  readonly schedule = (work: () => void, ms: number): { cancel(): void } => {
    const timer = { atMs: this.#nowMs + ms, work };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  };

  /** Timers that run. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Runs what is due until then, in its order, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settle();
    for (;;) {
      const due = [...this.#timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#nowMs = due.atMs;
      due.work();
      await settle();
    }
    this.#nowMs = untilMs;
  }
}

/** Lets promises that are resolved already run their course. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
