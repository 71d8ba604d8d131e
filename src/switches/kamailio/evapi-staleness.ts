/**
 * Tells questions that have lain about from fresh ones. After the sidecar has stood still, those of many seconds are read at
 * once: calls that have long gone on, and counted together they would look like an attack.
 */

/** Kamailio's patience is a fraction of this. */
const AGE_MS_MAX = 2_000;
/** A backlog is read faster than this. If questions still look old then, a clock was set. */
const BACKLOG_MS_MAX = 1_000;

export class Staleness {
  /** The least that our clock was ahead of Kamailio's: what a question that has not waited shows. */
  #aheadMs = Number.POSITIVE_INFINITY;
  #staleSinceMs: number | undefined;

  /** @param sentMs by Kamailio's clock; NaN is taken for fresh. @param nowMs by our monotonic clock. */
  isStale(sentMs: number, nowMs: number): boolean {
    if (Number.isNaN(sentMs)) return false;
    const aheadMs = nowMs - sentMs;
    this.#aheadMs = Math.min(this.#aheadMs, aheadMs);
    if (aheadMs - this.#aheadMs <= AGE_MS_MAX) {
      this.#staleSinceMs = undefined;
      return false;
    }
    this.#staleSinceMs ??= nowMs;
    if (nowMs - this.#staleSinceMs <= BACKLOG_MS_MAX) return true;
    this.#aheadMs = aheadMs;
    this.#staleSinceMs = undefined;
    return false;
  }
}
