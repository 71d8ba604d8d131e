/**
 * One window length that is counted: how many callers and calls each B-number has since a cutoff. The window moves the
 * cutoff and keeps the counts true: forward with the clock, and backward when the length has just come into force.
 */
export class CountedWindow {
  /** For each slot of a B-number: its distinct callers, then its calls. */
  readonly #counts: Int32Array;

  /**
   * @param cutoff the oldest time that is counted; nothing that is live may be as new.
   * @param capacity most B-numbers that can be live.
   */
  constructor(
    readonly windowMs: number,
    public cutoff: number,
    capacity: number,
  ) {
    this.#counts = new Int32Array((capacity + 1) * 2);
  }

  distinctOf(called: number): number {
    return this.#counts[called * 2];
  }

  addDistinct(called: number, change: 1 | -1): void {
    this.#counts[called * 2] += change;
  }

  callsOf(called: number): number {
    return this.#counts[called * 2 + 1];
  }

  addCalls(called: number, change: 1 | -1): void {
    this.#counts[called * 2 + 1] += change;
  }
}
