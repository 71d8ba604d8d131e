/**
 * Tells the others what this sidecar has seen: one delta in each interval, also when there is nothing to tell. Nothing waits
 * here: what could not be told is collected again, with what is new, as long as it is worth something.
 */
import { status } from '@grpc/grpc-js';
import type { NewsSource, PeerId } from '../admission/exchange-ports.js';
import type { Log } from '../admission/ports.js';
import { Backoff } from '../client/backoff.js';
import { DELTA_BYTES_MAX, type DeltaCodec } from './delta-codec.js';
import type { LinkSession } from './link-session.js';
import type { Luma } from './luma-client.js';
import { LumaFailure } from './luma-failure.js';
import type { ReconcileFigures } from './reconcile-figures.js';
import { publish, type TimedReceipt } from './storage-probe.js';

/** Calls of one delta: 136 kB, and half a millisecond to pack. */
const CALLS_MAX = 8_000;
const PAUSE_MS_MIN = 50;
const PAUSE_MS_MAX = 1_000;
/** A connection over which nothing could be stored for so long is given up. */
const FAILING_MS_MAX = 2_000;

export interface DeltaPublisherOptions {
  readonly luma: Luma;
  readonly codec: DeltaCodec;
  readonly source: NewsSource;
  readonly self: PeerId;
  readonly figures: ReconcileFigures;
  readonly log: Log;
  readonly intervalMs: number;
  /** A delta has been stored. */
  readonly onStored: (receipt: TimedReceipt) => void;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly random: () => number;
}

export class DeltaPublisher {
  readonly #options: DeltaPublisherOptions;
  readonly #backoff: Backoff;
  #number = 0;
  #underWay: Promise<{ more: boolean }> | undefined;

  constructor(options: DeltaPublisherOptions) {
    this.#options = options;
    this.#backoff = new Backoff(PAUSE_MS_MIN, PAUSE_MS_MAX, options.random);
  }

  /** Publishes until the session ends. @throws LumaFailure when it had better be given up. */
  async run(session: LinkSession): Promise<void> {
    const { now, sleep, intervalMs } = this.#options;
    let storedMs = now();
    while (!session.ended) {
      const startedMs = now();
      let pauseMs = 0;
      try {
        const { more } = await this.#publish();
        storedMs = now();
        this.#backoff.reset();
        if (!more) pauseMs = startedMs + intervalMs - storedMs;
      } catch (error) {
        if (!isLate(error) || now() - storedMs > FAILING_MS_MAX) throw error;
        pauseMs = this.#backoff.next();
      }
      // With nothing to wait for, calls get their turn all the same.
      if (!session.ended) await sleep(Math.max(0, pauseMs));
    }
  }

  /** Says the last words, and that no more will come. Never rejects, and takes at most `boundMs`. */
  async signOff(boundMs: number): Promise<void> {
    const { now, sleep } = this.#options;
    const endMs = now() + boundMs;
    if (this.#underWay !== undefined) {
      await Promise.race([this.#underWay.catch(() => undefined), sleep(boundMs)]);
    }
    const leftMs = endMs - now();
    if (leftMs <= 0) return;
    await this.#publish(true, leftMs).catch(() => undefined);
  }

  #publish(signingOff = false, deadlineMs?: number): Promise<{ more: boolean }> {
    this.#underWay = this.#attempt(signingOff, deadlineMs).finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #attempt(signingOff: boolean, deadlineMs: number | undefined): Promise<{ more: boolean }> {
    const { luma, now, source, figures, onStored } = this.#options;
    const { bytes, calls, more } = this.#pack(signingOff);
    try {
      const receipt = await publish(luma, now, bytes, deadlineMs);
      source.published();
      figures.published++;
      figures.observationsSent += calls;
      figures.bytesSent += bytes.length;
      onStored(receipt);
      return { more };
    } catch (error) {
      figures.publishFailures++;
      throw error;
    }
  }

  #pack(signingOff: boolean): { bytes: Buffer; calls: number; more: boolean } {
    const { source, codec, self, now, log } = this.#options;
    for (let callsMax = CALLS_MAX; ; callsMax = Math.ceil(callsMax / 4)) {
      const { news, more } = source.collect(callsMax);
      const bytes = codec.pack({ peer: self, number: ++this.#number, signingOff }, news, now());
      const calls = news.observations.count + news.observations.named.length;
      if (bytes.length <= DELTA_BYTES_MAX) return { bytes, calls, more };
      if (callsMax > 1) continue;
      log.error(
        { bytes: bytes.length },
        'news for the other sidecars is too long for a delta, and is left out',
      );
      source.published();
      return this.#pack(signingOff);
    }
  }
}

/** The answer has not come in time: the connection may be slow, and no more than that. */
function isLate(error: unknown): boolean {
  return error instanceof LumaFailure && error.status === status.DEADLINE_EXCEEDED;
}
