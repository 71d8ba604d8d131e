/**
 * Blocks: pairs (A, B) whose calls are rejected for a time. Never B alone: five forged INVITEs must not cut a victim
 * off from everyone else for longer than the window.
 *
 * 40 bytes each in one block of memory, no objects: a million of them load in a second and are nothing to the garbage
 * collector.
 *
 *     float64 0-2  A's and B's rule key, when it expires    int32 6     next in hash chain
 *                                                           int32 7, 8  neighbours in the order in which they were made
 *
 * Slots count from 1; 0 means none. A free slot never expires, so that a sweep passes over it.
 */
import { hashKey, tableSizeFor } from '../detection/key-hash.js';
import { NOT_PACKED } from '../detection/number.js';
import type { RuleKeys } from './rule-keys.js';

/** Most blocks held; beyond it the one that was made first goes. */
const BLOCKS_MAX = 1_000_000;
/** Every block is visited once in so many sweeps: a minute, at one a second. */
const SWEEPS_A_ROUND = 60;

const FLOATS = 5;
const WORDS = 10;
const B_KEY = 1;
const EXPIRES = 2;
const CHAIN = 6;
const OLDER = 7;
const NEWER = 8;

export class Blocks {
  readonly #floats: Float64Array;
  readonly #words: Int32Array;
  readonly #chains: Int32Array;
  /** How many blocks there are of the B-numbers that share a hash: where it is 0, A need not be looked at. */
  readonly #ofCalled: Int32Array;
  #firstFree = 0;
  #neverUsed = 1;
  #size = 0;
  #oldest = 0;
  #newest = 0;
  /** The next slot to be swept. */
  #swept = 1;
  #overflows = 0;

  /** @param seed any 32-bit number that outsiders cannot guess. */
  constructor(
    private readonly ruleKeys: RuleKeys,
    private readonly seed: number,
    private readonly blocksMax = BLOCKS_MAX,
  ) {
    const memory = new ArrayBuffer((blocksMax + 1) * FLOATS * 8);
    this.#floats = new Float64Array(memory);
    this.#words = new Int32Array(memory);
    this.#chains = new Int32Array(tableSizeFor(blocksMax));
    this.#ofCalled = new Int32Array(tableSizeFor(blocksMax));
  }

  /** Pairs blocked now, those that have expired and were not swept yet included. */
  get size(): number {
    return this.#size;
  }

  /** Blocks lifted early for want of room. */
  get overflows(): number {
    return this.#overflows;
  }

  /** True while calls of A to B are blocked. */
  covers(bKey: number, aKey: number, nowMs: number): boolean {
    if (this.#size === 0) return false;
    const b = this.ruleKeys.find(bKey);
    if (b === NOT_PACKED || this.#ofCalled[this.#calledOf(b)] === 0) return false;
    const a = this.ruleKeys.find(aKey);
    const slot = a === NOT_PACKED ? 0 : this.#find(b, a);
    return slot !== 0 && this.#floats[slot * FLOATS + EXPIRES] > nowMs;
  }

  /** Blocks calls of A to B until `expiresMs`; a block that lasts longer already stays. The keys are of a live call. */
  add(bKey: number, aKey: number, expiresMs: number): void {
    const slot = this.#make(this.ruleKeys.acquire(bKey), this.ruleKeys.acquire(aKey));
    const expires = slot * FLOATS + EXPIRES;
    this.#floats[expires] = Math.max(this.#floats[expires], expiresMs);
  }

  /** Blocks calls of A to B until `expiresMs`, as the store has it. Numbers are canonical, or fingerprints. */
  set(bText: string, aText: string, expiresMs: number): void {
    const slot = this.#make(this.ruleKeys.acquireText(bText), this.ruleKeys.acquireText(aText));
    this.#floats[slot * FLOATS + EXPIRES] = expiresMs;
  }

  /** Lifts the block of a pair, if there is one. */
  remove(bText: string, aText: string): void {
    const [b, a] = [this.ruleKeys.findText(bText), this.ruleKeys.findText(aText)];
    const slot = b === NOT_PACKED || a === NOT_PACKED ? 0 : this.#find(b, a);
    if (slot !== 0) this.#remove(slot);
  }

  clear(): void {
    while (this.#oldest !== 0) this.#remove(this.#oldest);
  }

  /** Forgets what has expired, a slice of the blocks each time. */
  sweep(nowMs: number): void {
    for (let left = Math.ceil((this.#neverUsed - 1) / SWEEPS_A_ROUND); left > 0; left--) {
      if (this.#swept >= this.#neverUsed) this.#swept = 1;
      const slot = this.#swept++;
      if (this.#floats[slot * FLOATS + EXPIRES] <= nowMs) this.#remove(slot);
    }
  }

  /** The slot of a pair, now the newest of all. Takes over a hold of each key. */
  #make(b: number, a: number): number {
    const known = this.#find(b, a);
    if (known !== 0) {
      this.ruleKeys.release(b);
      this.ruleKeys.release(a);
      this.#dequeue(known);
      this.#enqueue(known);
      return known;
    }
    if (this.#size === this.blocksMax) {
      this.#overflows++;
      this.#remove(this.#oldest);
    }
    const slot = this.#takeFree();
    this.#floats[slot * FLOATS] = a;
    this.#floats[slot * FLOATS + B_KEY] = b;
    this.#floats[slot * FLOATS + EXPIRES] = Number.NEGATIVE_INFINITY;
    const chain = this.#chainOf(b, a);
    this.#words[slot * WORDS + CHAIN] = this.#chains[chain];
    this.#chains[chain] = slot;
    this.#ofCalled[this.#calledOf(b)]++;
    this.#enqueue(slot);
    return slot;
  }

  #find(b: number, a: number): number {
    let slot = this.#chains[this.#chainOf(b, a)];
    while (slot !== 0 && (this.#floats[slot * FLOATS] !== a || this.#floats[slot * FLOATS + B_KEY] !== b))
      slot = this.#words[slot * WORDS + CHAIN];
    return slot;
  }

  #calledOf(b: number): number {
    return hashKey(b, 0, this.seed) & (this.#ofCalled.length - 1);
  }

  #chainOf(b: number, a: number): number {
    return hashKey(a, hashKey(b, 0, this.seed), this.seed) & (this.#chains.length - 1);
  }

  #takeFree(): number {
    this.#size++;
    const slot = this.#firstFree;
    if (slot === 0) return this.#neverUsed++;
    this.#firstFree = this.#words[slot * WORDS + CHAIN];
    return slot;
  }

  #remove(slot: number): void {
    const words = this.#words;
    const [a, b] = [this.#floats[slot * FLOATS], this.#floats[slot * FLOATS + B_KEY]];
    this.#unchain(slot, this.#chainOf(b, a));
    this.#ofCalled[this.#calledOf(b)]--;
    this.#dequeue(slot);
    this.#floats[slot * FLOATS + EXPIRES] = Number.POSITIVE_INFINITY;
    words[slot * WORDS + CHAIN] = this.#firstFree;
    this.#firstFree = slot;
    this.#size--;
    this.ruleKeys.release(a);
    this.ruleKeys.release(b);
  }

  #unchain(slot: number, chain: number): void {
    const words = this.#words;
    const next = words[slot * WORDS + CHAIN];
    let before = this.#chains[chain];
    if (before === slot) {
      this.#chains[chain] = next;
      return;
    }
    while (words[before * WORDS + CHAIN] !== slot) before = words[before * WORDS + CHAIN];
    words[before * WORDS + CHAIN] = next;
  }

  #enqueue(slot: number): void {
    const words = this.#words;
    words[slot * WORDS + OLDER] = this.#newest;
    words[slot * WORDS + NEWER] = 0;
    if (this.#newest === 0) this.#oldest = slot;
    else words[this.#newest * WORDS + NEWER] = slot;
    this.#newest = slot;
  }

  #dequeue(slot: number): void {
    const words = this.#words;
    const older = words[slot * WORDS + OLDER];
    const newer = words[slot * WORDS + NEWER];
    if (older === 0) this.#oldest = newer;
    else words[older * WORDS + NEWER] = newer;
    if (newer === 0) this.#newest = older;
    else words[newer * WORDS + OLDER] = older;
  }
}
