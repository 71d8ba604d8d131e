/**
 * Merges what another sidecar saw into the window. What is shared is a join-semilattice, (B, A) -> newest time, so the
 * merge is commutative, associative and idempotent: sidecars that have heard the same count the same, in whatever order
 * and however often they heard it.
 */
import type { CallerWindow } from './caller-window.js';
import { LEADING_ZERO_WEIGHT, LEADING_ZEROS_MAX } from './number.js';
import type { NumberKeys } from './number-keys.js';
import type { Observations } from './observations.js';

/** No number packs to this or more. */
const KEYS_END = (LEADING_ZEROS_MAX + 1) * LEADING_ZERO_WEIGHT;

/** What became of a batch. */
export interface Merged {
  /** The B-numbers that it was about, each once; their keys are good for as long as they are in the window. */
  readonly bKeys: readonly number[];
  /** Observations that no sidecar can have made: keys that no number packs to, times that are none. */
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
  const touched = new Set<number>();
  let malformed = 0;
  for (let i = 0; i < count; i++) {
    const timeMs = timesMs[i];
    if (!isKey(bKeys[i]) || !isKey(aKeys[i]) || !Number.isSafeInteger(timeMs)) {
      malformed++;
      continue;
    }
    window.merge(bKeys[i], aKeys[i], timeMs < nowMs ? timeMs : nowMs);
    touched.add(bKeys[i]);
  }
  for (const { bNumber, aNumber, timeMs } of named) {
    if (!Number.isSafeInteger(timeMs)) {
      malformed++;
      continue;
    }
    const bKey = keys.acquireCanonical(bNumber);
    const aKey = keys.acquireCanonical(aNumber);
    window.merge(bKey, aKey, Math.min(timeMs, nowMs));
    // A text that the window has not taken is nobody's, and its key may soon be another's.
    if (bKey >= 0 || window.knows(bKey)) touched.add(bKey);
    keys.release(aKey);
    keys.release(bKey);
  }
  return { bKeys: [...touched], malformed };
}

function isKey(key: number): boolean {
  return Number.isInteger(key) && key >= 0 && key < KEYS_END;
}
