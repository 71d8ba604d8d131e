/**
 * The latest events, each in the bytes that every listener gets. A listener is no more than the place up to which it has
 * read, so that five hundred of them cost no more memory than one, and whoever was away for a while misses nothing.
 */
import type { EventType, FeedEvent } from './feed-event.js';

/** An event is forgotten once there are so many after it, or so many bytes, or once it is so old. */
const KEPT_MAX = 2_000;
const BYTES_MAX = 8_388_608;
const AGE_MS_MAX = 300_000;
/** Where a batch ends, unless a single event is longer. */
const BATCH_BYTES = 65_536;
/** Batches made ready for whoever stands at the same place. Those who catch up stand at places of their own. */
const READY_MAX = 16;

export interface EventFeedParts {
  /** New at each start: an id of another life is recognised. Letters and digits. */
  readonly life: string;
  /** The event as listeners get it. */
  readonly encode: (id: string, event: FeedEvent) => Uint8Array;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

export interface FeedLimits {
  readonly keptMax: number;
  readonly bytesMax: number;
  readonly ageMsMax: number;
  readonly batchBytes: number;
}

/** A set of types, as bits. */
export type EventChoice = number;

const BITS: Readonly<Record<EventType, EventChoice>> = { alert: 1, threats: 2, stats: 4 };

export function choiceOf(types: readonly EventType[]): EventChoice {
  return types.reduce((bits, type) => bits | BITS[type], 0);
}

/** Why a listener cannot go on where it was: the sidecar was started again, or events after its id are gone. */
export type GapCause = 'restarted' | 'forgotten';

/** Where a listener begins; `gap` says that it has missed something. */
export interface Beginning {
  readonly place: number;
  readonly gap: GapCause | undefined;
}

export interface Batch {
  /** Whole events, in order; empty if nothing that was chosen has happened. */
  readonly bytes: Uint8Array;
  /** Where the listener stands with it. */
  readonly place: number;
}

interface KeptEvent {
  readonly choice: EventChoice;
  readonly bytes: Uint8Array;
  readonly publishedMs: number;
}

const NOTHING = new Uint8Array(0);

/** Places count events from 1; to stand at a place is to have read the events up to it. */
export class EventFeed {
  /** Event `place` is kept at `place % keptMax`. */
  readonly #kept: (KeptEvent | undefined)[];
  readonly #ready = new Map<string, Batch>();
  #oldest = 1;
  #newest = 0;
  #bytes = 0;

  constructor(
    private readonly parts: EventFeedParts,
    private readonly limits: FeedLimits = {
      keptMax: KEPT_MAX,
      bytesMax: BYTES_MAX,
      ageMsMax: AGE_MS_MAX,
      batchBytes: BATCH_BYTES,
    },
  ) {
    this.#kept = new Array(limits.keptMax);
  }

  /** The place of the newest event; 0 before the first. */
  get newest(): number {
    return this.#newest;
  }

  /** What a listener at this place gives to go on from there. */
  idOf(place: number): string {
    return `${this.parts.life}-${place}`;
  }

  publish(event: FeedEvent): void {
    const nowMs = this.parts.nowMs();
    const bytes = this.parts.encode(this.idOf(this.#newest + 1), event);
    if (this.#newest - this.#oldest + 1 === this.limits.keptMax) this.#forgetOldest();
    this.#newest++;
    this.#kept[this.#newest % this.limits.keptMax] = { choice: BITS[event.type], bytes, publishedMs: nowMs };
    this.#bytes += bytes.length;
    this.#ready.clear();
    this.#forget(nowMs);
  }

  /** @param id where the listener was, as it says; undefined for one that has not listened before. */
  resume(id: string | undefined): Beginning {
    if (id === undefined) return { place: this.#newest, gap: undefined };
    const [, life, digits] = /^([^-]*)-(\d{1,15})$/.exec(id) ?? [];
    const place = Number(digits);
    if (life !== this.parts.life || place > this.#newest) return { place: this.#newest, gap: 'restarted' };
    if (place < this.#oldest - 1) return { place: this.#newest, gap: 'forgotten' };
    return { place, gap: undefined };
  }

  /** What comes after a place; undefined if some of it is gone. */
  after(place: number, choice: EventChoice): Batch | undefined {
    if (place < this.#oldest - 1) return undefined;
    if (place === this.#newest) return { bytes: NOTHING, place };
    const key = `${place} ${choice}`;
    const ready = this.#ready.get(key) ?? this.#collect(place, choice);
    if (this.#ready.size >= READY_MAX) this.#ready.clear();
    this.#ready.set(key, ready);
    return ready;
  }

  #collect(from: number, choice: EventChoice): Batch {
    const chosen: Uint8Array[] = [];
    let size = 0;
    let place = from;
    while (place < this.#newest) {
      const event = this.#at(place + 1);
      if ((event.choice & choice) !== 0) {
        if (size > 0 && size + event.bytes.length > this.limits.batchBytes) break;
        chosen.push(event.bytes);
        size += event.bytes.length;
      }
      place++;
    }
    return { bytes: chosen.length === 1 ? chosen[0] : Buffer.concat(chosen), place };
  }

  /** The newest event stays, however large it is: those who listen have not read it yet. */
  #forget(nowMs: number): void {
    const { bytesMax, ageMsMax } = this.limits;
    while (this.#oldest < this.#newest) {
      if (this.#bytes <= bytesMax && nowMs - this.#at(this.#oldest).publishedMs <= ageMsMax) return;
      this.#forgetOldest();
    }
  }

  #forgetOldest(): void {
    this.#bytes -= this.#at(this.#oldest).bytes.length;
    this.#kept[this.#oldest % this.limits.keptMax] = undefined;
    this.#oldest++;
  }

  #at(place: number): KeptEvent {
    return this.#kept[place % this.limits.keptMax]!;
  }
}
