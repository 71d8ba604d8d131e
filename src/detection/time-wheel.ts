/**
 * A ring with one place for each millisecond of the window. What happened in a millisecond hangs in its place, so
 * that late news finds its place as fast as fresh news, and what expires is found without searching.
 */
export class TimeWheel {
  readonly size: number;
  readonly #turnsPerMs: number;

  /** @param spanMs the times that can be live at once span at most this many milliseconds. */
  constructor(spanMs: number) {
    this.size = 2 ** Math.ceil(Math.log2(spanMs + 1));
    this.#turnsPerMs = 1 / this.size;
  }

  /** The place of a millisecond. Exact for whole numbers up to 2^53: the size is a power of two. */
  placeOf(timeMs: number): number {
    return timeMs - Math.floor(timeMs * this.#turnsPerMs) * this.size;
  }
}
