/**
 * What this sidecar has to tell the others. Calls are found where the window keeps them, by the millisecond: so the hot
 * path does nothing for it, and what waits to be told is bounded as the window is, in count and in age.
 */
import type { CallerWindow } from '../detection/caller-window.js';
import type { NumberKeys } from '../detection/number-keys.js';
import type { NamedObservation, Observations } from '../detection/observations.js';
import type { NewsSource, SidecarNews } from './exchange-ports.js';

/** Room in the columns at first; they grow to what a millisecond brings beyond the limit that is asked for. */
const COLUMNS_MIN = 1_024;

/** Incidents and blocks that are to be told. */
export interface IncidentSource {
  collect(): Pick<SidecarNews, 'blocks' | 'incidents'>;
  published(): void;
  rewind(): void;
}

export interface OwnNewsParts {
  readonly window: CallerWindow;
  readonly keys: NumberKeys;
  readonly incidents: IncidentSource;
  readonly rulesRevision: () => number;
  /** Monotonic, whole milliseconds: the clock by which calls are recorded. */
  readonly now: () => number;
}

export class OwnNews implements NewsSource {
  readonly #parts: OwnNewsParts;
  #bKeys = new Float64Array(COLUMNS_MIN);
  #aKeys = new Float64Array(COLUMNS_MIN);
  #timesMs = new Float64Array(COLUMNS_MIN);
  /** Calls up to here have been published, and up to there collected. */
  #publishedMs = Number.NEGATIVE_INFINITY;
  #collectedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: OwnNewsParts) {
    this.#parts = parts;
  }

  /** The columns are the same ones each time: they hold until the next call. */
  collect(observationsMax: number): { news: SidecarNews; more: boolean } {
    const { incidents, rulesRevision, window, now } = this.#parts;
    const nowMs = now();
    window.advance(nowMs);
    // The present millisecond is not over: calls may still come in it.
    const untilMs = nowMs - 1;
    const observations = this.#calls(nowMs - window.longestMs, untilMs, observationsMax);
    return {
      news: { observations, ...incidents.collect(), rulesRevision: rulesRevision() },
      more: this.#collectedMs < untilMs,
    };
  }

  published(): void {
    this.#publishedMs = this.#collectedMs;
    this.#parts.incidents.published();
  }

  rewind(): void {
    this.#publishedMs = Number.NEGATIVE_INFINITY;
    this.#collectedMs = Number.NEGATIVE_INFINITY;
    this.#parts.incidents.rewind();
  }

  #calls(oldestMs: number, untilMs: number, max: number): Observations {
    const { window, keys } = this.#parts;
    const named: NamedObservation[] = [];
    let count = 0;
    const take = (bKey: number, aKey: number, timeMs: number): void => {
      if (bKey < 0 || aKey < 0) {
        named.push({ bNumber: keys.textOf(bKey), aNumber: keys.textOf(aKey), timeMs });
        return;
      }
      if (count === this.#bKeys.length) this.#grow();
      this.#bKeys[count] = bKey;
      this.#aKeys[count] = aKey;
      this.#timesMs[count++] = timeMs;
    };
    let ms = Math.max(this.#publishedMs + 1, oldestMs);
    for (; ms <= untilMs && count + named.length < max; ms++) window.visitOwnCalls(ms, ms, take);
    this.#collectedMs = Math.max(ms - 1, this.#publishedMs);
    return { count, bKeys: this.#bKeys, aKeys: this.#aKeys, timesMs: this.#timesMs, named };
  }

  #grow(): void {
    const grown = (column: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> => {
      const larger = new Float64Array(column.length * 2);
      larger.set(column);
      return larger;
    };
    this.#bKeys = grown(this.#bKeys);
    this.#aKeys = grown(this.#aKeys);
    this.#timesMs = grown(this.#timesMs);
  }
}
