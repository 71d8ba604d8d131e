/**
 * Merges what another sidecar saw into the window. What is shared is a join-semilattice, (B, A) -> newest time, so the
 * merge is commutative, associative and idempotent: sidecars that have heard the same count the same, in whatever order
 * and however often they heard it.
 */
import type { CallerWindow } from './caller-window.js';
import { isPackedKey } from './number.js';
import type { NumberKeys } from './number-keys.js';
import type { NamedObservation, Observations } from './observations.js';

/** Longer than any text that a check lets through; a longer one would only take memory. */
const NAME_MAX = 256;

/** What became of a batch. */
export interface Merged {
  /**
   * The B-numbers for which there was news, each once: somebody called who had not, or called again. Their keys are good
   * for as long as they are in the window.
   */
  readonly bKeys: readonly number[];
  /** Observations that came when they had left the longest window. */
  readonly late: number;
  /** Observations that no sidecar can have made: keys that no number packs to, times that are none, endless names. */
  readonly malformed: number;
}

/**
 * Merges a batch. A time ahead of `nowMs` counts as `nowMs`: no call is later than the news of it, and clocks were
 * compared before.
 * @param nowMs the clock, whole milliseconds.
 */
export function mergeObservations(
  window: CallerWindow,
  keys: NumberKeys,
  observations: Observations,
  nowMs: number,
): Merged {
  window.advance(nowMs);
  const { count, bKeys, aKeys, timesMs, named } = observations;
  const oldestMs = nowMs - window.longestMs;
  const changed = new Set<number>();
  let late = 0;
  let malformed = 0;
  for (let i = 0; i < count; i++) {
    const timeMs = timesMs[i];
    if (!isPackedKey(bKeys[i]) || !isPackedKey(aKeys[i]) || !Number.isSafeInteger(timeMs)) malformed++;
    else if (timeMs < oldestMs) late++;
    else if (window.merge(bKeys[i], aKeys[i], timeMs < nowMs ? timeMs : nowMs)) changed.add(bKeys[i]);
  }
  for (const call of named) {
    if (!isNameable(call)) malformed++;
    else if (call.timeMs < oldestMs) late++;
    else mergeNamed(window, keys, call, nowMs, changed);
  }
  return { bKeys: [...changed], late, malformed };
}

function isNameable({ bNumber, aNumber, timeMs }: NamedObservation): boolean {
  return bNumber.length <= NAME_MAX && aNumber.length <= NAME_MAX && Number.isSafeInteger(timeMs);
}

/** The window holds the keys of what it takes; those of what it does not take may soon be another's. */
function mergeNamed(
  window: CallerWindow,
  keys: NumberKeys,
  { bNumber, aNumber, timeMs }: NamedObservation,
  nowMs: number,
  changed: Set<number>,
): void {
  const bKey = keys.acquireCanonical(bNumber);
  const aKey = keys.acquireCanonical(aNumber);
  if (window.merge(bKey, aKey, Math.min(timeMs, nowMs))) changed.add(bKey);
  keys.release(aKey);
  keys.release(bKey);
}
