/**
 * How far a table has been read that is polled. Sequences are given out before rows are committed, so a row may show up below
 * the highest one that was seen: what is missing there is asked for again for a while.
 */
import { SequenceGaps } from './sequence-gaps.js';

/** A publisher gives up by then, and its row with it. */
const GAP_MS_MAX = 5_000;
const GAPS_MAX = 1_000;
/** So many before the very first row may be on their way too. */
const GAPS_BEFORE_FIRST = 100;

export class PollCursor {
  #highest = 0;
  readonly #gaps = new SequenceGaps(GAPS_MAX, GAP_MS_MAX);

  get highest(): number {
    return this.#highest;
  }

  /** Sequences below the highest that may yet be there. */
  gaps(nowMs: number): number[] {
    this.#gaps.expire(nowMs);
    return this.#gaps.list();
  }

  /** A row was read. */
  see(sequence: number, nowMs: number): void {
    if (sequence <= this.#highest) {
      this.#gaps.close(sequence);
      return;
    }
    const from = this.#highest === 0 ? sequence - GAPS_BEFORE_FIRST : this.#highest + 1;
    this.#gaps.open(Math.max(1, from), sequence, nowMs);
    this.#highest = sequence;
  }
}
