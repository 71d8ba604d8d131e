/**
 * The B-numbers that have live callers, and how many live callers and calls each has. 32 bytes each.
 *
 *     float64 0  B's key    int32 2  next in hash chain    int32 4  newest call     int32 6  live calls
 *                           int32 3  first caller          int32 5  live callers    int32 7  spare
 *
 * Slots count from 1; 0 means none.
 */
import { hashKey, tableSizeFor } from './key-hash.js';

const FLOATS = 4;
const WORDS = 8;
const CHAIN = 2;
const FIRST_CALLER = 3;
const NEWEST_CALL = 4;
const CALLERS = 5;
const CALLS = 6;

export class CalledNumbers {
  readonly #floats: Float64Array;
  readonly #words: Int32Array;
  readonly #chains: Int32Array;
  readonly #seed: number;
  #firstFree = 0;
  #neverUsed = 1;
  /** The last number found: recording a call and counting it ask for the same one. */
  #lastKey = Number.NaN;
  #lastFound = 0;

  /** @param capacity most B-numbers that can be live. */
  constructor(capacity: number, seed: number) {
    const block = new ArrayBuffer((capacity + 1) * FLOATS * 8);
    this.#floats = new Float64Array(block);
    this.#words = new Int32Array(block);
    this.#chains = new Int32Array(tableSizeFor(capacity));
    this.#seed = seed;
  }

  bKeyOf(called: number): number {
    return this.#floats[called * FLOATS];
  }

  firstCallerOf(called: number): number {
    return this.#words[called * WORDS + FIRST_CALLER];
  }

  setFirstCaller(called: number, pair: number): void {
    this.#words[called * WORDS + FIRST_CALLER] = pair;
  }

  newestCallOf(called: number): number {
    return this.#words[called * WORDS + NEWEST_CALL];
  }

  setNewestCall(called: number, call: number): void {
    this.#words[called * WORDS + NEWEST_CALL] = call;
  }

  callersOf(called: number): number {
    return this.#words[called * WORDS + CALLERS];
  }

  addCallers(called: number, change: 1 | -1): void {
    this.#words[called * WORDS + CALLERS] += change;
  }

  callsOf(called: number): number {
    return this.#words[called * WORDS + CALLS];
  }

  addCalls(called: number, change: 1 | -1): void {
    this.#words[called * WORDS + CALLS] += change;
  }

  /** The slot of a B-number, or 0. */
  find(bKey: number): number {
    if (bKey === this.#lastKey) return this.#lastFound;
    let called = this.#chains[this.#chainOf(bKey)];
    while (called !== 0 && this.bKeyOf(called) !== bKey) called = this.#words[called * WORDS + CHAIN];
    this.#lastKey = bKey;
    this.#lastFound = called;
    return called;
  }

  /** Adds a B-number that is not there yet. */
  add(bKey: number): number {
    const called = this.#takeFree();
    const words = this.#words;
    const word = called * WORDS;
    this.#floats[called * FLOATS] = bKey;
    const chain = this.#chainOf(bKey);
    words[word + CHAIN] = this.#chains[chain];
    this.#chains[chain] = called;
    // A B-number goes with its last caller and without calls: its counts are 0 already.
    words[word + FIRST_CALLER] = 0;
    words[word + NEWEST_CALL] = 0;
    this.#lastKey = Number.NaN;
    return called;
  }

  remove(called: number): void {
    const words = this.#words;
    const chain = this.#chainOf(this.bKeyOf(called));
    const next = words[called * WORDS + CHAIN];
    let before = this.#chains[chain];
    if (before === called) this.#chains[chain] = next;
    else {
      while (words[before * WORDS + CHAIN] !== called) before = words[before * WORDS + CHAIN];
      words[before * WORDS + CHAIN] = next;
    }
    words[called * WORDS + CHAIN] = this.#firstFree;
    this.#firstFree = called;
    this.#lastKey = Number.NaN;
  }

  #chainOf(bKey: number): number {
    return hashKey(bKey, 0, this.#seed) & (this.#chains.length - 1);
  }

  #takeFree(): number {
    const called = this.#firstFree;
    if (called === 0) return this.#neverUsed++;
    this.#firstFree = this.#words[called * WORDS + CHAIN];
    return called;
  }
}
