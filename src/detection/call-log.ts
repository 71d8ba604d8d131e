/**
 * The call attempts that this sidecar saw within the longest window: for the number of calls and the source addresses
 * of a B-number, and as evidence. 32 bytes each, the calls of one B chained from the newest to the oldest.
 *
 *     float64 0  time, ms              int32 2  slot of the pair    int32 4  next older call of B
 *     float64 3  place of its Call-ID  int32 3  source key          int32 5  next in the same millisecond
 */
import { CallIdRing, ringBytesFor } from './call-id-ring.js';
import type { TimeWheel } from './time-wheel.js';

const FLOATS = 4;
const WORDS = 8;
const CALL_ID = 3;
const PAIR = 2;
const SOURCE = 3;
const OLDER = 4;
const NEXT_IN_MS = 5;

export class CallLog {
  readonly #floats: Float64Array;
  readonly #words: Int32Array;
  readonly #firstInMs: Int32Array;
  readonly #wheel: TimeWheel;
  readonly #callIds: CallIdRing;
  #firstFree = 0;
  #neverUsed = 1;
  #live = 0;
  #newestMs = Number.NEGATIVE_INFINITY;

  /** @param capacity most calls that can be live. */
  constructor(
    readonly capacity: number,
    wheel: TimeWheel,
  ) {
    const block = new ArrayBuffer((capacity + 1) * FLOATS * 8);
    this.#floats = new Float64Array(block);
    this.#words = new Int32Array(block);
    this.#firstInMs = new Int32Array(wheel.size);
    this.#wheel = wheel;
    this.#callIds = new CallIdRing(ringBytesFor(capacity));
  }

  get live(): number {
    return this.#live;
  }

  get isFull(): boolean {
    return this.#live === this.capacity;
  }

  timeOf(call: number): number {
    return this.#floats[call * FLOATS];
  }

  pairOf(call: number): number {
    return this.#words[call * WORDS + PAIR];
  }

  sourceOf(call: number): number {
    return this.#words[call * WORDS + SOURCE];
  }

  /** '' for a call that had none, or whose Call-ID is no longer kept. */
  callIdOf(call: number): string {
    return this.#callIds.read(this.#floats[call * FLOATS + CALL_ID]);
  }

  /** The next older call of the same B. Follow it only as often as B has live calls. */
  olderOf(call: number): number {
    return this.#words[call * WORDS + OLDER];
  }

  /** One of the calls of a millisecond, or 0. */
  firstInMs(timeMs: number): number {
    return this.#firstInMs[this.#wheel.placeOf(timeMs)];
  }

  /** The next call of the same millisecond, or 0. */
  nextInMs(call: number): number {
    return this.#words[call * WORDS + NEXT_IN_MS];
  }

  /**
   * Adds a call; the log must not be full.
   * @param newest the newest call of B so far, or 0.
   * @param liveOfB how many live calls B has.
   * @returns the newest call of B now.
   */
  add(
    pair: number,
    sourceKey: number,
    timeMs: number,
    callId: string,
    newest: number,
    liveOfB: number,
  ): number {
    const words = this.#words;
    const call = this.#takeFree();
    const word = call * WORDS;
    const place = this.#wheel.placeOf(timeMs);
    this.#floats[call * FLOATS] = timeMs;
    this.#floats[call * FLOATS + CALL_ID] = this.#callIds.write(callId);
    words[word + PAIR] = pair;
    words[word + SOURCE] = sourceKey;
    words[word + NEXT_IN_MS] = this.#firstInMs[place];
    this.#firstInMs[place] = call;
    // A live call is the newest of all: no need to look at the others of its B, which are rarely in the cache.
    const newer = timeMs >= this.#newestMs ? 0 : this.#newerThan(timeMs, newest, liveOfB);
    if (timeMs > this.#newestMs) this.#newestMs = timeMs;
    words[word + OLDER] = newer === 0 ? newest : words[newer * WORDS + OLDER];
    if (newer === 0) return call;
    words[newer * WORDS + OLDER] = call;
    return newest;
  }

  /** Takes the first call of a millisecond out. Calls of one B must go from the oldest on. */
  removeFirstInMs(timeMs: number): void {
    const place = this.#wheel.placeOf(timeMs);
    const call = this.#firstInMs[place];
    this.#firstInMs[place] = this.#words[call * WORDS + NEXT_IN_MS];
    this.#words[call * WORDS + NEXT_IN_MS] = this.#firstFree;
    this.#firstFree = call;
    this.#live--;
  }

  /** The oldest of B's calls that is newer than `timeMs`, or 0: where a late call has to be put in. */
  #newerThan(timeMs: number, newest: number, liveOfB: number): number {
    let newer = 0;
    let call = newest;
    for (let left = liveOfB; left > 0 && this.timeOf(call) > timeMs; left--) {
      newer = call;
      call = this.olderOf(call);
    }
    return newer;
  }

  #takeFree(): number {
    this.#live++;
    const call = this.#firstFree;
    if (call === 0) return this.#neverUsed++;
    this.#firstFree = this.#words[call * WORDS + NEXT_IN_MS];
    return call;
  }
}
