/**
 * The exact sliding window: for each pair (B, A) the newest time at which A called B, and from it
 * `distinct(B, t)` = how many A have `last(B, A) >= t - W`.
 *
 * Every pair hangs in the millisecond of its newest time (TimeWheel). For each window length in force there is a cutoff
 * that follows the clock; a pair that falls behind it leaves that window's count of its B. Each pair passes
 * each cutoff once, so recording, counting and expiry are O(1) per call, whatever order the news comes in and however
 * many callers a B has. What falls behind the longest window's cutoff, the horizon, is forgotten.
 *
 * Counts are exact for every time whose window begins at or after the horizon. Only a window length that is not in
 * force, or a time before the clock (replay), is counted by walking the callers of B.
 */
import { CalledNumbers } from './called-numbers.js';
import { CallerPairs } from './caller-pairs.js';
import type { NumberKeys } from './number-keys.js';
import { RecentCalls } from './recent-calls.js';
import { TimeWheel } from './time-wheel.js';

/** How far ahead of the clock news from elsewhere may be; the caller clamps what is further ahead. */
export const AHEAD_MS_MAX = 5_000;

export interface CallerWindowOptions {
  /** Most live pairs, and most live calls; 1 or more. */
  readonly capacity: number;
  /** Window lengths to count by in O(1), in milliseconds, 1 to 300,000 each; the longest is also the horizon. */
  readonly windowsMs: readonly number[];
  /** Holds the keys for as long as they are live here. */
  readonly keys: NumberKeys;
  /** Any 32-bit number that outsiders cannot guess. */
  readonly seed: number;
}

export class CallerWindow {
  readonly #pairs: CallerPairs;
  readonly #called: CalledNumbers;
  readonly #calls: RecentCalls;
  readonly #keys: NumberKeys;
  readonly #wheel: TimeWheel;
  /** Longest first: index 0 is the horizon. */
  readonly #windowsMs: readonly number[];
  /** For each window, the oldest time that is still inside. */
  readonly #cutoffs: number[];
  #now = Number.NEGATIVE_INFINITY;
  /** No live pair is older, none is newer. */
  #oldest = Number.POSITIVE_INFINITY;
  #newest = Number.NEGATIVE_INFINITY;
  #evictions = 0;
  #lastEvictionMs = Number.NEGATIVE_INFINITY;
  /** Keeps the reads of #fetchPairsOf from being optimised away. */
  #fetched = 0;

  constructor(options: CallerWindowOptions) {
    this.#windowsMs = [...new Set(options.windowsMs)].sort((a, b) => b - a);
    const horizonMs = this.#windowsMs[0];
    this.#cutoffs = this.#windowsMs.map(() => Number.NEGATIVE_INFINITY);
    this.#wheel = new TimeWheel(horizonMs + AHEAD_MS_MAX);
    this.#pairs = new CallerPairs(options.capacity, this.#wheel.size, options.seed);
    this.#called = new CalledNumbers(options.capacity, this.#windowsMs.length, options.seed);
    this.#keys = options.keys;
    this.#calls = new RecentCalls(options.capacity, this.#wheel, this.#called, this.#keys, this.#cutoffs);
  }

  /** The newest time that it was told of, in milliseconds. */
  get now(): number {
    return this.#now;
  }

  /** Live pairs (B, A), up to the capacity. */
  get livePairs(): number {
    return this.#pairs.live;
  }

  /** How many live pairs had to go because the table was full. */
  get evictions(): number {
    return this.#evictions;
  }

  /** When the last of them went; -Infinity if none ever did. Counts may be too low for a window's length after it. */
  get lastEvictionMs(): number {
    return this.#lastEvictionMs;
  }

  /** How often calls had to go from the count of calls because their log was full; distinct callers are not touched. */
  get callOverflows(): number {
    return this.#calls.overflows;
  }

  /**
   * Records that A called B at `timeMs`, as this sidecar saw it. A time ahead of the clock moves the clock.
   * @param sourceKey key of the source address.
   */
  observe(bKey: number, aKey: number, sourceKey: number, timeMs: number): void {
    this.advance(timeMs);
    const called = this.#recordPair(bKey, aKey, timeMs);
    if (called !== 0) this.#calls.record(called, sourceKey, timeMs);
  }

  /**
   * Records that A called B at `timeMs`, as another sidecar saw it. Commutative, associative and idempotent: the newest
   * time of a pair wins, in whatever order and however often news comes. Does not move the clock.
   * @param timeMs at most AHEAD_MS_MAX ahead of the clock.
   */
  merge(bKey: number, aKey: number, timeMs: number): void {
    this.#recordPair(bKey, aKey, timeMs);
  }

  /** Moves the clock to `nowMs`, if that is ahead, and forgets what has left the windows. */
  advance(nowMs: number): void {
    if (nowMs <= this.#now) return;
    this.#now = nowMs;
    // Shortest first, so that a pair has left every other count when the horizon forgets it.
    for (let window = this.#windowsMs.length - 1; window > 0; window--) this.#leave(window);
    this.#forget();
  }

  /** How many distinct A called B at `timeMs - windowMs` or later. */
  distinct(bKey: number, timeMs: number, windowMs: number): number {
    this.advance(timeMs);
    const called = this.#called.find(bKey);
    if (called === 0) return 0;
    const window = this.#windowsMs.indexOf(windowMs);
    if (window >= 0 && timeMs === this.#now) return this.#called.distinctOf(called, window);
    let distinct = 0;
    for (let pair = this.#called.firstCallerOf(called); pair !== 0; pair = this.#pairs.nextCaller(pair)) {
      if (this.#pairs.timeOf(pair) >= timeMs - windowMs) distinct++;
    }
    return distinct;
  }

  /** How many calls to B this sidecar saw at `timeMs - windowMs` or later. A lower bound after evictions. */
  callCount(bKey: number, timeMs: number, windowMs: number): number {
    this.advance(timeMs);
    const called = this.#called.find(bKey);
    if (called === 0) return 0;
    const window = this.#windowsMs.indexOf(windowMs);
    if (window >= 0 && timeMs === this.#now) return this.#called.callsOf(called, window);
    return this.#calls.sourcesOf(called, timeMs - windowMs).length;
  }

  /** The keys of the A-numbers that called B at `timeMs - windowMs` or later. O(callers of B). */
  callersOf(bKey: number, timeMs: number, windowMs: number): number[] {
    const callers: number[] = [];
    const called = this.#called.find(bKey);
    let pair = called === 0 ? 0 : this.#called.firstCallerOf(called);
    for (; pair !== 0; pair = this.#pairs.nextCaller(pair)) {
      if (this.#pairs.timeOf(pair) >= timeMs - windowMs) callers.push(this.#pairs.aKeyOf(pair));
    }
    return callers;
  }

  /** How many distinct source addresses called B at `timeMs - windowMs` or later. O(calls to B). */
  distinctSources(bKey: number, timeMs: number, windowMs: number): number {
    const called = this.#called.find(bKey);
    if (called === 0) return 0;
    return new Set(this.#calls.sourcesOf(called, timeMs - windowMs)).size;
  }

  /** @returns the slot of B, or 0 for news that is past the horizon or older than all that a full table holds. */
  #recordPair(bKey: number, aKey: number, timeMs: number): number {
    if (timeMs < this.#cutoffs[0]) return 0;
    const chain = this.#pairs.chainOf(bKey, aKey);
    const first = this.#pairs.firstInChain(chain);
    let called = this.#called.find(bKey);
    const known = called === 0 ? 0 : this.#pairs.find(first, called, aKey);
    if (known !== 0) {
      this.#refresh(known, called, timeMs);
      return called;
    }
    if (this.#pairs.isFull) {
      if (!this.#makeRoom(timeMs)) return 0;
      called = this.#called.find(bKey);
    }
    if (called === 0) called = this.#addCalled(bKey);
    this.#addPair(chain, called, aKey, timeMs);
    return called;
  }

  #refresh(pair: number, called: number, timeMs: number): void {
    const before = this.#pairs.timeOf(pair);
    if (timeMs <= before) return;
    for (let window = 1; window < this.#cutoffs.length; window++) {
      const cutoff = this.#cutoffs[window];
      if (before < cutoff && timeMs >= cutoff) this.#called.addDistinct(called, window, 1);
    }
    this.#pairs.refresh(pair, this.#wheel.placeOf(before), timeMs, this.#wheel.placeOf(timeMs));
    if (timeMs > this.#newest) this.#newest = timeMs;
  }

  #addCalled(bKey: number): number {
    this.#keys.retain(bKey);
    return this.#called.add(bKey);
  }

  #addPair(chain: number, called: number, aKey: number, timeMs: number): void {
    this.#keys.retain(aKey);
    const place = this.#wheel.placeOf(timeMs);
    this.#called.setFirstCaller(
      called,
      this.#pairs.add(chain, called, aKey, timeMs, place, this.#called.firstCallerOf(called)),
    );
    for (let window = 0; window < this.#cutoffs.length; window++) {
      if (timeMs >= this.#cutoffs[window]) this.#called.addDistinct(called, window, 1);
    }
    if (timeMs > this.#newest) this.#newest = timeMs;
    if (timeMs < this.#oldest) this.#oldest = timeMs;
  }

  #removePair(pair: number, timeMs: number): void {
    const called = this.#pairs.calledOf(pair);
    const aKey = this.#pairs.aKeyOf(pair);
    const firstCaller = this.#called.firstCallerOf(called);
    const chain = this.#pairs.chainOf(this.#called.bKeyOf(called), aKey);
    const place = this.#wheel.placeOf(timeMs);
    this.#called.setFirstCaller(called, this.#pairs.remove(chain, pair, place, firstCaller));
    for (let window = 0; window < this.#cutoffs.length; window++) {
      if (timeMs >= this.#cutoffs[window]) this.#called.addDistinct(called, window, -1);
    }
    this.#keys.release(aKey);
    if (this.#called.distinctOf(called, 0) > 0) return;
    this.#keys.release(this.#called.bKeyOf(called));
    this.#called.remove(called);
  }

  /** Moves one window's cutoff to where the clock puts it: what falls behind leaves that window's counts. */
  #leave(window: number): void {
    const cutoff = this.#now - this.#windowsMs[window];
    const end = Math.min(cutoff, this.#newest + 1);
    for (let ms = Math.max(this.#cutoffs[window], this.#oldest); ms < end; ms++) {
      const place = this.#wheel.placeOf(ms);
      for (let pair = this.#pairs.firstInMs(place); pair !== 0; pair = this.#pairs.nextInMs(pair)) {
        this.#called.addDistinct(this.#pairs.calledOf(pair), window, -1);
      }
    }
    this.#calls.leave(window, cutoff);
    this.#cutoffs[window] = cutoff;
  }

  /** Moves the horizon: what falls behind is gone. */
  #forget(): void {
    const cutoff = this.#now - this.#windowsMs[0];
    const end = Math.min(cutoff, this.#newest + 1);
    for (let ms = this.#oldest; ms < end; ms++) this.#forgetMs(ms);
    this.#calls.dropBefore(cutoff);
    if (this.#oldest < cutoff) this.#oldest = this.#pairs.live === 0 ? Number.POSITIVE_INFINITY : cutoff;
    this.#cutoffs[0] = cutoff;
  }

  /** Calls go before pairs: a B-number goes with its last caller, and then has no calls left. */
  #forgetMs(timeMs: number): void {
    const place = this.#wheel.placeOf(timeMs);
    this.#fetchPairsOf(place);
    this.#calls.dropBefore(timeMs + 1);
    for (let pair = this.#pairs.firstInMs(place); pair !== 0; pair = this.#pairs.firstInMs(place)) {
      this.#removePair(pair, timeMs);
    }
  }

  /**
   * Reads what the removal of a millisecond's pairs is about to change, and nothing else: in a loop this small the
   * processor waits for many cache misses at once instead of for one after the other.
   */
  #fetchPairsOf(place: number): void {
    for (let pair = this.#pairs.firstInMs(place); pair !== 0; pair = this.#pairs.nextInMs(pair)) {
      const bKey = this.#called.bKeyOf(this.#pairs.calledOf(pair));
      this.#fetched ^= this.#pairs.fetch(this.#pairs.chainOf(bKey, this.#pairs.aKeyOf(pair)), pair);
    }
  }

  /** Makes room for a pair of `timeMs` by evicting the oldest. False if that pair itself would be the oldest. */
  #makeRoom(timeMs: number): boolean {
    this.#evictions++;
    this.#lastEvictionMs = this.#now;
    while (this.#pairs.firstInMs(this.#wheel.placeOf(this.#oldest)) === 0) this.#oldest++;
    if (timeMs < this.#oldest) return false;
    // No call of an evicted pair is newer than it, so a B-number that loses its last caller has no calls left either.
    this.#calls.dropBefore(this.#oldest + 1);
    this.#removePair(this.#pairs.firstInMs(this.#wheel.placeOf(this.#oldest)), this.#oldest);
    return true;
  }
}
