/**
 * Follows what the other sidecars tell: by a stream where LumaDB has one, else by asking again and again. Where it goes on after
 * a loss overlaps with what it has read, since taking a delta twice changes nothing.
 */
import { status } from '@grpc/grpc-js';
import { Backoff } from '../client/backoff.js';
import { WindowNews } from '../gen/acm/v1/window.js';
import type { QueryResponse } from '../gen/luma/v1/luma.js';
import { DELTA_BYTES_MAX } from './delta-codec.js';
import type { DeltaIntake } from './delta-intake.js';
import type { LinkSession } from './link-session.js';
import type { Luma, LumaStream } from './luma-client.js';
import { LumaFailure, StrangeAnswer } from './luma-failure.js';
import { deltaOf, receiptOf, rowsOf } from './luma-rows.js';
import { NEWS_TYPE, POLL } from './luma-statements.js';
import { PollCursor } from './poll-cursor.js';
import type { ReconcileFigures } from './reconcile-figures.js';
import type { StoreClock } from './store-clock.js';

/** A page of POLL with fewer rows and bytes is the last: a gateway may also end one before a delta that is too long for it. */
const PAGE_ROWS = 500;
const PAGE_BYTES = DELTA_BYTES_MAX;
/** Rows may have been stored out of order around the newest that was seen. */
const OVERLAP_MS = 2_000;
/** Beyond the window: incidents and blocks matter for longer, and clocks are never quite right. */
const MARGIN_MS = 10_000;
const PAUSE_MS_MIN = 50;
const PAUSE_MS_MAX = 1_000;
/** LumaDB says something on each stream every second. */
const SILENCE_MS_MIN = 2_000;
const SILENT_INTERVALS = 20;

const ENDED = 'the stream has ended, and is opened anew';

/** Hears how the following goes. */
export interface FollowListener {
  /** All that was stored before has been read. */
  caughtUp(): void;
  /** It is not known any more whether everything has been read; why, in words. */
  fellBehind(reason: string): void;
}

export interface DeltaFollowerOptions {
  readonly luma: Luma;
  readonly intake: Pick<DeltaIntake, 'take'>;
  readonly clock: StoreClock;
  readonly ownId: string;
  readonly figures: ReconcileFigures;
  readonly intervalMs: number;
  /** The longest window in force. */
  readonly windowMs: () => number;
  readonly listener: FollowListener;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly random: () => number;
}

export class DeltaFollower {
  readonly #options: DeltaFollowerOptions;
  readonly #backoff: Backoff;
  readonly #silenceMs: number;
  /** The life of the store's content that is being read. */
  #epoch: string | undefined;
  /** Time by the store's clock up to which all rows have been read, in this epoch. */
  #readToMs: number | undefined;
  /** Of the rows that have come since following began, in any order until all of them are there. */
  #newestMs: number | undefined;
  #isCaughtUp = false;
  /** Once in a life: what came before is backlog. */
  #wasCaughtUp = false;
  #stream: LumaStream | undefined;
  /** Set when following has to begin anew, and why. */
  #cutReason: string | undefined;
  /** Since when nothing has come, while something is waited for. */
  #silentSinceMs: number | undefined;

  constructor(options: DeltaFollowerOptions) {
    this.#options = options;
    this.#backoff = new Backoff(PAUSE_MS_MIN, PAUSE_MS_MAX, options.random);
    this.#silenceMs = Math.max(SILENCE_MS_MIN, SILENT_INTERVALS * options.intervalMs);
  }

  /** Follows until the session ends. */
  async run(session: LinkSession): Promise<void> {
    const { sleep, listener } = this.#options;
    session.onEnd(() => this.#stream?.cancel());
    let polls = false;
    while (!session.ended) {
      this.#cutReason = undefined;
      this.#silentSinceMs = undefined;
      try {
        if (polls) await this.#poll(session);
        else await this.#followStream(session);
        if (!session.ended) listener.fellBehind(this.#cutReason ?? ENDED);
      } catch (error) {
        if (session.ended) return;
        if (!(error instanceof LumaFailure)) throw error;
        if (!polls && error.status === status.UNIMPLEMENTED) {
          polls = true;
          continue;
        }
        // A stream that has lived for as long as it may is opened anew, without ado.
        if (polls || error.status !== status.DEADLINE_EXCEEDED) {
          listener.fellBehind(this.#cutReason ?? error.message);
        }
      }
      if (!session.ended) await sleep(this.#backoff.next());
    }
  }

  /** Begins anew: the store has lost what it had, or its clock has jumped. */
  startAnew(): void {
    this.#epoch = undefined;
    this.#readToMs = undefined;
    this.#newestMs = undefined;
    this.#isCaughtUp = false;
    this.#cut('what the store holds is read from the beginning');
  }

  /** The store answers: a stream that says nothing all the same is opened anew. */
  cutIfSilent(): void {
    const { now } = this.#options;
    if (this.#silentSinceMs !== undefined && now() - this.#silentSinceMs > this.#silenceMs) {
      this.#cut('nothing came on the stream, and it is opened anew');
    }
  }

  #cut(reason: string): void {
    this.#cutReason = reason;
    this.#stream?.cancel();
  }

  async #followStream(session: LinkSession): Promise<void> {
    const { luma, ownId, now, figures } = this.#options;
    figures.streamsOpened++;
    const stream = luma.follow({ since_ms: this.#beginAt(), except: ownId });
    this.#stream = stream;
    this.#silentSinceMs = now();
    for await (const answer of stream.answers) {
      this.#silentSinceMs = undefined;
      await this.#takeNews(newsOf(answer), session);
      if (session.ended) return;
      this.#silentSinceMs = now();
    }
  }

  async #takeNews({ epoch, deltas, caughtUp }: WindowNews, session: LinkSession): Promise<void> {
    this.#note(epoch);
    await this.#options.intake.take(deltas, !this.#wasCaughtUp);
    for (const { storedAtMs } of deltas) this.#readTo(storedAtMs);
    if (caughtUp && !session.ended) this.#catchUp();
  }

  async #poll(session: LinkSession): Promise<void> {
    const { now, sleep, intervalMs } = this.#options;
    const cursor = new PollCursor();
    const sinceMs = this.#beginAt();
    while (!session.ended) {
      const startedMs = now();
      const isLast = await this.#readPage(cursor, sinceMs);
      // Sequences may have begun anew, and some of the new ones lie below those that were seen.
      if (this.#cutReason !== undefined) return;
      if (isLast && !session.ended) this.#catchUp();
      if (!session.ended) await sleep(isLast ? Math.max(0, startedMs + intervalMs - now()) : 0);
    }
  }

  /** @returns whether there are no more rows for now. */
  async #readPage(cursor: PollCursor, sinceMs: number): Promise<boolean> {
    const { luma, intake, now } = this.#options;
    const parameters = [cursor.highest, cursor.gaps(now()), sinceMs];
    const rows = rowsOf(await luma.execute(POLL, Buffer.from(JSON.stringify(parameters))));
    let bytes = 0;
    for (const row of rows) {
      const receipt = receiptOf(row);
      const delta = deltaOf(row);
      if (receipt === undefined || delta === undefined) {
        throw new StrangeAnswer('answers rows that were not asked for');
      }
      bytes += delta.length;
      this.#note(receipt.epoch);
      cursor.see(receipt.sequence, now());
      await intake.take([{ delta, storedAtMs: receipt.storedAtMs }], !this.#wasCaughtUp);
      this.#readTo(receipt.storedAtMs);
    }
    return rows.length < PAGE_ROWS && bytes < PAGE_BYTES;
  }

  /** Another epoch than before: what was read is of no use as a place to go on from. */
  #note(epoch: string): void {
    if (epoch === this.#epoch) return;
    const isFirst = this.#epoch === undefined;
    this.#epoch = epoch;
    if (isFirst) return;
    this.#readToMs = undefined;
    this.#newestMs = undefined;
    this.#isCaughtUp = false;
    this.#cut('the store has lost what it held, and is read from the beginning');
  }

  #readTo(storedAtMs: number): void {
    this.#newestMs = Math.max(this.#newestMs ?? storedAtMs, storedAtMs);
    if (this.#isCaughtUp) this.#readToMs = this.#newestMs;
  }

  #catchUp(): void {
    this.#isCaughtUp = true;
    this.#wasCaughtUp = true;
    this.#readToMs = this.#newestMs ?? this.#readToMs;
    this.#backoff.reset();
    this.#options.listener.caughtUp();
  }

  /** Where to go on, by the store's clock. */
  #beginAt(): number {
    this.#isCaughtUp = false;
    this.#newestMs = undefined;
    const { clock, now, windowMs } = this.#options;
    if (this.#readToMs !== undefined) return this.#readToMs - OVERLAP_MS;
    return Math.max(0, Math.floor(clock.toStore(now()) - windowMs() - MARGIN_MS));
  }
}

/** @throws StrangeAnswer */
function newsOf({ contentType, result }: QueryResponse): WindowNews {
  if (contentType !== NEWS_TYPE) throw new StrangeAnswer('streams something else than news of windows');
  try {
    return WindowNews.decode(result);
  } catch {
    throw new StrangeAnswer('streams something else than news of windows');
  }
}
