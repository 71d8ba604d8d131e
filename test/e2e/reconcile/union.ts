/**
 * What sidecars may answer, told by brute force from the union of all their calls. A call happened between the moment it
 * was sent and the moment it was answered; the news of it may be on its way for two intervals.
 */
import { WindowOracle } from '../../detection/window-oracle.js';
import type { Verdict } from '../../support/grpc-detection.js';

/** One call, as the test saw it. Times are of the test's clock, ms. */
export interface SeenCall {
  readonly aKey: number;
  readonly bKey: number;
  readonly sidecar: number;
  readonly sentMs: number;
  readonly answeredMs: number;
  readonly verdict: Verdict;
}

/** What `distinct_a_count` may be. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/**
 * @param calls all calls to the B-number of `call`, itself too. @param newsMs how long news may take.
 */
export function boundsOf(
  call: SeenCall,
  calls: readonly SeenCall[],
  windowMs: number,
  newsMs: number,
): Bounds {
  const [surely, perhaps] = [new WindowOracle(), new WindowOracle()];
  for (const each of calls) {
    const isOwn = each.sidecar === call.sidecar;
    const known = each === call || each.answeredMs + (isOwn ? 0 : newsMs) < call.sentMs;
    if (known) surely.record(each.bKey, each.aKey, 0, each.sentMs, isOwn);
    if (each.sentMs <= call.answeredMs) perhaps.record(each.bKey, each.aKey, 0, each.answeredMs, isOwn);
  }
  return {
    least: surely.distinct(call.bKey, call.answeredMs, windowMs - newsMs),
    most: perhaps.distinct(call.bKey, call.sentMs, windowMs + newsMs),
  };
}
