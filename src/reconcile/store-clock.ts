/**
 * The store's clock, as it is measured from here. Wall clocks of machines differ by seconds; what sidecars tell each other
 * goes by the clock of the store that they share.
 *
 * A row that was sent for at `sentMs` and was answered at `receivedMs` was stored in between, so the store is ahead by at
 * least `storeMs - receivedMs` and by at most `storeMs - sentMs`. What all recent answers agree on is narrower than any of
 * them.
 */

/** How many answers are kept. */
const SAMPLES_MAX = 64;
/** The store tells whole milliseconds, and it is not said how it rounds. */
const ROUNDING_MS = 1;
/** Two clocks drift apart by this much of the time that passes, at most: what NTP adjusts by, from either side. */
const DRIFT_MAX = 0.001;

interface Sample {
  readonly receivedMs: number;
  /** The store is ahead by at least and at most so much. */
  readonly lowMs: number;
  readonly highMs: number;
}

export class StoreClock {
  #samples: Sample[] = [];
  #offsetMs = 0;

  /** Whether there was an answer yet; before, times cannot be converted. */
  get known(): boolean {
    return this.#samples.length > 0;
  }

  /** Milliseconds by which the store is ahead of this clock. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  toStore(localMs: number): number {
    return localMs + this.#offsetMs;
  }

  toLocal(storeMs: number): number {
    return storeMs - this.#offsetMs;
  }

  /**
   * Takes an answer: when it was asked for and when it came, by this clock, and what the store's clock said.
   * @returns whether one of the clocks has jumped: what was converted before was wrong.
   */
  learn(sentMs: number, receivedMs: number, storeMs: number): boolean {
    const sample: Sample = {
      receivedMs,
      lowMs: storeMs - ROUNDING_MS - receivedMs,
      highMs: storeMs + ROUNDING_MS - sentMs,
    };
    const before = this.#samples;
    this.#samples = [...before.slice(1 - SAMPLES_MAX), sample];
    if (this.#agree(receivedMs)) return false;
    this.#samples = [sample];
    this.#agree(receivedMs);
    return true;
  }

  /** Takes what all samples agree on; false if there is nothing. */
  #agree(nowMs: number): boolean {
    let lowMs = Number.NEGATIVE_INFINITY;
    let highMs = Number.POSITIVE_INFINITY;
    for (const sample of this.#samples) {
      const driftMs = (nowMs - sample.receivedMs) * DRIFT_MAX;
      lowMs = Math.max(lowMs, sample.lowMs - driftMs);
      highMs = Math.min(highMs, sample.highMs + driftMs);
    }
    if (lowMs > highMs) return false;
    this.#offsetMs = (lowMs + highMs) / 2;
    return true;
  }
}
