/**
 * Carries the feed to everybody who listens, on the thread that answers calls. @fastify/sse and pipes write to all clients in
 * one go, and five hundred writes hold up a call by several milliseconds. Here clients are visited in slices of a fraction
 * of a millisecond, with pauses between them: whatever there is to tell, it takes no more than a small share of the thread.
 */
import type { Caller } from '../admission/access.js';
import type { EventChoice, EventFeed, GapCause } from '../admission/event-feed.js';
import type { Log } from '../admission/ports.js';
import { AcmError } from '../errors.js';
import { heartbeatFrame, openingFrame, streamFrame } from './event-frames.js';

/** More are told to come back later. */
const CLIENTS_MAX = 1_000;
/** Each client gets one write in so many milliseconds at the most, with all that has happened since the one before. */
const ROUND_MS = 100;
/**
 * How long calls wait for a slice of clients, and how long a slice waits for calls. A write costs about 17 microseconds, so
 * five hundred clients are through within a round.
 */
const SLICE_MS = 0.1;
const PAUSE_MS = 1;
/** Proxies close connections on which nothing comes for half a minute or more. */
const HEARTBEAT_MS = 15_000;
/** A client that has not taken a batch by then is too slow. */
const STALLED_MS_MAX = 10_000;
/** Then whoever listens has to ask again, and to show again that they may. */
const STREAM_MS_MAX = 3_600_000;
/** Clients come back at different times, at the earliest and at the latest. */
const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 3_000;

/** A connection to one client, as it is seen from here. */
export interface EventSink {
  /** Bytes written that the operating system has not taken yet. */
  readonly unsent: number;
  /** Sends at once what the operating system takes. */
  write(bytes: Uint8Array): void;
  /** Sends the last bytes, if they can be sent at all, and closes the connection soon. */
  end(bytes: Uint8Array): void;
}

export interface StreamRequest {
  readonly choice: EventChoice;
  /** Where the client was when it listened before. */
  readonly lastEventId: string | undefined;
  /** For the log. */
  readonly requestId: string;
  readonly caller: Caller;
}

/** Why clients were dropped. */
type DropCause = 'stalled' | 'overtaken';

export interface EventStreamsParts {
  readonly feed: Pick<EventFeed, 'resume' | 'after' | 'idOf' | 'newest'>;
  readonly log: Log;
  /** Monotonic milliseconds with fractions. */
  readonly nowMs: () => number;
  /** Runs a function after so many milliseconds. */
  readonly later: (work: () => void, ms: number) => void;
  /** A number in [0, 1). */
  readonly random: () => number;
}

interface Client extends Omit<StreamRequest, 'lastEventId'> {
  readonly sink: EventSink;
  readonly openedMs: number;
  place: number;
  /** When something was written last, for the heartbeat. */
  writtenMs: number;
  /** Since when the last batch has not been taken; undefined if it has. */
  stalledSinceMs: number | undefined;
  /** Their token has expired or was revoked. */
  unwelcome: boolean;
}

const TOO_SLOW: Readonly<Record<DropCause, string>> = {
  stalled: `too slow: nothing was taken for ${STALLED_MS_MAX / 1_000} seconds`,
  overtaken: 'too slow: the next events for this client are not kept any more',
};
const GAPS: Readonly<Record<GapCause, string>> = {
  restarted: 'the id is not one of this run of the sidecar; read /acm/alerts and /acm/threats again',
  forgotten: 'the events after that id are not kept any more; read /acm/alerts and /acm/threats again',
};

export class EventStreams {
  readonly #parts: EventStreamsParts;
  readonly #clients = new Set<Client>();
  readonly #dropped: Record<DropCause, number> = { stalled: 0, overtaken: 0 };
  #refused = 0;
  #resets = 0;
  #draining = false;
  #running = false;
  #round: Iterator<Client> = [].values();

  constructor(
    parts: EventStreamsParts,
    private readonly clientsMax = CLIENTS_MAX,
  ) {
    this.#parts = parts;
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** Clients that were told that they have missed events. */
  get resets(): number {
    return this.#resets;
  }

  /** Clients that there was no room for. */
  get refused(): number {
    return this.#refused;
  }

  dropped(cause: DropCause): number {
    return this.#dropped[cause];
  }

  /** To be asked before anything of the answer is sent. @throws AcmError ACM_UNAVAILABLE */
  checkRoom(): void {
    if (this.#draining) throw new AcmError('ACM_UNAVAILABLE', 'the sidecar is stopping');
    if (this.#clients.size < this.clientsMax) return;
    this.#refused++;
    throw new AcmError('ACM_UNAVAILABLE', `there are ${this.clientsMax} streams of events already`);
  }

  /** @returns what is to be called when the connection is gone. */
  open(sink: EventSink, { lastEventId, ...request }: StreamRequest): () => void {
    const { feed, nowMs, log } = this.#parts;
    const { place, gap } = feed.resume(lastEventId);
    const now = nowMs();
    const client: Client = {
      ...request,
      sink,
      openedMs: now,
      place,
      writtenMs: now,
      stalledSinceMs: undefined,
      unwelcome: false,
    };
    sink.write(openingFrame(feed.idOf(place), this.#retryMs()));
    if (gap !== undefined) this.#reset(client, GAPS[gap]);
    this.#clients.add(client);
    log.debug(
      { requestId: request.requestId, resumed: lastEventId !== undefined, gap },
      'a stream of events begins',
    );
    if (!this.#running) this.#beginRound();
    return () => this.#clients.delete(client);
  }

  /** Ends the streams of callers who would not be let in any more, in slices too. */
  endUnless(mayGoOn: (caller: Caller) => boolean): void {
    for (const client of this.#clients) client.unwelcome ||= !mayGoOn(client.caller);
  }

  /** Ends all streams, in slices too; no new ones begin. */
  drain(): void {
    this.#draining = true;
  }

  #beginRound(): void {
    this.#running = true;
    this.#round = this.#clients.values();
    this.#parts.later(() => this.#visitSlice(), ROUND_MS);
  }

  #visitSlice(): void {
    const { nowMs, later } = this.#parts;
    const until = nowMs() + SLICE_MS;
    do {
      const { done, value } = this.#round.next();
      if (done) {
        this.#running = false;
        if (this.#clients.size > 0) this.#beginRound();
        return;
      }
      this.#visit(value);
    } while (nowMs() < until);
    later(() => this.#visitSlice(), PAUSE_MS);
  }

  #visit(client: Client): void {
    const now = this.#parts.nowMs();
    if (this.#draining) this.#end(client, 'bye', 'the sidecar is stopping');
    else if (client.unwelcome) this.#end(client, 'bye', 'the token has expired or was revoked');
    else if (now - client.openedMs >= STREAM_MS_MAX) this.#end(client, 'bye', 'ask again, to go on');
    else if (client.sink.unsent > 0) this.#judge(client, now);
    else this.#serve(client, now);
  }

  /** A client that has not taken its last batch yet gets no other one. */
  #judge(client: Client, now: number): void {
    client.stalledSinceMs ??= now;
    if (this.#parts.feed.after(client.place, client.choice) === undefined) this.#drop(client, 'overtaken');
    else if (now - client.stalledSinceMs >= STALLED_MS_MAX) this.#drop(client, 'stalled');
  }

  #serve(client: Client, now: number): void {
    const { feed } = this.#parts;
    client.stalledSinceMs = undefined;
    const batch = feed.after(client.place, client.choice);
    if (batch === undefined) {
      this.#reset(client, GAPS.forgotten);
      return;
    }
    client.place = batch.place;
    if (batch.bytes.length > 0) this.#write(client, batch.bytes, now);
    else if (now - client.writtenMs >= HEARTBEAT_MS)
      this.#write(client, heartbeatFrame(feed.idOf(client.place)), now);
  }

  #write(client: Client, bytes: Uint8Array, now: number): void {
    client.writtenMs = now;
    client.sink.write(bytes);
  }

  /** The client was not slow, but too much has happened, or it was away for too long. */
  #reset(client: Client, reason: string): void {
    const { feed, nowMs } = this.#parts;
    this.#resets++;
    client.place = feed.newest;
    this.#write(client, streamFrame('reset', feed.idOf(client.place), reason), nowMs());
  }

  #drop(client: Client, cause: DropCause): void {
    this.#dropped[cause]++;
    const { requestId, sink } = client;
    this.#parts.log.warn({ requestId, cause, unsentBytes: sink.unsent }, 'a stream of events was too slow');
    this.#end(client, 'dropped', TOO_SLOW[cause]);
  }

  #end(client: Client, event: 'bye' | 'dropped', reason: string): void {
    this.#clients.delete(client);
    const id = this.#parts.feed.idOf(client.place);
    client.sink.end(streamFrame(event, id, reason, this.#retryMs()));
  }

  #retryMs(): number {
    return Math.round(RETRY_MS_MIN + this.#parts.random() * (RETRY_MS_MAX - RETRY_MS_MIN));
  }
}
