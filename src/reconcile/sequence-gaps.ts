/** Sequences that are missing below the highest one seen: their transactions may yet commit. */

export class SequenceGaps {
  /** Sequence -> when it was found missing, the oldest first. */
  readonly #since = new Map<number, number>();
  #givenUp = 0;

  constructor(
    private readonly countMax: number,
    private readonly ageMsMax: number,
  ) {}

  get count(): number {
    return this.#since.size;
  }

  /** Gaps that were given up because there were too many. */
  get overflows(): number {
    return this.#givenUp;
  }

  list(): number[] {
    return [...this.#since.keys()];
  }

  /** Sequences from `from` on and below `to` are missing. Only the newest are worth keeping. */
  open(from: number, to: number, nowMs: number): void {
    const first = Math.max(from, to - this.countMax);
    this.#givenUp += first - from;
    for (let sequence = first; sequence < to; sequence++) this.#since.set(sequence, nowMs);
    for (const sequence of this.#since.keys()) {
      if (this.#since.size <= this.countMax) break;
      this.#since.delete(sequence);
      this.#givenUp++;
    }
  }

  close(sequence: number): void {
    this.#since.delete(sequence);
  }

  /** A number may belong to a transaction that was rolled back, and never come. */
  expire(nowMs: number): void {
    for (const [sequence, sinceMs] of this.#since) {
      if (nowMs - sinceMs <= this.ageMsMax) break;
      this.#since.delete(sequence);
    }
  }

  clear(): void {
    this.#since.clear();
  }
}
