/** The calls that this sidecar saw within the horizon, counted for each B-number and window. */
import { CallLog } from './call-log.js';
import type { CalledNumbers } from './called-numbers.js';
import type { NumberKeys } from './number-keys.js';
import type { TimeWheel } from './time-wheel.js';

export class RecentCalls {
  readonly #log: CallLog;
  readonly #wheel: TimeWheel;
  readonly #called: CalledNumbers;
  readonly #keys: NumberKeys;
  /** For each window, the oldest time that is still inside; the window moves them. */
  readonly #cutoffs: readonly number[];
  /** No live call is older, none is newer. */
  #oldest = Number.POSITIVE_INFINITY;
  #newest = Number.NEGATIVE_INFINITY;
  #overflows = 0;

  constructor(
    capacity: number,
    wheel: TimeWheel,
    called: CalledNumbers,
    keys: NumberKeys,
    cutoffs: readonly number[],
  ) {
    this.#log = new CallLog(capacity, wheel.size);
    this.#wheel = wheel;
    this.#called = called;
    this.#keys = keys;
    this.#cutoffs = cutoffs;
  }

  /** How often the oldest calls had to go for want of room. */
  get overflows(): number {
    return this.#overflows;
  }

  record(called: number, sourceKey: number, timeMs: number): void {
    if (this.#log.isFull) this.#dropOldest();
    this.#keys.retain(sourceKey);
    const newest = this.#called.newestCallOf(called);
    const liveOfB = this.#called.callsOf(called, 0);
    const place = this.#wheel.placeOf(timeMs);
    this.#called.setNewestCall(called, this.#log.add(called, sourceKey, timeMs, place, newest, liveOfB));
    for (let window = 0; window < this.#cutoffs.length; window++) {
      if (timeMs >= this.#cutoffs[window]) this.#called.addCalls(called, window, 1);
    }
    if (timeMs < this.#oldest) this.#oldest = timeMs;
    if (timeMs > this.#newest) this.#newest = timeMs;
  }

  /** Takes what is older than `cutoff`, the coming cutoff of a window, out of that window's counts. */
  leave(window: number, cutoff: number): void {
    const end = Math.min(cutoff, this.#newest + 1);
    for (let ms = Math.max(this.#cutoffs[window], this.#oldest); ms < end; ms++) {
      const place = this.#wheel.placeOf(ms);
      for (let call = this.#log.firstInMs(place); call !== 0; call = this.#log.nextInMs(call)) {
        this.#called.addCalls(this.#log.calledOf(call), window, -1);
      }
    }
  }

  /** Drops every call older than `timeMs`. */
  dropBefore(timeMs: number): void {
    const end = Math.min(timeMs, this.#newest + 1);
    for (let ms = this.#oldest; ms < end; ms++) this.#dropAllOf(ms);
    if (this.#oldest < timeMs) this.#oldest = this.#log.live === 0 ? Number.POSITIVE_INFINITY : timeMs;
  }

  /** The source keys of the calls to B at `sinceMs` or later, one for each call, newest first. */
  sourcesOf(called: number, sinceMs: number): number[] {
    const sources: number[] = [];
    let call = this.#called.newestCallOf(called);
    for (let left = this.#called.callsOf(called, 0); left > 0 && this.#log.timeOf(call) >= sinceMs; left--) {
      sources.push(this.#log.sourceOf(call));
      call = this.#log.olderOf(call);
    }
    return sources;
  }

  #dropAllOf(timeMs: number): void {
    const place = this.#wheel.placeOf(timeMs);
    for (let call = this.#log.firstInMs(place); call !== 0; call = this.#log.firstInMs(place)) {
      const called = this.#log.calledOf(call);
      for (let window = 0; window < this.#cutoffs.length; window++) {
        if (timeMs >= this.#cutoffs[window]) this.#called.addCalls(called, window, -1);
      }
      this.#keys.release(this.#log.sourceOf(call));
      this.#log.removeFirstInMs(place);
    }
  }

  /** Makes room by dropping the oldest millisecond that has calls. */
  #dropOldest(): void {
    this.#overflows++;
    while (this.#log.firstInMs(this.#wheel.placeOf(this.#oldest)) === 0) this.#oldest++;
    this.dropBefore(this.#oldest + 1);
  }
}
