/** The channels by which calls have come in and have not hung up, as far as events have told. */
import type { CallAttempt } from '../../admission/call-attempt.js';

/** Most channels; beyond it the one that came first is forgotten, and found again by asking when it is to be ended. */
const CHANNELS_MAX = 200_000;

export interface LiveChannel {
  readonly uuid: string;
  readonly attempt: CallAttempt;
  /** When it was heard of, in milliseconds of the monotonic clock. */
  readonly heardOfMs: number;
  /** How often its end has been ordered. */
  orders: number;
}

export class LiveChannels {
  readonly #byUuid = new Map<string, LiveChannel>();
  readonly #byCallId = new Map<string, LiveChannel>();
  readonly #waiting = new Map<string, Set<() => void>>();
  /** Channels that have ended while somebody lists them; undefined while nobody does. */
  #ended: Set<string> | undefined;

  /** @param nowMs monotonic milliseconds. */
  constructor(
    private readonly nowMs: () => number,
    private readonly channelsMax = CHANNELS_MAX,
  ) {}

  find(uuid: string): LiveChannel | undefined {
    return this.#byUuid.get(uuid);
  }

  findCall(callId: string): LiveChannel | undefined {
    return this.#byCallId.get(callId);
  }

  /** Those that were heard of at least `ms` ago. */
  olderThan(ms: number): LiveChannel[] {
    const sinceMs = this.nowMs() - ms;
    return [...this.#byUuid.values()].filter(({ heardOfMs }) => heardOfMs <= sinceMs);
  }

  /**
   * What its call is called: the SIP Call-ID, or its UUID where there is none, or where another channel has that Call-ID
   * already. Otherwise whoever writes the same Call-ID into all calls would have all but the first overlooked.
   */
  callIdFor(uuid: string, sipCallId: string): string {
    const known = this.#byUuid.get(uuid);
    if (known !== undefined) return known.attempt.callId;
    return sipCallId === '' || this.#byCallId.has(sipCallId) ? uuid : sipCallId;
  }

  add(uuid: string, attempt: CallAttempt): void {
    if (this.#byUuid.size >= this.channelsMax) this.#remove(this.#byUuid.values().next().value!);
    const channel = { uuid, attempt, heardOfMs: this.nowMs(), orders: 0 };
    this.#byUuid.set(uuid, channel);
    this.#byCallId.set(attempt.callId, channel);
  }

  /** The channel is gone; whoever waits for that is told. */
  end(uuid: string): void {
    const channel = this.#byUuid.get(uuid);
    if (channel !== undefined) this.#remove(channel);
    this.#ended?.add(uuid);
    const waiting = this.#waiting.get(uuid);
    this.#waiting.delete(uuid);
    for (const told of waiting ?? []) told();
  }

  /** Calls `told` once when the channel has ended. @returns stops waiting. */
  whenEnded(uuid: string, told: () => void): () => void {
    const waiting = this.#waiting.get(uuid) ?? new Set();
    this.#waiting.set(uuid, waiting.add(told));
    return () => {
      waiting.delete(told);
      if (waiting.size === 0 && this.#waiting.get(uuid) === waiting) this.#waiting.delete(uuid);
    };
  }

  /** From here on, ends are kept in the set that is returned, until forgetEnds(). One list at a time. */
  rememberEnds(): ReadonlySet<string> {
    this.#ended = new Set();
    return this.#ended;
  }

  forgetEnds(): void {
    this.#ended = undefined;
  }

  #remove({ uuid, attempt }: LiveChannel): void {
    this.#byUuid.delete(uuid);
    this.#byCallId.delete(attempt.callId);
  }
}
