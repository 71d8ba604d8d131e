/** When a delivery that has failed is tried again: soon, then ever more rarely, for about a day. */

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const FIRST_MS = 5 * SECOND_MS;
export const PAUSE_MS_MAX = HOUR_MS;
/** A failure that comes so long after the first attempt was due is the last one. */
export const GIVE_UP_MS = 24 * HOUR_MS;
/** Gone: the receiver wants nothing more (RFC 9110, section 15.5.11). Any other answer may be a mistake that is mended. */
const GONE = 410;

/** An attempt that has failed. */
export interface FailedAttempt {
  /** Counted from 1. */
  readonly attempt: number;
  readonly queuedAt: Date;
  readonly status: number;
  /** What the receiver asks for with Retry-After; 0 for nothing. */
  readonly retryAfterMs: number;
}

/**
 * The time of the next attempt; undefined if there is none. The pause is 5 s, doubled with each attempt up to an hour, of
 * which up to half is left to chance, so that receivers are not asked in step; or what the receiver asks for, up to an hour.
 * @param random from [0, 1).
 */
export function nextAttempt(failed: FailedAttempt, now: Date, random: number): Date | undefined {
  const nowMs = now.getTime();
  if (failed.status === GONE || nowMs - failed.queuedAt.getTime() >= GIVE_UP_MS) return undefined;
  const ceilingMs = Math.min(PAUSE_MS_MAX, FIRST_MS * 2 ** (failed.attempt - 1));
  const pauseMs = ceilingMs * (0.5 + random / 2);
  return new Date(nowMs + Math.max(pauseMs, Math.min(failed.retryAfterMs, PAUSE_MS_MAX)));
}

/** Milliseconds of a Retry-After (RFC 9110, section 10.2.3): seconds or a date; 0 for anything else. */
export function retryAfterOf(value: string | undefined, now: Date): number {
  if (value === undefined) return 0;
  if (/^\d{1,9}$/.test(value)) return Number(value) * SECOND_MS;
  const ms = Date.parse(value) - now.getTime();
  return ms > 0 ? ms : 0;
}
