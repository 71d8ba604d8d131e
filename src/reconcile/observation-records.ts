/**
 * Calls as records of 17 bytes, as acm/v1/window.proto says: 7 bytes B-number, 7 bytes A-number, 3 bytes age, each
 * big-endian and unsigned. Keys are doubles of up to 53 bits, so they are split into a high part of 24 bits and a low one
 * of 32.
 */
import { isPackedKey } from '../detection/number.js';
import type { Observations } from '../detection/observations.js';
import { AcmError } from '../errors.js';

export const RECORD_BYTES = 17;
/** What 3 bytes hold, in milliseconds: more than four hours. */
export const AGE_MS_MAX = 2 ** 24 - 1;
const A_AT = 7;
const AGE_AT = 14;
const LOW_PART = 2 ** 32;

/**
 * @param storeOffsetMs what is added to `timesMs` for the store's clock.
 * @param sentAtMs by the store's clock, whole milliseconds. What is younger has the age 0; what is older than three bytes
 * can say is left out.
 */
export function packRecords(calls: Observations, storeOffsetMs: number, sentAtMs: number): Buffer {
  const bytes = Buffer.allocUnsafe(calls.count * RECORD_BYTES);
  let at = 0;
  for (let i = 0; i < calls.count; i++) {
    const ageMs = ageOf(calls.timesMs[i], storeOffsetMs, sentAtMs);
    if (ageMs > AGE_MS_MAX) continue;
    writeKey(bytes, calls.bKeys[i], at);
    writeKey(bytes, calls.aKeys[i], at + A_AT);
    bytes[at + AGE_AT] = ageMs >>> 16;
    bytes[at + AGE_AT + 1] = ageMs >>> 8;
    bytes[at + AGE_AT + 2] = ageMs;
    at += RECORD_BYTES;
  }
  return bytes.subarray(0, at);
}

export function ageOf(timeMs: number, storeOffsetMs: number, sentAtMs: number): number {
  return Math.max(0, sentAtMs - Math.round(timeMs + storeOffsetMs));
}

/**
 * @param sentMs when it was sent, by the clock in which the calls' times are to be.
 * @param latestMs by that clock too; nothing is later.
 * @throws AcmError ACM_INVALID_ARGUMENT for a record that is cut off, and for a key that no number packs to.
 */
export function unpackRecords(bytes: Buffer, sentMs: number, latestMs: number): Omit<Observations, 'named'> {
  if (bytes.length % RECORD_BYTES !== 0) throw malformed('an observation is cut off');
  const count = bytes.length / RECORD_BYTES;
  const bKeys = new Float64Array(count);
  const aKeys = new Float64Array(count);
  const timesMs = new Float64Array(count);
  for (let i = 0, at = 0; i < count; i++, at += RECORD_BYTES) {
    const bKey = readKey(bytes, at);
    const aKey = readKey(bytes, at + A_AT);
    if (!isPackedKey(bKey) || !isPackedKey(aKey)) throw malformed('an observation holds what is no number');
    bKeys[i] = bKey;
    aKeys[i] = aKey;
    const ageMs = (bytes[at + AGE_AT] << 16) | (bytes[at + AGE_AT + 1] << 8) | bytes[at + AGE_AT + 2];
    timesMs[i] = Math.min(latestMs, sentMs - ageMs);
  }
  return { count, bKeys, aKeys, timesMs };
}

function writeKey(bytes: Buffer, key: number, at: number): void {
  const high = Math.floor(key / LOW_PART);
  const low = key >>> 0;
  bytes[at] = high >>> 16;
  bytes[at + 1] = high >>> 8;
  bytes[at + 2] = high;
  bytes[at + 3] = low >>> 24;
  bytes[at + 4] = low >>> 16;
  bytes[at + 5] = low >>> 8;
  bytes[at + 6] = low;
}

function readKey(bytes: Buffer, at: number): number {
  const high = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
  const low = (bytes[at + 3] << 24) | (bytes[at + 4] << 16) | (bytes[at + 5] << 8) | bytes[at + 6];
  return high * LOW_PART + (low >>> 0);
}

export function malformed(complaint: string, cause?: unknown): AcmError {
  return new AcmError('ACM_INVALID_ARGUMENT', complaint, { cause });
}
