/**
 * The exact sliding window: for each pair (B, A) the newest time at which A called B, and from it
 * `distinct(B, t)` = how many A have `last(B, A) >= t - W`.
 *
 * Every pair hangs in the millisecond of its newest time (TimeWheel). What falls behind the horizon, which follows the
 * clock at the longest window's length, is forgotten: so what is live answers for that length. For each shorter length
 * there is a cutoff that follows the clock (CountedWindow); a pair that falls behind it leaves that window's count of
 * its B. Each pair passes each cutoff once, so recording, counting and expiry are O(1) per call, whatever order the news
 * comes in and however many callers a B has.
 *
 * Counts are exact for every time whose window begins at or after the horizon. What is not counted is found by walking
 * the callers of B: for a time before the clock (replay), for a length that is not in force or that came into force a
 * moment ago, and for the fifth shorter length and those after it.
 */
import { CalledNumbers } from './called-numbers.js';
import { CallerPairs } from './caller-pairs.js';
import { CountedWindow } from './counted-window.js';
import type { NumberKeys } from './number-keys.js';
import { RecentCallers } from './recent-callers.js';
import { type RecentCall, RecentCalls, type VisitCall } from './recent-calls.js';
import { TimeWheel } from './time-wheel.js';

/** How far ahead of the clock news from elsewhere may be; the caller clamps what is further ahead. */
export const AHEAD_MS_MAX = 5_000;

/** Longest window length; the wheel has room for it, so that a length can come into force at any time. */
const WINDOW_MS_MAX = 300_000;
/** Most lengths that are counted besides the longest: each takes 8 bytes for a B-number, and time for each call. */
const COUNTED_MAX = 4;
/** Steps of #backfill that a record takes; a millisecond takes one. A record is a cache miss, its place is not. */
const STEPS_PER_RECORD = 16;

export interface CallerWindowOptions {
  /** Most live pairs, and most live calls; 1 or more. */
  readonly capacity: number;
  /** Window lengths in force at first; see `useWindows`. */
  readonly windowsMs: readonly number[];
  /** Holds the keys for as long as they are live here. */
  readonly keys: NumberKeys;
  /** Any 32-bit number that outsiders cannot guess. */
  readonly seed: number;
}

export class CallerWindow {
  readonly #capacity: number;
  readonly #pairs: CallerPairs;
  readonly #called: CalledNumbers;
  readonly #calls: RecentCalls;
  readonly #callers: RecentCallers;
  readonly #counted: CountedWindow[] = [];
  #now = Number.NEGATIVE_INFINITY;
  /** How far the horizon is behind the clock, and how far it is to be: longer for a while after the lengths shrank. */
  #horizonMs = 0;
  #longestMs = 0;

  constructor(options: CallerWindowOptions) {
    const { capacity, keys, seed } = options;
    const wheel = new TimeWheel(WINDOW_MS_MAX + AHEAD_MS_MAX);
    this.#capacity = capacity;
    this.#pairs = new CallerPairs(capacity, wheel.size, seed);
    this.#called = new CalledNumbers(capacity, seed);
    const stores = { pairs: this.#pairs, called: this.#called, counted: this.#counted, keys, wheel };
    this.#calls = new RecentCalls(capacity, stores);
    this.#callers = new RecentCallers(stores, this.#calls);
    this.useWindows(options.windowsMs);
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
    return this.#callers.evictions;
  }

  /** When the last of them went; -Infinity if none ever did. Counts may be too low for a window's length after it. */
  get lastEvictionMs(): number {
    return this.#callers.lastEvictionMs;
  }

  /** How often calls had to go from the count of calls because their log was full; distinct callers are not touched. */
  get callOverflows(): number {
    return this.#calls.overflows;
  }

  /**
   * Records that A called B at `timeMs`, as this sidecar saw it. A time ahead of the clock moves the clock.
   * @param sourceKey key of the source address.
   * @param callId kept as evidence, at most 512 UTF-16 units of it; '' for none.
   */
  observe(bKey: number, aKey: number, sourceKey: number, timeMs: number, callId: string): void {
    this.advance(timeMs);
    const pair = this.#callers.record(bKey, aKey, timeMs, this.#now);
    if (pair !== 0) this.#calls.record(pair, sourceKey, timeMs, callId);
  }

  /**
   * Records that A called B at `timeMs`, as another sidecar saw it. Commutative, associative and idempotent: the newest
   * time of a pair wins, in whatever order and however often news comes. Does not move the clock.
   * @param timeMs at most AHEAD_MS_MAX ahead of the clock.
   * @returns whether that was news: false if a call as late was known, and for what the window does not take.
   */
  merge(bKey: number, aKey: number, timeMs: number): boolean {
    if (this.#callers.lastCallOf(bKey, aKey) >= timeMs) return false;
    return this.#callers.record(bKey, aKey, timeMs, this.#now) !== 0;
  }

  /** Moves the clock to `nowMs`, if that is ahead, and forgets what has left the windows. */
  advance(nowMs: number): void {
    if (nowMs <= this.#now) return;
    this.#now = nowMs;
    for (const window of this.#counted) {
      const cutoff = nowMs - window.windowMs;
      if (cutoff > window.cutoff) this.#leave(window, cutoff);
    }
    this.#moveHorizon(nowMs - this.#horizonMs);
  }

  /** How many distinct A called B at `timeMs - windowMs` or later. */
  distinct(bKey: number, timeMs: number, windowMs: number): number {
    this.advance(timeMs);
    const called = this.#called.find(bKey);
    if (called === 0) return 0;
    const sinceMs = timeMs - windowMs;
    if (sinceMs <= this.#callers.horizon) return this.#called.callersOf(called);
    const counted = this.#countedSince(sinceMs);
    if (counted !== undefined) return counted.distinctOf(called);
    let distinct = 0;
    for (let pair = this.#called.firstCallerOf(called); pair !== 0; pair = this.#pairs.nextCaller(pair)) {
      if (this.#pairs.timeOf(pair) >= sinceMs) distinct++;
    }
    return distinct;
  }

  /** How many calls to B this sidecar saw at `timeMs - windowMs` or later. A lower bound after evictions. */
  callCount(bKey: number, timeMs: number, windowMs: number): number {
    this.advance(timeMs);
    const called = this.#called.find(bKey);
    if (called === 0) return 0;
    const sinceMs = timeMs - windowMs;
    if (sinceMs <= this.#callers.horizon) return this.#called.callsOf(called);
    return this.#countedSince(sinceMs)?.callsOf(called) ?? this.#calls.countSince(called, sinceMs);
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
    return new Set(this.#calls.sourcesSince(called, timeMs - windowMs)).size;
  }

  /**
   * The calls to B that this sidecar saw from `sinceMs` to `untilMs`, both included, and still holds, oldest first.
   * O(calls to B) in time.
   * @param limit the newest so many of them.
   */
  callsBetween(
    bKey: number,
    sinceMs: number,
    untilMs: number,
    limit = Number.POSITIVE_INFINITY,
  ): RecentCall[] {
    const called = this.#called.find(bKey);
    return called === 0 ? [] : this.#calls.between(called, sinceMs, untilMs, limit);
  }

  /** Shows the calls that this sidecar itself saw within a time span, both ends included, the oldest first. */
  visitOwnCalls(sinceMs: number, untilMs: number, visit: VisitCall): void {
    this.#calls.visit(sinceMs, untilMs, visit);
  }

  /** The longest window length in force, in milliseconds. */
  get longestMs(): number {
    return this.#longestMs;
  }

  /**
   * Changes the window lengths in force. The longest sets how long calls are kept from now on; what has been forgotten
   * already does not come back. Counts stay exact at once, and are fast again when `backfill` is through.
   * @param windowsMs in milliseconds, 1 to 300,000; at least one. The longest and the first four others are counted in
   *     O(1), any further one by walking.
   */
  useWindows(windowsMs: readonly number[]): void {
    const outside = windowsMs.find((windowMs) => !(windowMs >= 1 && windowMs <= WINDOW_MS_MAX));
    if (windowsMs.length === 0 || outside !== undefined) {
      throw new RangeError(`window lengths ${windowsMs.join(', ')}: want 1 to ${WINDOW_MS_MAX} ms`);
    }
    this.#longestMs = Math.max(...windowsMs);
    this.#horizonMs = Math.max(this.#horizonMs, this.#longestMs);
    const lengths = [...new Set(windowsMs)]
      .filter((windowMs) => windowMs < this.#longestMs)
      .slice(0, COUNTED_MAX);
    // What is live answers for the longest only once the rest has been forgotten.
    if (this.#horizonMs > this.#longestMs) lengths.push(this.#longestMs);
    this.#counted.splice(0, this.#counted.length, ...lengths.map((windowMs) => this.#countedBy(windowMs)));
  }

  /**
   * Does a slice of the work that a change of lengths left: counts what a new window holds, forgets what is too old now.
   * @param pairsMax stops after about as many pairs and calls, at the end of a millisecond, or after 16 times as many
   *     empty milliseconds.
   * @returns true when nothing is left to do.
   */
  backfill(pairsMax: number): boolean {
    let steps = pairsMax * STEPS_PER_RECORD;
    for (const window of this.#counted) steps = this.#extend(window, steps);
    return this.#shrinkHorizon(steps) > 0;
  }

  /** Nothing that is live is older. */
  get #oldest(): number {
    return Math.min(this.#callers.oldest, this.#calls.oldest);
  }

  #moveHorizon(timeMs: number): void {
    if (timeMs > this.#callers.horizon) this.#callers.forgetBefore(timeMs);
  }

  #countedBy(windowMs: number): CountedWindow {
    const known = this.#counted.find((window) => window.windowMs === windowMs);
    if (known !== undefined) return known;
    const isEmpty = this.#pairs.live === 0;
    const cutoff = isEmpty ? this.#now - windowMs : Math.max(this.#now, this.#callers.newest) + 1;
    return new CountedWindow(windowMs, cutoff, this.#capacity);
  }

  /** The window that counts exactly what there was since a time; the clock and the backfill both move cutoffs. */
  #countedSince(sinceMs: number): CountedWindow | undefined {
    for (let i = 0; i < this.#counted.length; i++) {
      if (this.#counted[i].cutoff === sinceMs) return this.#counted[i];
    }
    return undefined;
  }

  /** Moves one window's cutoff to where the clock puts it: what falls behind leaves that window's counts. */
  #leave(window: CountedWindow, cutoff: number): void {
    this.#callers.leave(window, cutoff);
    this.#calls.leave(window, cutoff);
    window.cutoff = cutoff;
  }

  /** Moves one window's cutoff back towards where its length puts it. Returns the steps that are left. */
  #extend(window: CountedWindow, steps: number): number {
    const cutoff = this.#now - window.windowMs;
    if (window.cutoff <= cutoff) return steps;
    const end = Math.max(cutoff, this.#oldest);
    let left = steps;
    let ms = Math.min(window.cutoff, this.#callers.newest + 1);
    while (ms > end && left > 0) {
      ms--;
      left -= 1 + STEPS_PER_RECORD * (this.#callers.enter(window, ms) + this.#calls.enter(window, ms));
    }
    window.cutoff = ms > end ? ms : cutoff;
    return left;
  }

  /** Moves the horizon forward towards where the longest length puts it. Returns the steps that are left. */
  #shrinkHorizon(steps: number): number {
    if (this.#horizonMs === this.#longestMs) return steps;
    const goal = this.#now - this.#longestMs;
    let left = steps;
    this.#moveHorizon(Math.min(goal, this.#oldest));
    for (let ms = this.#callers.horizon; ms < goal && left > 0; ms++) {
      const live = this.#pairs.live + this.#calls.live;
      this.#moveHorizon(ms + 1);
      left -= 1 + STEPS_PER_RECORD * (live - this.#pairs.live - this.#calls.live);
    }
    const behindMs = this.#now - this.#callers.horizon;
    this.#horizonMs = behindMs > this.#longestMs ? behindMs : this.#longestMs;
    if (this.#horizonMs === this.#longestMs) this.#dropLongest();
    return left;
  }

  /** What is live answers for the longest length by now. */
  #dropLongest(): void {
    const index = this.#counted.findIndex((window) => window.windowMs === this.#longestMs);
    if (index >= 0) this.#counted.splice(index, 1);
  }
}
