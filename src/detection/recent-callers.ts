/** The pairs (B, A) within the horizon, by the millisecond of their newest time, counted for each B-number and window. */
import type { CountedWindow } from './counted-window.js';
import type { RecentCalls } from './recent-calls.js';
import type { WindowStores } from './window-stores.js';

export class RecentCallers {
  readonly #stores: WindowStores;
  readonly #calls: RecentCalls;
  /** What was older has been forgotten, and news of it is refused. */
  #horizon = Number.NEGATIVE_INFINITY;
  /** No live pair is older, none is newer. */
  #oldest = Number.POSITIVE_INFINITY;
  #newest = Number.NEGATIVE_INFINITY;
  #evictions = 0;
  #lastEvictionMs = Number.NEGATIVE_INFINITY;
  /** Keeps the reads of #fetchPairsOf from being optimised away. */
  #fetched = 0;

  /** @param calls go before the pairs that they belong to. */
  constructor(stores: WindowStores, calls: RecentCalls) {
    this.#stores = stores;
    this.#calls = calls;
  }

  /** Every pair whose newest time is not older is live, but for evictions. */
  get horizon(): number {
    return this.#horizon;
  }

  /** No live pair is older. */
  get oldest(): number {
    return this.#oldest;
  }

  /** No live pair is newer. */
  get newest(): number {
    return this.#newest;
  }

  get evictions(): number {
    return this.#evictions;
  }

  get lastEvictionMs(): number {
    return this.#lastEvictionMs;
  }

  /**
   * Records that A called B at `timeMs`.
   * @param nowMs the clock, to say when there was an eviction.
   * @returns the slot of the pair, or 0 for news that is past the horizon or older than all that a full table holds.
   */
  record(bKey: number, aKey: number, timeMs: number, nowMs: number): number {
    if (timeMs < this.#horizon) return 0;
    const { called: numbers, pairs } = this.#stores;
    const chain = pairs.chainOf(bKey, aKey);
    const first = pairs.firstInChain(chain);
    let called = numbers.find(bKey);
    const known = called === 0 ? 0 : pairs.find(first, called, aKey);
    if (known !== 0) {
      this.#refresh(known, called, timeMs);
      return known;
    }
    if (pairs.isFull) {
      if (!this.#makeRoom(timeMs, nowMs)) return 0;
      called = numbers.find(bKey);
    }
    if (called === 0) called = this.#addCalled(bKey);
    return this.#addPair(chain, called, aKey, timeMs);
  }

  /** When A last called B; -Infinity for a pair that is not live. */
  lastCallOf(bKey: number, aKey: number): number {
    const { called: numbers, pairs } = this.#stores;
    const called = numbers.find(bKey);
    const pair = called === 0 ? 0 : pairs.find(pairs.firstInChain(pairs.chainOf(bKey, aKey)), called, aKey);
    return pair === 0 ? Number.NEGATIVE_INFINITY : pairs.timeOf(pair);
  }

  /** Counts the pairs of one more millisecond in. Returns how many. */
  enter(window: CountedWindow, timeMs: number): number {
    return this.#count(window, timeMs, 1);
  }

  /** Takes what is older than `cutoff`, the coming cutoff of a window, out of that window's counts. */
  leave(window: CountedWindow, cutoff: number): void {
    const end = Math.min(cutoff, this.#newest + 1);
    for (let ms = Math.max(window.cutoff, this.#oldest); ms < end; ms++) this.#count(window, ms, -1);
  }

  /** Moves the horizon forward to `timeMs`: what is older is gone, the calls included. */
  forgetBefore(timeMs: number): void {
    const end = Math.min(timeMs, this.#newest + 1);
    for (let ms = this.#oldest; ms < end; ms++) this.#forgetMs(ms);
    this.#calls.dropBefore(timeMs);
    if (this.#oldest < timeMs)
      this.#oldest = this.#stores.pairs.live === 0 ? Number.POSITIVE_INFINITY : timeMs;
    this.#horizon = timeMs;
  }

  #refresh(pair: number, called: number, timeMs: number): void {
    const { counted, pairs, wheel } = this.#stores;
    const before = pairs.timeOf(pair);
    if (timeMs <= before) return;
    for (let i = 0; i < counted.length; i++) {
      const cutoff = counted[i].cutoff;
      if (before < cutoff && timeMs >= cutoff) counted[i].addDistinct(called, 1);
    }
    pairs.refresh(pair, wheel.placeOf(before), timeMs, wheel.placeOf(timeMs));
    if (timeMs > this.#newest) this.#newest = timeMs;
  }

  #addCalled(bKey: number): number {
    this.#stores.keys.retain(bKey);
    return this.#stores.called.add(bKey);
  }

  #addPair(chain: number, called: number, aKey: number, timeMs: number): number {
    const { called: numbers, counted, keys, pairs, wheel } = this.#stores;
    keys.retain(aKey);
    const place = wheel.placeOf(timeMs);
    const pair = pairs.add(chain, called, aKey, timeMs, place, numbers.firstCallerOf(called));
    numbers.setFirstCaller(called, pair);
    numbers.addCallers(called, 1);
    for (let i = 0; i < counted.length; i++) {
      if (timeMs >= counted[i].cutoff) counted[i].addDistinct(called, 1);
    }
    if (timeMs > this.#newest) this.#newest = timeMs;
    if (timeMs < this.#oldest) this.#oldest = timeMs;
    return pair;
  }

  #removePair(pair: number, timeMs: number): void {
    const { called: numbers, counted, keys, pairs, wheel } = this.#stores;
    const called = pairs.calledOf(pair);
    const aKey = pairs.aKeyOf(pair);
    const firstCaller = numbers.firstCallerOf(called);
    const chain = pairs.chainOf(numbers.bKeyOf(called), aKey);
    numbers.setFirstCaller(called, pairs.remove(chain, pair, wheel.placeOf(timeMs), firstCaller));
    numbers.addCallers(called, -1);
    for (let i = 0; i < counted.length; i++) {
      if (timeMs >= counted[i].cutoff) counted[i].addDistinct(called, -1);
    }
    keys.release(aKey);
    if (numbers.callersOf(called) > 0) return;
    keys.release(numbers.bKeyOf(called));
    numbers.remove(called);
  }

  #count(window: CountedWindow, timeMs: number, change: 1 | -1): number {
    const { pairs, wheel } = this.#stores;
    let count = 0;
    for (let pair = pairs.firstInMs(wheel.placeOf(timeMs)); pair !== 0; pair = pairs.nextInMs(pair)) {
      window.addDistinct(pairs.calledOf(pair), change);
      count++;
    }
    return count;
  }

  /** Calls go before pairs: they lead to their pair, and a B-number goes with its last one. */
  #forgetMs(timeMs: number): void {
    const { pairs, wheel } = this.#stores;
    const place = wheel.placeOf(timeMs);
    this.#fetchPairsOf(place);
    this.#calls.dropBefore(timeMs + 1);
    for (let pair = pairs.firstInMs(place); pair !== 0; pair = pairs.firstInMs(place)) {
      this.#removePair(pair, timeMs);
    }
  }

  /**
   * Reads what the removal of a millisecond's pairs is about to change, and nothing else: in a loop this small the
   * processor waits for many cache misses at once instead of for one after the other.
   */
  #fetchPairsOf(place: number): void {
    const { called: numbers, pairs } = this.#stores;
    for (let pair = pairs.firstInMs(place); pair !== 0; pair = pairs.nextInMs(pair)) {
      const bKey = numbers.bKeyOf(pairs.calledOf(pair));
      this.#fetched ^= pairs.fetch(pairs.chainOf(bKey, pairs.aKeyOf(pair)), pair);
    }
  }

  /** Makes room for a pair of `timeMs` by evicting the oldest. False if that pair itself would be the oldest. */
  #makeRoom(timeMs: number, nowMs: number): boolean {
    const { pairs, wheel } = this.#stores;
    this.#evictions++;
    this.#lastEvictionMs = nowMs;
    while (pairs.firstInMs(wheel.placeOf(this.#oldest)) === 0) this.#oldest++;
    if (timeMs < this.#oldest) return false;
    // No call is newer than its pair: those of the evicted one are among those that go.
    this.#calls.dropBefore(this.#oldest + 1);
    this.#removePair(pairs.firstInMs(wheel.placeOf(this.#oldest)), this.#oldest);
    return true;
  }
}
