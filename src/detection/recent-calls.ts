/** The calls that this sidecar saw within the horizon, counted for each B-number and window. */
import { CallLog } from './call-log.js';
import type { CountedWindow } from './counted-window.js';
import type { WindowStores } from './window-stores.js';

/** A call attempt as evidence. */
export interface RecentCall {
  readonly timeMs: number;
  readonly aKey: number;
  /** Key of the source address. */
  readonly sourceKey: number;
  /** Latin-1, '?' for any other character; '' when the call had none or it is no longer kept. */
  readonly callId: string;
}

/** Is shown one call. */
export type VisitCall = (bKey: number, aKey: number, timeMs: number) => void;

export class RecentCalls {
  readonly #log: CallLog;
  readonly #stores: WindowStores;
  /** No live call is older, none is newer. */
  #oldest = Number.POSITIVE_INFINITY;
  #newest = Number.NEGATIVE_INFINITY;
  #overflows = 0;

  /** @param capacity most calls that can be live. */
  constructor(capacity: number, stores: WindowStores) {
    this.#log = new CallLog(capacity, stores.wheel);
    this.#stores = stores;
  }

  get live(): number {
    return this.#log.live;
  }

  /** No live call is older. */
  get oldest(): number {
    return this.#oldest;
  }

  /** How often the oldest calls had to go for want of room. */
  get overflows(): number {
    return this.#overflows;
  }

  record(pair: number, sourceKey: number, timeMs: number, callId: string): void {
    if (this.#log.isFull) this.#dropOldest();
    const { called: numbers, counted, keys, pairs } = this.#stores;
    keys.retain(sourceKey);
    const called = pairs.calledOf(pair);
    const newest = numbers.newestCallOf(called);
    numbers.setNewestCall(
      called,
      this.#log.add(pair, sourceKey, timeMs, callId, newest, numbers.callsOf(called)),
    );
    numbers.addCalls(called, 1);
    for (let i = 0; i < counted.length; i++) {
      if (timeMs >= counted[i].cutoff) counted[i].addCalls(called, 1);
    }
    if (timeMs < this.#oldest) this.#oldest = timeMs;
    if (timeMs > this.#newest) this.#newest = timeMs;
  }

  /** Counts the calls of one more millisecond in. Returns how many. */
  enter(window: CountedWindow, timeMs: number): number {
    return this.#count(window, timeMs, 1);
  }

  /** Takes what is older than `cutoff`, the coming cutoff of a window, out of that window's counts. */
  leave(window: CountedWindow, cutoff: number): void {
    const end = Math.min(cutoff, this.#newest + 1);
    for (let ms = Math.max(window.cutoff, this.#oldest); ms < end; ms++) this.#count(window, ms, -1);
  }

  /** Drops every call older than `timeMs`. */
  dropBefore(timeMs: number): void {
    const end = Math.min(timeMs, this.#newest + 1);
    for (let ms = this.#oldest; ms < end; ms++) this.#dropAllOf(ms);
    if (this.#oldest < timeMs) this.#oldest = this.#log.live === 0 ? Number.POSITIVE_INFINITY : timeMs;
  }

  /** How many calls to B there were at `sinceMs` or later. */
  countSince(called: number, sinceMs: number): number {
    const live = this.#stores.called.callsOf(called);
    let count = 0;
    let call = this.#stores.called.newestCallOf(called);
    while (count < live && this.#log.timeOf(call) >= sinceMs) {
      count++;
      call = this.#log.olderOf(call);
    }
    return count;
  }

  /** The source keys of the calls to B at `sinceMs` or later, one for each call, newest first. */
  sourcesSince(called: number, sinceMs: number): number[] {
    const sources: number[] = [];
    let call = this.#stores.called.newestCallOf(called);
    for (let left = this.countSince(called, sinceMs); left > 0; left--) {
      sources.push(this.#log.sourceOf(call));
      call = this.#log.olderOf(call);
    }
    return sources;
  }

  /** The newest `limit` calls to B from `sinceMs` to `untilMs`, both included, oldest first. */
  between(called: number, sinceMs: number, untilMs: number, limit: number): RecentCall[] {
    const log = this.#log;
    const calls: RecentCall[] = [];
    let call = this.#stores.called.newestCallOf(called);
    let left = this.#stores.called.callsOf(called);
    for (; left > 0 && calls.length < limit && log.timeOf(call) >= sinceMs; left--) {
      if (log.timeOf(call) <= untilMs) calls.push(this.#callAt(call));
      call = log.olderOf(call);
    }
    return calls.reverse();
  }

  /** Visits the calls of a time span, both ends included, by millisecond. */
  visit(sinceMs: number, untilMs: number, visit: VisitCall): void {
    const { called: numbers, pairs } = this.#stores;
    const end = Math.min(untilMs, this.#newest);
    for (let ms = Math.max(sinceMs, this.#oldest); ms <= end; ms++) {
      for (let call = this.#log.firstInMs(ms); call !== 0; call = this.#log.nextInMs(call)) {
        const pair = this.#log.pairOf(call);
        visit(numbers.bKeyOf(pairs.calledOf(pair)), pairs.aKeyOf(pair), ms);
      }
    }
  }

  #callAt(call: number): RecentCall {
    const log = this.#log;
    return {
      timeMs: log.timeOf(call),
      aKey: this.#stores.pairs.aKeyOf(log.pairOf(call)),
      sourceKey: log.sourceOf(call),
      callId: log.callIdOf(call),
    };
  }

  #count(window: CountedWindow, timeMs: number, change: 1 | -1): number {
    const { pairs } = this.#stores;
    let calls = 0;
    for (let call = this.#log.firstInMs(timeMs); call !== 0; call = this.#log.nextInMs(call)) {
      window.addCalls(pairs.calledOf(this.#log.pairOf(call)), change);
      calls++;
    }
    return calls;
  }

  #dropAllOf(timeMs: number): void {
    const { called: numbers, counted, keys, pairs } = this.#stores;
    for (let call = this.#log.firstInMs(timeMs); call !== 0; call = this.#log.firstInMs(timeMs)) {
      const called = pairs.calledOf(this.#log.pairOf(call));
      numbers.addCalls(called, -1);
      for (let i = 0; i < counted.length; i++) {
        if (timeMs >= counted[i].cutoff) counted[i].addCalls(called, -1);
      }
      keys.release(this.#log.sourceOf(call));
      this.#log.removeFirstInMs(timeMs);
    }
  }

  /** Makes room by dropping the oldest millisecond that has calls. */
  #dropOldest(): void {
    this.#overflows++;
    while (this.#log.firstInMs(this.#oldest) === 0) this.#oldest++;
    this.dropBefore(this.#oldest + 1);
  }
}
