/** Walks over the calls in progress. There may be a million, so calls are answered in between; some may end meanwhile. */
import { setImmediate as yieldTurn } from 'node:timers/promises';
import type { CallInProgress } from './calls.js';

/** Calls passed before others may be answered: less than a tenth of a millisecond. To compare a Call-ID takes longer. */
const PASSED_PER_TURN = 2_000;
const COMPARED_PER_TURN = 500;

/**
 * The calls that were reported last, the last one first, and how many there are in all.
 * @param calls in the order in which they were reported.
 * @param limit most of them.
 */
export async function newestOf(
  calls: Iterable<CallInProgress>,
  limit: number,
): Promise<{ readonly newest: readonly CallInProgress[]; readonly total: number }> {
  const ring: CallInProgress[] = [];
  let total = 0;
  for (const call of calls) {
    ring[total % limit] = call;
    if (++total % PASSED_PER_TURN === 0) await yieldTurn();
  }
  const newest = ring.map((_, back) => ring[(total - 1 - back) % limit]);
  return { newest, total };
}

/** The calls of these Call-IDs, whatever their From-tags: a person knows no tags. Those without a call are absent. */
export async function callsNamed(
  calls: Iterable<CallInProgress>,
  callIds: readonly string[],
): Promise<ReadonlyMap<string, readonly CallInProgress[]>> {
  const wanted = new Set(callIds);
  const found = new Map<string, CallInProgress[]>();
  let compared = 0;
  for (const call of calls) {
    if (++compared % COMPARED_PER_TURN === 0) await yieldTurn();
    if (wanted.has(call.callId)) found.set(call.callId, [...(found.get(call.callId) ?? []), call]);
  }
  return found;
}
