/** Calls in progress, as the switches report them, and how each can be torn down. */
import type { AttemptMemory } from './attempt-memory.js';

/** Most calls in progress; beyond it the one that was reported first is forgotten. */
const CALLS_MAX = 1_000_000;
/** A call that nobody ends is forgotten after a day: its ENDED report must have been lost. */
const CALL_MS_MAX = 24 * 3_600_000;

export type CallState = 'ringing' | 'answered';

export interface CallInProgress {
  readonly callId: string;
  readonly fromTag: string;
  readonly switchId: string;
  readonly sourceIp: string;
  readonly aKey: number;
  readonly bKey: number;
  /** When its INVITE came. */
  readonly startedMs: number;
  /** True for a call to an exempt number or from an allowlisted caller: it is never torn down. */
  readonly spared: boolean;
  /** Slot of its attempt in the attempt memory, or 0; held until the call ends. */
  readonly attempt: number;
  state: CallState;
}

export class Calls {
  /** In the order in which they were reported first. */
  readonly #byId = new Map<string, CallInProgress>();
  readonly #byCalled = new Map<number, Set<CallInProgress>>();
  #overflows = 0;

  constructor(
    private readonly attempts: Pick<AttemptMemory, 'letGo'>,
    private readonly keys: { retain(key: number): void; release(key: number): void },
    private readonly callsMax = CALLS_MAX,
  ) {}

  get size(): number {
    return this.#byId.size;
  }

  /** Calls forgotten for want of room. */
  get overflows(): number {
    return this.#overflows;
  }

  find(callId: string, fromTag: string): CallInProgress | undefined {
    return this.#byId.get(identityOf(callId, fromTag));
  }

  /** Adds a call that is not known yet. */
  add(call: CallInProgress): void {
    if (this.#byId.size >= this.callsMax) {
      this.#overflows++;
      this.#remove(this.#byId.values().next().value!, call.startedMs);
    }
    this.#byId.set(identityOf(call.callId, call.fromTag), call);
    const ofCalled = this.#byCalled.get(call.bKey);
    if (ofCalled === undefined) this.#byCalled.set(call.bKey, new Set([call]));
    else ofCalled.add(call);
    this.keys.retain(call.aKey);
    this.keys.retain(call.bKey);
  }

  /** Forgets a call that has ended. */
  end(callId: string, fromTag: string, nowMs: number): void {
    const call = this.find(callId, fromTag);
    if (call !== undefined) this.#remove(call, nowMs);
  }

  /** The calls to a B-number whose INVITE came at `sinceMs` or later. */
  startedSince(bKey: number, sinceMs: number): CallInProgress[] {
    return [...(this.#byCalled.get(bKey) ?? [])].filter((call) => call.startedMs >= sinceMs);
  }

  /** The calls to a B-number. */
  to(bKey: number): Iterable<CallInProgress> {
    return this.#byCalled.get(bKey) ?? NO_CALLS;
  }

  countTo(bKey: number): number {
    return this.#byCalled.get(bKey)?.size ?? 0;
  }

  /** The calls of each B-number that has any, to be walked at leisure. */
  byCalled(): Iterable<readonly [bKey: number, calls: { readonly size: number }]> {
    return this.#byCalled;
  }

  /** All calls, the one that was reported first first, to be walked at leisure: calls may begin and end meanwhile. */
  all(): Iterable<CallInProgress> {
    return this.#byId.values();
  }

  /** Forgets calls that nobody has ended, from the front: it must not walk a million calls every second. */
  sweep(nowMs: number): void {
    for (const call of this.#byId.values()) {
      if (nowMs - call.startedMs <= CALL_MS_MAX) return;
      this.#remove(call, nowMs);
    }
  }

  #remove(call: CallInProgress, nowMs: number): void {
    this.#byId.delete(identityOf(call.callId, call.fromTag));
    const ofCalled = this.#byCalled.get(call.bKey);
    ofCalled?.delete(call);
    if (ofCalled?.size === 0) this.#byCalled.delete(call.bKey);
    if (call.attempt !== 0) this.attempts.letGo(call.attempt, nowMs);
    this.keys.release(call.aKey);
    this.keys.release(call.bKey);
  }
}

const NO_CALLS: readonly CallInProgress[] = [];

/** A Call-ID and a tag contain no line break (RFC 3261, section 25.1). */
function identityOf(callId: string, fromTag: string): string {
  return `${callId}\n${fromTag}`;
}
