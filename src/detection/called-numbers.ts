/**
 * The B-numbers that have live callers, and how many callers and calls each has within every window in force. A record
 * is float64 0 (B's key), then 32-bit words: the hash chain, the first caller, the newest call, one spare, and for each
 * window the distinct callers and the calls. Slots count from 1; 0 means none.
 */
import { hashKey, tableSizeFor } from './key-hash.js';

const CHAIN = 2;
const FIRST_CALLER = 3;
const NEWEST_CALL = 4;
const COUNTS = 6;
const WORDS_PER_WINDOW = 2;

export class CalledNumbers {
  readonly #floats: Float64Array;
  readonly #words: Int32Array;
  readonly #chains: Int32Array;
  readonly #stride: number;
  readonly #seed: number;
  #firstFree = 0;
  #neverUsed = 1;
  /** The last number found: recording a call and counting it ask for the same one. */
  #lastKey = Number.NaN;
  #lastFound = 0;

  /**
   * @param capacity most B-numbers that can be live.
   * @param windows how many windows are counted for each.
   */
  constructor(capacity: number, windows: number, seed: number) {
    this.#stride = COUNTS + windows * WORDS_PER_WINDOW;
    const block = new ArrayBuffer((capacity + 1) * this.#stride * 4);
    this.#floats = new Float64Array(block);
    this.#words = new Int32Array(block);
    this.#chains = new Int32Array(tableSizeFor(capacity));
    this.#seed = seed;
  }

  bKeyOf(called: number): number {
    return this.#floats[(called * this.#stride) / 2];
  }

  firstCallerOf(called: number): number {
    return this.#words[called * this.#stride + FIRST_CALLER];
  }

  setFirstCaller(called: number, pair: number): void {
    this.#words[called * this.#stride + FIRST_CALLER] = pair;
  }

  newestCallOf(called: number): number {
    return this.#words[called * this.#stride + NEWEST_CALL];
  }

  setNewestCall(called: number, call: number): void {
    this.#words[called * this.#stride + NEWEST_CALL] = call;
  }

  distinctOf(called: number, window: number): number {
    return this.#words[called * this.#stride + COUNTS + window * WORDS_PER_WINDOW];
  }

  addDistinct(called: number, window: number, change: 1 | -1): void {
    this.#words[called * this.#stride + COUNTS + window * WORDS_PER_WINDOW] += change;
  }

  callsOf(called: number, window: number): number {
    return this.#words[called * this.#stride + COUNTS + window * WORDS_PER_WINDOW + 1];
  }

  addCalls(called: number, window: number, change: 1 | -1): void {
    this.#words[called * this.#stride + COUNTS + window * WORDS_PER_WINDOW + 1] += change;
  }

  /** The slot of a B-number, or 0. */
  find(bKey: number): number {
    if (bKey === this.#lastKey) return this.#lastFound;
    let called = this.#chains[this.#chainOf(bKey)];
    while (called !== 0 && this.bKeyOf(called) !== bKey) called = this.#words[called * this.#stride + CHAIN];
    this.#lastKey = bKey;
    this.#lastFound = called;
    return called;
  }

  /** Adds a B-number that is not there yet. */
  add(bKey: number): number {
    const called = this.#takeFree();
    const word = called * this.#stride;
    for (let i = 0; i < this.#stride; i++) this.#words[word + i] = 0;
    this.#floats[word / 2] = bKey;
    const chain = this.#chainOf(bKey);
    this.#words[word + CHAIN] = this.#chains[chain];
    this.#chains[chain] = called;
    this.#lastKey = Number.NaN;
    return called;
  }

  remove(called: number): void {
    const words = this.#words;
    const stride = this.#stride;
    const chain = this.#chainOf(this.bKeyOf(called));
    const next = words[called * stride + CHAIN];
    let before = this.#chains[chain];
    if (before === called) this.#chains[chain] = next;
    else {
      while (words[before * stride + CHAIN] !== called) before = words[before * stride + CHAIN];
      words[before * stride + CHAIN] = next;
    }
    words[called * stride + CHAIN] = this.#firstFree;
    this.#firstFree = called;
    this.#lastKey = Number.NaN;
  }

  #chainOf(bKey: number): number {
    return hashKey(bKey, 0, this.#seed) & (this.#chains.length - 1);
  }

  #takeFree(): number {
    const called = this.#firstFree;
    if (called === 0) return this.#neverUsed++;
    this.#firstFree = this.#words[called * this.#stride + CHAIN];
    return called;
  }
}
