/** All who follow window_deltas. */
import { AcmError, InvalidFieldError } from '../../errors.js';
import type { QueryRequest } from '../../gen/luma/v1/luma.js';
import { DELTAS, DIALECT, type FollowRequest } from '../luma-statements.js';
import type { DatabaseState } from './database-state.js';
import type { DeltaRing, Following } from './delta-ring.js';
import type { DeltaTable } from './delta-table.js';
import { Follower, type FollowerSink } from './follower.js';
import { jsonIn, PAYLOAD_BYTES_MAX } from './payload.js';
import { WorkQueue } from './work-queue.js';

const FOLLOWERS_MAX = 1_000;
/** Pages that are read from the database at once, for all of them. */
const PAGES_MAX = 2;
const PAGE_WAIT_MS_MAX = 10_000;
const TICK_MS = 200;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

export interface FollowersParts {
  readonly ring: DeltaRing;
  readonly table: Pick<DeltaTable, 'since'>;
  readonly state: DatabaseState;
  readonly epoch: () => string;
  /** Somebody begins to follow. */
  readonly onFirst: () => void;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

export class Followers {
  readonly #parts: FollowersParts;
  readonly #followers = new Set<Follower>();
  readonly #pages = new WorkQueue({
    underWayMax: PAGES_MAX,
    waitingMax: FOLLOWERS_MAX,
    waitMsMax: PAGE_WAIT_MS_MAX,
  });
  #news = Promise.withResolvers<void>();
  #ticking: NodeJS.Timeout | undefined;
  #draining = false;
  #overtaken = 0;
  #stalled = 0;
  #refused = 0;

  constructor(parts: FollowersParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#followers.size;
  }

  /** Times that the ring has moved past a follower. */
  get overtaken(): number {
    return this.#overtaken;
  }

  /** Followers that were ended because they took nothing. */
  get stalled(): number {
    return this.#stalled;
  }

  /** Those that there was no room for. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * @returns what is to be called when the connection is gone.
   * @throws AcmError ACM_RATE_LIMITED, ACM_UNAVAILABLE, ACM_STORE_UNAVAILABLE, or InvalidFieldError for a request that it does not know.
   */
  follow(request: QueryRequest, sink: FollowerSink): () => void {
    const following = followingOf(request);
    if (this.#draining) throw new AcmError('ACM_UNAVAILABLE', 'the gateway is stopping');
    if (this.#followers.size >= FOLLOWERS_MAX) {
      this.#refused++;
      throw new AcmError('ACM_RATE_LIMITED', `${FOLLOWERS_MAX} follow already`);
    }
    const { ring, table, state, epoch, nowMs } = this.#parts;
    // One that follows already stays, and hears on when the database is back.
    state.check();
    const follower = new Follower(
      {
        ring,
        epoch,
        page: (life, place) => this.#pages.run(() => table.since(life, place)),
        news: () => this.#news.promise,
        overtaken: () => {
          this.#overtaken++;
        },
        nowMs,
      },
      sink,
      following,
    );
    this.#followers.add(follower);
    this.#ticking ??= setInterval(() => this.#tick(), TICK_MS);
    if (this.#followers.size === 1) this.#parts.onFirst();
    void follower.run();
    return () => this.#leave(follower);
  }

  /** There are rows in the ring, or another epoch. */
  tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  /** Ends all streams; no new ones begin. */
  drain(): void {
    this.#draining = true;
    for (const follower of this.#followers) {
      follower.end(new AcmError('ACM_UNAVAILABLE', 'the gateway is stopping'));
      this.#leave(follower);
    }
    this.tell();
  }

  #leave(follower: Follower): void {
    follower.leave();
    this.#followers.delete(follower);
    if (this.#followers.size > 0) return;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
    // Whoever waits for news finds that there is nobody to tell.
    this.tell();
  }

  #tick(): void {
    for (const follower of this.#followers) {
      if (!follower.tick()) continue;
      this.#stalled++;
      this.#leave(follower);
    }
    this.tell();
  }
}

/** @throws InvalidFieldError */
function followingOf({ collection, query, dialect, payload }: QueryRequest): Following {
  if (collection !== DELTAS) throw new InvalidFieldError('collection', `only ${DELTAS} can be followed`);
  if (query !== '') throw new InvalidFieldError('query', `is empty in a stream of ${DELTAS}`);
  if (dialect !== DIALECT && dialect !== '')
    throw new InvalidFieldError('dialect', `takes ${DIALECT}, not "${dialect.slice(0, 32)}"`);
  if (payload.length > PAYLOAD_BYTES_MAX) throw new InvalidFieldError('payload', 'is too long');
  const wanted = jsonIn(payload);
  if (typeof wanted !== 'object' || wanted === null)
    throw new InvalidFieldError('payload', 'is no JSON object {"since_ms", "except"}');
  const { since_ms: sinceMs, except } = wanted as Partial<Record<keyof FollowRequest, unknown>>;
  if (typeof sinceMs !== 'number' || !Number.isSafeInteger(sinceMs))
    throw new InvalidFieldError('payload.since_ms', 'takes whole milliseconds since 1970');
  if (typeof except !== 'string' || (except !== '' && !UUID.test(except)))
    throw new InvalidFieldError('payload.except', 'takes a UUID, or an empty text');
  return { sinceMs, except: except.replaceAll('-', '').toLowerCase() };
}
