/** Chance that a seed repeats: the same seed gives the same calls, one for one. */

const TWO_POW_32 = 2 ** 32;

/** mulberry32: 32 bits of state, fast, and even enough for telephone numbers. Not for secrets. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** From 0 to just under 1. */
  fraction(): number {
    return this.#next() / TWO_POW_32;
  }

  /** Puts an array in an order that each run of the seed repeats (Fisher and Yates). */
  shuffle(values: Uint32Array): void {
    for (let last = values.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      const kept = values[last];
      values[last] = values[other];
      values[other] = kept;
    }
  }

  /** Version 4 of RFC 9562, as FreeSWITCH names its channels. */
  uuid(): string {
    const hex = [this.#hex(), this.#hex(), this.#hex(), this.#hex()].join('');
    const variant = '89ab'[Number.parseInt(hex[16], 16) & 3];
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  #hex(): string {
    return this.#next().toString(16).padStart(8, '0');
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
