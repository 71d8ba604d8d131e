/** Delays between attempts to reach a peer that is away: doubling, bounded, and jittered so that peers do not retry in step. */
export class Backoff {
  #attempts = 0;

  /**
   * @param msMin first delay before jitter, in milliseconds.
   * @param msMax longest delay, in milliseconds.
   * @param random from [0, 1); injected for tests.
   */
  constructor(
    readonly msMin: number,
    readonly msMax: number,
    readonly random: () => number = Math.random,
  ) {}

  /** The next delay in milliseconds: between half of the doubled delay and all of it. */
  next(): number {
    const ceiling = Math.min(this.msMax, this.msMin * 2 ** this.#attempts);
    if (ceiling < this.msMax) this.#attempts++;
    return ceiling * (0.5 + 0.5 * this.random());
  }

  /** The peer is back: the next delay is the first one again. */
  reset(): void {
    this.#attempts = 0;
  }
}
