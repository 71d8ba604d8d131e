/**
 * The attempts that were judged lately, so that a repeated one gets the same verdict and is counted once. An attempt is
 * known by its Call-ID and From-tag (as a 64-bit hash) and by A and B (exactly); a hash that two Call-IDs share can
 * therefore only confuse calls of one A to one B, which count as one caller anyway.
 *
 * 72 bytes each in one block of memory, no objects: at 100,000 calls a second 3.2 million attempts are live.
 *
 *     float64 0-2  A's key, B's key, time in ms     int32 10, 11  neighbours in order of time
 *     int32 6, 7   hash of Call-ID and From-tag     int32 12-17   the verdict
 *     int32 8      next in hash chain
 *     int32 9      1 while a call in progress holds it
 */
import { hashKey, tableSizeFor } from '../detection/key-hash.js';
import type { NumberKeys } from '../detection/number-keys.js';

/** Longest time for which an INVITE is still being retransmitted or retried: 64 * T1 (RFC 3261, section 17.1.1.2). */
export const ATTEMPT_MS = 32_000;

const FLOATS = 9;
const WORDS = 18;
const ID_LOW = 6;
const ID_HIGH = 7;
const CHAIN = 8;
const HELD = 9;
const OLDER = 10;
const NEWER = 11;
const VERDICT = 12;

/** What of a verdict is remembered, as 32-bit numbers; check-call.ts packs and unpacks it. */
export interface PackedVerdict {
  /** Decision, reason, severity and degraded causes. */
  judgement: number;
  distinctACount: number;
  callCount: number;
  windowMs: number;
  threshold: number;
  /** Key of the alert id, or 0. */
  alertKey: number;
}

export class AttemptMemory {
  readonly #floats: Float64Array;
  readonly #words: Int32Array;
  readonly #chains: Int32Array;
  readonly #identity = new Int32Array(2);
  #firstFree = 0;
  #neverUsed = 1;
  #live = 0;
  #oldest = 0;
  #newest = 0;
  #overflows = 0;

  /** @param capacity most attempts remembered; beyond it the oldest that no call holds goes. */
  constructor(
    readonly capacity: number,
    private readonly keys: NumberKeys,
    private readonly seed: number,
  ) {
    const block = new ArrayBuffer((capacity + 1) * FLOATS * 8);
    this.#floats = new Float64Array(block);
    this.#words = new Int32Array(block);
    this.#chains = new Int32Array(tableSizeFor(capacity));
  }

  get live(): number {
    return this.#live;
  }

  /** Attempts that were forgotten early, or not remembered at all, for want of room. */
  get overflows(): number {
    return this.#overflows;
  }

  /** The slot of an attempt, or 0. A slot stays valid while the attempt is held, or until the next call of find or remember. */
  find(callId: string, fromTag: string, aKey: number, bKey: number, nowMs: number): number {
    this.#forgetBefore(nowMs - ATTEMPT_MS);
    const words = this.#words;
    let slot = this.#chains[this.#chainOf(callId, fromTag, aKey)];
    const low = this.#identity[0];
    const high = this.#identity[1];
    while (slot !== 0) {
      const word = slot * WORDS;
      const same = words[word + ID_LOW] === low && words[word + ID_HIGH] === high;
      if (same && this.#floats[slot * FLOATS] === aKey && this.#floats[slot * FLOATS + 1] === bKey)
        return slot;
      slot = words[word + CHAIN];
    }
    return 0;
  }

  /** Remembers the verdict on an attempt that `find` does not know. */
  remember(
    callId: string,
    fromTag: string,
    aKey: number,
    bKey: number,
    nowMs: number,
    verdict: PackedVerdict,
  ): void {
    this.#forgetBefore(nowMs - ATTEMPT_MS);
    if (this.#live === this.capacity) {
      this.#overflows++;
      if (this.#oldest === 0) return;
      this.#remove(this.#oldest);
    }
    const slot = this.#takeFree();
    const word = slot * WORDS;
    this.#floats[slot * FLOATS] = aKey;
    this.#floats[slot * FLOATS + 1] = bKey;
    this.#floats[slot * FLOATS + 2] = nowMs;
    const chain = this.#chainOf(callId, fromTag, aKey);
    this.#words[word + ID_LOW] = this.#identity[0];
    this.#words[word + ID_HIGH] = this.#identity[1];
    this.#words[word + CHAIN] = this.#chains[chain];
    this.#chains[chain] = slot;
    this.#words[word + HELD] = 0;
    this.#enqueue(slot);
    this.#storeVerdict(word, verdict);
    this.keys.retain(aKey);
    this.keys.retain(bKey);
    if (verdict.alertKey !== 0) this.keys.retain(verdict.alertKey);
  }

  /** Copies the verdict of a slot into `into`. */
  recall(slot: number, into: PackedVerdict): void {
    const verdict = slot * WORDS + VERDICT;
    into.judgement = this.#words[verdict];
    into.distinctACount = this.#words[verdict + 1];
    into.callCount = this.#words[verdict + 2];
    into.windowMs = this.#words[verdict + 3];
    into.threshold = this.#words[verdict + 4];
    into.alertKey = this.#words[verdict + 5];
  }

  /** When the attempt of a slot was made. */
  timeOf(slot: number): number {
    return this.#floats[slot * FLOATS + 2];
  }

  /** Keeps an attempt for as long as its call lives. False if a call holds it already. */
  hold(slot: number): boolean {
    if (this.#words[slot * WORDS + HELD] === 1) return false;
    this.#words[slot * WORDS + HELD] = 1;
    this.#dequeue(slot);
    return true;
  }

  /** Lets an attempt go whose call has ended; it is forgotten in due time. */
  letGo(slot: number, nowMs: number): void {
    this.#words[slot * WORDS + HELD] = 0;
    // The queue is in order of time, so the attempt lives on as if it had been made now.
    this.#floats[slot * FLOATS + 2] = nowMs;
    this.#enqueue(slot);
  }

  #storeVerdict(word: number, verdict: PackedVerdict): void {
    const words = this.#words;
    words[word + VERDICT] = verdict.judgement;
    words[word + VERDICT + 1] = verdict.distinctACount;
    words[word + VERDICT + 2] = verdict.callCount;
    words[word + VERDICT + 3] = verdict.windowMs;
    words[word + VERDICT + 4] = verdict.threshold;
    words[word + VERDICT + 5] = verdict.alertKey;
  }

  /** Leaves the hash of Call-ID and From-tag in #identity and returns the chain. */
  #chainOf(callId: string, fromTag: string, aKey: number): number {
    hashText(callId, fromTag, this.seed, this.#identity);
    return hashKey(aKey, this.#identity[0] ^ this.#identity[1], this.seed) & (this.#chains.length - 1);
  }

  #forgetBefore(timeMs: number): void {
    while (this.#oldest !== 0 && this.timeOf(this.#oldest) < timeMs) this.#remove(this.#oldest);
  }

  #takeFree(): number {
    this.#live++;
    const slot = this.#firstFree;
    if (slot === 0) return this.#neverUsed++;
    this.#firstFree = this.#words[slot * WORDS + CHAIN];
    return slot;
  }

  #remove(slot: number): void {
    const words = this.#words;
    const word = slot * WORDS;
    const [aKey, bKey] = [this.#floats[slot * FLOATS], this.#floats[slot * FLOATS + 1]];
    const chain =
      hashKey(aKey, words[word + ID_LOW] ^ words[word + ID_HIGH], this.seed) & (this.#chains.length - 1);
    if (this.#chains[chain] === slot) this.#chains[chain] = words[word + CHAIN];
    else {
      let before = this.#chains[chain];
      while (words[before * WORDS + CHAIN] !== slot) before = words[before * WORDS + CHAIN];
      words[before * WORDS + CHAIN] = words[word + CHAIN];
    }
    this.#dequeue(slot);
    words[word + CHAIN] = this.#firstFree;
    this.#firstFree = slot;
    this.#live--;
    this.keys.release(aKey);
    this.keys.release(bKey);
    if (words[word + VERDICT + 5] !== 0) this.keys.release(words[word + VERDICT + 5]);
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

/** Two independent 32-bit lanes over both texts; the separator keeps ("ab", "c") from ("a", "bc"). */
function hashText(one: string, other: string, seed: number, into: Int32Array): void {
  let low = seed ^ 0x2c1b3c6d;
  let high = seed ^ 0x297a2d39;
  for (let i = 0; i < one.length; i++) {
    const code = one.charCodeAt(i);
    low = Math.imul(low ^ code, 0x9e3779b1);
    high = Math.imul(high ^ code, 0x85ebca6b) + (low >>> 15);
  }
  low = Math.imul(low ^ 0x10000, 0x9e3779b1);
  high = Math.imul(high ^ 0x10000, 0x85ebca6b);
  for (let i = 0; i < other.length; i++) {
    const code = other.charCodeAt(i);
    low = Math.imul(low ^ code, 0x9e3779b1);
    high = Math.imul(high ^ code, 0x85ebca6b) + (low >>> 15);
  }
  into[0] = low ^ (high >>> 16);
  into[1] = high ^ (low >>> 13);
}
