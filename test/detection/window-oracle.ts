/** The rule by brute force: every observation is kept for ever and counted again at each question. */
import type { RecentCall } from '../../src/detection/recent-calls.js';

interface Observation {
  readonly bKey: number;
  readonly aKey: number;
  readonly sourceKey: number;
  readonly timeMs: number;
  readonly local: boolean;
  readonly callId: string;
}

export class WindowOracle {
  readonly #observations: Observation[] = [];

  record(bKey: number, aKey: number, sourceKey: number, timeMs: number, local: boolean, callId = ''): void {
    this.#observations.push({ bKey, aKey, sourceKey, timeMs, local, callId });
  }

  /** The newest time of each A that called B. */
  #lastCalls(bKey: number): Map<number, number> {
    const last = new Map<number, number>();
    for (const each of this.#observations) {
      if (each.bKey === bKey) last.set(each.aKey, Math.max(each.timeMs, last.get(each.aKey) ?? -Infinity));
    }
    return last;
  }

  callersOf(bKey: number, timeMs: number, windowMs: number): number[] {
    return [...this.#lastCalls(bKey)].filter(([, last]) => last >= timeMs - windowMs).map(([aKey]) => aKey);
  }

  distinct(bKey: number, timeMs: number, windowMs: number): number {
    return this.callersOf(bKey, timeMs, windowMs).length;
  }

  #localCalls(bKey: number, timeMs: number, windowMs: number): Observation[] {
    return this.#observations.filter(
      (each) => each.local && each.bKey === bKey && each.timeMs >= timeMs - windowMs,
    );
  }

  callCount(bKey: number, timeMs: number, windowMs: number): number {
    return this.#localCalls(bKey, timeMs, windowMs).length;
  }

  distinctSources(bKey: number, timeMs: number, windowMs: number): number {
    return new Set(this.#localCalls(bKey, timeMs, windowMs).map((call) => call.sourceKey)).size;
  }

  /** Of two calls of one millisecond the one that was told first comes first. */
  callsBetween(
    bKey: number,
    sinceMs: number,
    untilMs: number,
    limit = Number.POSITIVE_INFINITY,
  ): RecentCall[] {
    return this.#localCalls(bKey, sinceMs, 0)
      .filter((call) => call.timeMs <= untilMs)
      .toSorted((one, other) => one.timeMs - other.timeMs)
      .slice(-limit)
      .map(({ timeMs, aKey, sourceKey, callId }) => ({ timeMs, aKey, sourceKey, callId }));
  }

  /** Forgets the pair with the oldest time among those still inside the horizon, as a full window does. */
  evictOldest(horizonMs: number): void {
    const last = new Map<string, Observation>();
    for (const each of this.#observations) {
      const pair = `${each.bKey} ${each.aKey}`;
      const known = last.get(pair);
      if (known === undefined || each.timeMs > known.timeMs) last.set(pair, each);
    }
    const live = [...last.values()].filter((each) => each.timeMs >= horizonMs);
    const oldest = live.reduce((a, b) => (b.timeMs < a.timeMs ? b : a));
    const rest = this.#observations.filter((each) => each.bKey !== oldest.bKey || each.aKey !== oldest.aKey);
    this.#observations.splice(0, this.#observations.length, ...rest);
  }
}
