/**
 * The pairs (B, A) that are live, each with the newest time at which A called B. Records lie in one block of memory, 40
 * bytes each, because at a million pairs every access misses the cache: what belongs together must lie together.
 *
 *     float64 0  A's key          int32 4  slot of B           int32 6, 7  neighbours in the same millisecond
 *     float64 1  newest time, ms  int32 5  next in hash chain  int32 8, 9  neighbours among the callers of B
 *
 * Slots count from 1; 0 means none, so that untouched memory needs no filling and costs nothing.
 */
import { hashKey, tableSizeFor } from './key-hash.js';

const FLOATS = 5;
const WORDS = 10;
const CALLED = 4;
const CHAIN = 5;
const LATER_IN_MS = 6;
const EARLIER_IN_MS = 7;
const NEXT_CALLER = 8;
const PREVIOUS_CALLER = 9;

export class CallerPairs {
  readonly #floats: Float64Array;
  readonly #words: Int32Array;
  readonly #chains: Int32Array;
  readonly #newestInMs: Int32Array;
  readonly #seed: number;
  #firstFree = 0;
  #neverUsed = 1;
  #live = 0;

  /**
   * @param capacity most pairs that can be live.
   * @param places size of the time wheel.
   */
  constructor(
    readonly capacity: number,
    places: number,
    seed: number,
  ) {
    const block = new ArrayBuffer((capacity + 1) * FLOATS * 8);
    this.#floats = new Float64Array(block);
    this.#words = new Int32Array(block);
    this.#chains = new Int32Array(tableSizeFor(capacity));
    this.#newestInMs = new Int32Array(places);
    this.#seed = seed;
  }

  get live(): number {
    return this.#live;
  }

  get isFull(): boolean {
    return this.#live === this.capacity;
  }

  aKeyOf(pair: number): number {
    return this.#floats[pair * FLOATS];
  }

  timeOf(pair: number): number {
    return this.#floats[pair * FLOATS + 1];
  }

  calledOf(pair: number): number {
    return this.#words[pair * WORDS + CALLED];
  }

  /** The next caller of the same B, or 0. */
  nextCaller(pair: number): number {
    return this.#words[pair * WORDS + NEXT_CALLER];
  }

  /** One of the pairs whose newest time lies in the millisecond of this place, or 0. */
  firstInMs(place: number): number {
    return this.#newestInMs[place];
  }

  /** The next pair of the same millisecond, or 0. */
  nextInMs(pair: number): number {
    return this.#words[pair * WORDS + EARLIER_IN_MS];
  }

  /**
   * The hash chain of a pair. It depends on B's key, not on B's slot, so that the processor fetches the chain and B's
   * record from memory at the same time.
   */
  chainOf(bKey: number, aKey: number): number {
    return hashKey(aKey, hashKey(bKey, 0, this.#seed), this.#seed) & (this.#chains.length - 1);
  }

  /** Reads the records that `remove` will change, so that they are in the cache then. The number means nothing. */
  fetch(chain: number, pair: number): number {
    const words = this.#words;
    const word = pair * WORDS;
    return (
      words[this.#chains[chain] * WORDS] ^
      words[words[word + NEXT_CALLER] * WORDS] ^
      words[words[word + PREVIOUS_CALLER] * WORDS]
    );
  }

  /** The first pair of a chain, or 0. */
  firstInChain(chain: number): number {
    return this.#chains[chain];
  }

  /** The live pair of a called number's slot and an A-number, or 0, from the first of its chain on. */
  find(first: number, called: number, aKey: number): number {
    const words = this.#words;
    let pair = first;
    while (pair !== 0 && (words[pair * WORDS + CALLED] !== called || this.#floats[pair * FLOATS] !== aKey)) {
      pair = words[pair * WORDS + CHAIN];
    }
    return pair;
  }

  /**
   * Adds a pair that is not there yet, in front of the other callers of its B; the table must not be full.
   * @param chain of the pair.
   * @param firstCaller the first caller of B so far, or 0.
   */
  add(
    chain: number,
    called: number,
    aKey: number,
    timeMs: number,
    place: number,
    firstCaller: number,
  ): number {
    const words = this.#words;
    const pair = this.#takeFree();
    const word = pair * WORDS;
    this.#floats[pair * FLOATS] = aKey;
    this.#floats[pair * FLOATS + 1] = timeMs;
    words[word + CALLED] = called;
    words[word + CHAIN] = this.#chains[chain];
    this.#chains[chain] = pair;
    words[word + PREVIOUS_CALLER] = 0;
    words[word + NEXT_CALLER] = firstCaller;
    if (firstCaller !== 0) words[firstCaller * WORDS + PREVIOUS_CALLER] = pair;
    this.#linkInMs(pair, place);
    return pair;
  }

  /** Moves a pair from the millisecond `from` to a newer one. */
  refresh(pair: number, from: number, timeMs: number, to: number): void {
    this.#unlinkInMs(pair, from);
    this.#floats[pair * FLOATS + 1] = timeMs;
    this.#linkInMs(pair, to);
  }

  /** Removes a pair. Returns what is now the first caller of B if `firstCaller` was. */
  remove(chain: number, pair: number, place: number, firstCaller: number): number {
    const words = this.#words;
    const word = pair * WORDS;
    this.#unlinkInMs(pair, place);
    this.#unchain(chain, pair);
    const next = words[word + NEXT_CALLER];
    const previous = words[word + PREVIOUS_CALLER];
    if (next !== 0) words[next * WORDS + PREVIOUS_CALLER] = previous;
    if (previous !== 0) words[previous * WORDS + NEXT_CALLER] = next;
    words[word + CHAIN] = this.#firstFree;
    this.#firstFree = pair;
    this.#live--;
    return firstCaller === pair ? next : firstCaller;
  }

  #takeFree(): number {
    this.#live++;
    const pair = this.#firstFree;
    if (pair === 0) return this.#neverUsed++;
    this.#firstFree = this.#words[pair * WORDS + CHAIN];
    return pair;
  }

  #unchain(chain: number, pair: number): void {
    const words = this.#words;
    const next = words[pair * WORDS + CHAIN];
    let before = this.#chains[chain];
    if (before === pair) {
      this.#chains[chain] = next;
      return;
    }
    while (words[before * WORDS + CHAIN] !== pair) before = words[before * WORDS + CHAIN];
    words[before * WORDS + CHAIN] = next;
  }

  #linkInMs(pair: number, place: number): void {
    const earlier = this.#newestInMs[place];
    this.#words[pair * WORDS + EARLIER_IN_MS] = earlier;
    this.#words[pair * WORDS + LATER_IN_MS] = 0;
    if (earlier !== 0) this.#words[earlier * WORDS + LATER_IN_MS] = pair;
    this.#newestInMs[place] = pair;
  }

  #unlinkInMs(pair: number, place: number): void {
    const words = this.#words;
    const earlier = words[pair * WORDS + EARLIER_IN_MS];
    const later = words[pair * WORDS + LATER_IN_MS];
    if (earlier !== 0) words[earlier * WORDS + LATER_IN_MS] = later;
    if (later !== 0) words[later * WORDS + EARLIER_IN_MS] = earlier;
    else this.#newestInMs[place] = earlier;
  }
}
