/** Takes the deltas of other sidecars: looks at each, and hands on what it says, in slices that no call has to wait for. */
import type { NewsSink, SidecarNews } from '../admission/exchange-ports.js';
import type { Log } from '../admission/ports.js';
import type { Observations } from '../detection/observations.js';
import { AcmError } from '../errors.js';
import type { StoredDelta } from '../gen/acm/v1/window.js';
import { type DeltaCodec, type IncomingDelta, idBytes, isOwn } from './delta-codec.js';
import { countLag, type DropCause, type ReconcileFigures } from './reconcile-figures.js';
import type { StoreClock } from './store-clock.js';

/** Calls that are merged in one go: a few hundred nanoseconds each. */
const SLICE_CALLS = 2_000;
/** Then calls get their turn. */
const SLICE_MS = 1;
/**
 * When the store's clock jumps, senders and receivers find out one after the other, each with its next delta, and everything is
 * told and read again then. Until that, times that would come out too new are left out, since nothing could put them right:
 * a delta is not stored before it is sent, and not read before it is stored. (Beyond that comes what clocks are not known by.)
 */
const AHEAD_MS_MAX = 1_000;
/** It is stored within the deadline of its publishing. */
const BEHIND_MS_MAX = 5_000;

export interface DeltaIntakeOptions {
  readonly codec: DeltaCodec;
  readonly clock: Pick<StoreClock, 'toStore'>;
  readonly sink: NewsSink;
  /** Of this sidecar, UUID: its own deltas are left out. */
  readonly ownId: string;
  readonly figures: ReconcileFigures;
  readonly log: Log;
  readonly now: () => number;
  /** Lets the calls that wait be answered. */
  readonly yieldTurn: () => Promise<unknown>;
}

export class DeltaIntake {
  readonly #options: DeltaIntakeOptions;
  readonly #ownId: Buffer;
  readonly #told = new Set<DropCause>();

  constructor(options: DeltaIntakeOptions) {
    this.#options = options;
    this.#ownId = idBytes(options.ownId);
  }

  /** Settles when all of them have been handed on. Never rejects. */
  async take(deltas: readonly Omit<StoredDelta, 'sequence'>[], isBacklog: boolean): Promise<void> {
    const { now, yieldTurn } = this.#options;
    let sliceMs = now();
    for (const { delta, storedAtMs } of deltas) {
      for (const handOn of this.#slicesOf(delta, storedAtMs, isBacklog)) {
        this.#guard(handOn);
        if (now() - sliceMs < SLICE_MS) continue;
        await yieldTurn();
        sliceMs = now();
      }
    }
  }

  #slicesOf(bytes: Buffer, storedAtMs: number, isBacklog: boolean): (() => void)[] {
    if (isOwn(bytes, this.#ownId)) return [];
    const delta = this.#unpack(bytes, storedAtMs);
    if (delta === undefined) return [];
    const { sink, figures, now } = this.#options;
    const { peer, number, news, sentMs, signingOff } = delta;
    figures.received++;
    figures.bytesReceived += bytes.length;
    figures.observationsReceived += news.observations.count + news.observations.named.length;
    if (!isBacklog) countLag(figures, Math.max(0, now() - sentMs));
    const slices = sliced(news).map((part) => () => sink.hear(peer, number, part, isBacklog));
    if (signingOff) slices.push(() => sink.signedOff(peer));
    else slices.unshift(() => sink.alive(peer, sentMs));
    return slices;
  }

  #unpack(bytes: Buffer, storedAtMs: number): IncomingDelta | undefined {
    const { codec, now } = this.#options;
    try {
      const delta = codec.unpack(bytes, now());
      if (delta === undefined || this.#isInTime(delta.sentAtMs, storedAtMs)) return delta;
      this.#drop('clock', 'it was sent, stored and read at times that do not fit together');
    } catch (error) {
      if (!(error instanceof AcmError)) this.#drop('defect', 'unpacking it failed', error);
      else this.#drop(error.code === 'ACM_FORBIDDEN' ? 'sealed' : 'malformed', error.message);
    }
    return undefined;
  }

  /** Times by the store's clock. */
  #isInTime(sentAtMs: number, storedAtMs: number): boolean {
    const { clock, now } = this.#options;
    const untilStoredMs = storedAtMs - sentAtMs;
    const untilReadMs = clock.toStore(now()) - storedAtMs;
    return untilStoredMs >= -AHEAD_MS_MAX && untilStoredMs <= BEHIND_MS_MAX && untilReadMs >= -AHEAD_MS_MAX;
  }

  /** A defect in what takes the news must not end the exchange. */
  #guard(handOn: () => void): void {
    try {
      handOn();
    } catch (error) {
      this.#drop('defect', 'taking it failed', error);
    }
  }

  /** The first of each kind is told. */
  #drop(cause: DropCause, reason: string, err?: unknown): void {
    const { figures, log } = this.#options;
    figures.dropped[cause]++;
    if (this.#told.has(cause)) return;
    this.#told.add(cause);
    log.warn(
      { cause, reason, err },
      'what another sidecar tells is left out; more of this kind are only counted',
    );
  }
}

/** News with many calls in parts: what comes again under the same number only adds to the window. */
function sliced(news: SidecarNews): readonly SidecarNews[] {
  const { observations } = news;
  if (observations.count <= SLICE_CALLS) return [news];
  const parts: SidecarNews[] = [];
  for (let from = 0; from < observations.count; from += SLICE_CALLS) {
    const calls = callsBetween(observations, from, Math.min(from + SLICE_CALLS, observations.count));
    parts.push(
      from === 0
        ? { ...news, observations: calls }
        : { ...news, observations: { ...calls, named: [] }, blocks: [], incidents: [] },
    );
  }
  return parts;
}

function callsBetween(
  { bKeys, aKeys, timesMs, named }: Observations,
  from: number,
  to: number,
): Observations {
  return {
    count: to - from,
    bKeys: bKeys.subarray(from, to),
    aKeys: aKeys.subarray(from, to),
    timesMs: timesMs.subarray(from, to),
    named,
  };
}
