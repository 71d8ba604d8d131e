/**
 * How far a table has been read that is polled. Sequences are given out before rows are committed, so a row may show up below
 * the highest one that was seen: what is missing there is asked for again for a while.
 */

/** A publisher gives up by then, and its row with it. */
const GAP_MS_MAX = 5_000;
const GAPS_MAX = 1_000;
/** So many before the very first row may be on their way too. */
const GAPS_BEFORE_FIRST = 100;

export class PollCursor {
  #highest = 0;
  /** When each missing sequence was missed first, the oldest first. */
  readonly #gaps = new Map<number, number>();

  get highest(): number {
    return this.#highest;
  }

  /** Sequences below the highest that may yet be there. */
  gaps(nowMs: number): number[] {
    for (const [sequence, sinceMs] of this.#gaps) {
      if (nowMs - sinceMs <= GAP_MS_MAX) break;
      this.#gaps.delete(sequence);
    }
    return [...this.#gaps.keys()];
  }

  /** A row was read. */
  see(sequence: number, nowMs: number): void {
    if (sequence <= this.#highest) {
      this.#gaps.delete(sequence);
      return;
    }
    const from = this.#highest === 0 ? sequence - GAPS_BEFORE_FIRST : this.#highest + 1;
    for (let missing = Math.max(1, from, sequence - GAPS_MAX); missing < sequence; missing++) {
      if (this.#gaps.size >= GAPS_MAX) this.#gaps.delete(this.#gaps.keys().next().value!);
      this.#gaps.set(missing, nowMs);
    }
    this.#highest = sequence;
  }
}
