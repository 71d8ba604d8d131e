/**
 * One who follows window_deltas: a place in time while it reads its backlog from the database, then a position in the ring.
 * It has one message under way, and gets the next when that has been taken; nothing is kept for it in between.
 */
import { AcmError } from '../../errors.js';
import type { QueryResponse } from '../../gen/luma/v1/luma.js';
import { type DeltaRing, type Following, isWanted, type RingEntry } from './delta-ring.js';
import type { DeltaPage, TimePlace } from './delta-table.js';
import { entryOf, newsOf } from './news-frames.js';

/** Bytes of deltas in one message; one delta alone may be a little more. */
const NEWS_BYTES_MAX = 1_000_000;
/** A follower hears something at least once a second. */
const KEEP_ALIVE_MS = 700;
/** A follower that has not taken a message by then is too slow. */
const STALLED_MS_MAX = 30_000;
/** How far back one goes that the ring has overtaken: rows may commit so late. */
const LATE_MS_MAX = 6_000;

/** The connection to a follower, as it is seen from here. */
export interface FollowerSink {
  /** Sends a message, and calls `taken` once there is room for the next. */
  send(news: QueryResponse, taken: () => void): void;
  /** Ends the stream; `cut` for a connection that does not take what it is sent. */
  end(error: AcmError, cut: boolean): void;
}

export interface FollowerParts {
  readonly ring: Pick<DeltaRing, 'after' | 'head'>;
  readonly epoch: () => string;
  /** A page from the database, when it is this follower's turn. */
  readonly page: (epoch: string, after: TimePlace) => Promise<DeltaPage>;
  /** Settles when there may be something new, and a few times a second anyway. */
  readonly news: () => Promise<void>;
  readonly overtaken: () => void;
  readonly nowMs: () => number;
}

export class Follower {
  readonly #parts: FollowerParts;
  readonly #sink: FollowerSink;
  readonly #following: Following;
  #epoch = '';
  #position = 0;
  /** Where the next page begins; undefined once it reads from the ring. */
  #place: TimePlace | undefined;
  /** The newest row sent. */
  #newestMs = 0;
  #ended = false;
  #sentMs: number;
  /** Settles when the message under way has been taken. */
  #underWay:
    | { readonly sinceMs: number; readonly taken: Promise<void>; readonly settle: () => void }
    | undefined;

  constructor(parts: FollowerParts, sink: FollowerSink, following: Following) {
    this.#parts = parts;
    this.#sink = sink;
    this.#following = following;
    this.#sentMs = parts.nowMs();
  }

  /** Settles when the follower has gone, or was ended. */
  async run(): Promise<void> {
    while (!this.#ended) {
      const epoch = this.#parts.epoch();
      if (epoch !== this.#epoch) await this.#beginEpoch(epoch);
      else if (this.#place !== undefined) await this.#sendPage(this.#place);
      else await this.#sendNews();
    }
  }

  /** The connection is gone. */
  leave(): void {
    this.#ended = true;
    this.#underWay?.settle();
  }

  end(error: AcmError, cut = false): void {
    if (this.#ended) return;
    this.leave();
    this.#sink.end(error, cut);
  }

  /** To be called a few times a second. @returns whether it was too slow, and was ended. */
  tick(): boolean {
    const nowMs = this.#parts.nowMs();
    if (this.#underWay === undefined) {
      if (nowMs - this.#sentMs >= KEEP_ALIVE_MS) void this.#send([], false);
      return false;
    }
    if (nowMs - this.#underWay.sinceMs < STALLED_MS_MAX) return false;
    this.end(
      new AcmError('ACM_RATE_LIMITED', `too slow: nothing was taken for ${STALLED_MS_MAX / 1_000} seconds`),
      true,
    );
    return true;
  }

  async #beginEpoch(epoch: string): Promise<void> {
    this.#epoch = epoch;
    this.#newestMs = 0;
    this.#beginBacklog(this.#following.sinceMs);
    await this.#send([], false);
  }

  /** What is added from now on comes by the ring, what is there already from the database: some of it comes twice. */
  #beginBacklog(sinceMs: number): void {
    this.#position = this.#parts.ring.head;
    this.#place = { storedAtMs: sinceMs, sequence: -1 };
  }

  async #sendPage(place: TimePlace): Promise<void> {
    let page: DeltaPage;
    try {
      page = await this.#parts.page(this.#epoch, place);
    } catch (error) {
      if (!(error instanceof AcmError)) throw error;
      // The database is away; the reader will find out when it is back.
      await this.#parts.news();
      return;
    }
    const entries = page.rows.map(entryOf).filter((entry) => isWanted(entry, this.#following));
    const last = page.rows.at(-1);
    this.#place = page.isFull && last !== undefined ? last : undefined;
    for (const batch of inBatches(entries)) await this.#send(batch, false);
    if (this.#place === undefined) await this.#send([], true);
  }

  async #sendNews(): Promise<void> {
    const batch = this.#parts.ring.after(this.#position, this.#following, NEWS_BYTES_MAX);
    if (batch === undefined) {
      this.#parts.overtaken();
      this.#beginBacklog(Math.max(this.#following.sinceMs, this.#newestMs - LATE_MS_MAX));
      return;
    }
    this.#position = batch.next;
    if (batch.entries.length > 0) await this.#send(batch.entries, false);
    else await this.#parts.news();
  }

  async #send(entries: readonly RingEntry[], caughtUp: boolean): Promise<void> {
    while (this.#underWay !== undefined) await this.#underWay.taken;
    if (this.#ended) return;
    const sinceMs = this.#parts.nowMs();
    const { promise: taken, resolve } = Promise.withResolvers<void>();
    const settle = (): void => {
      this.#underWay = undefined;
      this.#sentMs = this.#parts.nowMs();
      resolve();
    };
    this.#underWay = { sinceMs, taken, settle };
    for (const { storedAtMs } of entries) this.#newestMs = Math.max(this.#newestMs, storedAtMs);
    this.#sink.send(newsOf(this.#epoch, entries, caughtUp), settle);
    await taken;
  }
}

function* inBatches(entries: readonly RingEntry[]): Generator<RingEntry[]> {
  let batch: RingEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (batch.length > 0 && bytes + entry.bytes.length > NEWS_BYTES_MAX) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += entry.bytes.length;
  }
  if (batch.length > 0) yield batch;
}
