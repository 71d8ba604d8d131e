/** Rows of window_deltas as WindowNews packs them; news of many rows is put together from bytes that are packed once. */
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { StoredDelta, WindowNews } from '../../gen/acm/v1/window.js';
import type { QueryResponse } from '../../gen/luma/v1/luma.js';
import { NEWS_TYPE } from '../luma-statements.js';
import type { RingEntry } from './delta-ring.js';

const DELTAS_TAG = (2 << 3) | 2;
/** The first field of a WindowDelta: sidecar_id, 16 bytes. */
const SIDECAR_TAG = 0x0a;
const SIDECAR_BYTES = 16;

/** A row as it is read. */
export interface DeltaRow {
  readonly sequence: number;
  readonly storedAtMs: number;
  readonly delta: Uint8Array;
}

export function entryOf({ sequence, storedAtMs, delta }: DeltaRow): RingEntry {
  const bytes = Buffer.from(delta.buffer, delta.byteOffset, delta.length);
  const packed = StoredDelta.encode({ sequence, storedAtMs, delta: bytes }).finish();
  return {
    storedAtMs,
    sidecar: sidecarOf(bytes),
    bytes: new BinaryWriter().uint32(DELTAS_TAG).bytes(packed).finish(),
  };
}

/** Of whom a packed WindowDelta is, without decoding it; '' where that does not come first. */
function sidecarOf(delta: Buffer): string {
  if (delta[0] !== SIDECAR_TAG || delta[1] !== SIDECAR_BYTES) return '';
  return delta.toString('hex', 2, 2 + SIDECAR_BYTES);
}

/** One answer of a stream. Protobuf puts fields together that come one after the other. */
export function newsOf(epoch: string, entries: readonly RingEntry[], caughtUp: boolean): QueryResponse {
  const head = WindowNews.encode({ epoch, deltas: [], caughtUp }).finish();
  return {
    success: true,
    error: '',
    result: Buffer.concat([head, ...entries.map(({ bytes }) => bytes)]),
    rowsAffected: entries.length,
    contentType: NEWS_TYPE,
  };
}
