/**
 * Finds out whether LumaDB keeps what it acknowledges. One of its public servers answers any query with success and no rows,
 * another with everything that it has; neither may be taken for a store.
 */
import { randomBytes } from 'node:crypto';
import type { PeerId } from '../admission/exchange-ports.js';
import { packProbe } from './delta-codec.js';
import type { Luma } from './luma-client.js';
import { StrangeAnswer } from './luma-failure.js';
import { deltaOf, type Receipt, type Row, receiptOf, rowsOf } from './luma-rows.js';
import { PUBLISH, READ_BACK } from './luma-statements.js';

const PROBE_BYTES = 32;
/** Whoever cannot be reached is tried again soon, so that a sidecar is back within a second. */
const DEADLINE_MS = 800;

/** A receipt, and when it was asked for and came, by the own clock. */
export interface TimedReceipt extends Receipt {
  readonly sentMs: number;
  readonly receivedMs: number;
}

export type ProbeOutcome =
  | { readonly stored: true; readonly receipt: TimedReceipt }
  /** `found` says in words what was found instead. */
  | { readonly stored: false; readonly found: string };

/** Stores a delta. @throws LumaFailure also when the answer does not say that it was stored. */
export async function publish(
  luma: Luma,
  now: () => number,
  delta: Buffer,
  deadlineMs?: number,
): Promise<TimedReceipt> {
  const sentMs = now();
  const response = await luma.execute(PUBLISH, delta, deadlineMs);
  const receivedMs = now();
  const rows = rowsOf(response);
  const receipt = rows.length === 1 ? receiptOf(rows[0]) : undefined;
  if (receipt === undefined) throw new StrangeAnswer(complaintAbout(rows));
  return { ...receipt, sentMs, receivedMs };
}

/** @throws LumaFailure when LumaDB cannot be asked. */
export async function probeStorage(luma: Luma, now: () => number, peer: PeerId): Promise<ProbeOutcome> {
  const probe = packProbe(peer, randomBytes(PROBE_BYTES));
  try {
    const receipt = await publish(luma, now, probe, DEADLINE_MS);
    const payload = Buffer.from(JSON.stringify([receipt.sequence]));
    const rows = rowsOf(await luma.execute(READ_BACK, payload, DEADLINE_MS));
    const found = rows.length === 1 ? deltaOf(rows[0]) : undefined;
    if (found?.equals(probe)) return { stored: true, receipt };
    return { stored: false, found: `LumaDB ${rows.length === 0 ? LOST : complaintAbout(rows)}` };
  } catch (error) {
    if (error instanceof StrangeAnswer) return { stored: false, found: error.message };
    throw error;
  }
}

const LOST = 'acknowledges and does not store: what was written is not there when it is read back';

function complaintAbout(rows: readonly Row[]): string {
  if (rows.length === 0) return 'acknowledges and does not store: it says success with no rows';
  return 'acknowledges and does not store: it answers rows that were not asked for';
}
