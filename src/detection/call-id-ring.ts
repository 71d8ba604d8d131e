/**
 * The Call-IDs of recent calls, for evidence: a ring of bytes, written in turns, where new ones take the place of the
 * oldest. A record never runs over the end of the ring:
 *
 *     2 bytes  length    then one byte (Latin-1) for each UTF-16 unit, '?' for a unit above U+00FF
 *
 * A position counts every byte since the ring was made, so that it alone tells whether the record there is still whole.
 */
const LENGTH_BYTES = 2;
/** Most UTF-16 units that are kept of one Call-ID. */
const UNITS_MAX = 512;
const REPLACEMENT = 63;

const BYTES_PER_CALL = 48;
const BYTES_MIN = 64 * 1024;
const BYTES_MAX = 256 * 1024 * 1024;

/** The position of no record. */
const NOWHERE = 0;

export class CallIdRing {
  readonly #bytes: Uint8Array;
  /** Position at which the turn under way began. The first is not 0, which means nowhere. */
  #turn: number;
  /** How far the turn has come. */
  #index = 0;

  /** @param bytes size of the ring; 514, the longest record, or more. */
  constructor(bytes: number) {
    this.#bytes = new Uint8Array(bytes);
    this.#turn = bytes;
  }

  /** Keeps a Call-ID, for as long as the ring takes to come round. Returns its position; '' has none. */
  write(callId: string): number {
    const units = Math.min(callId.length, UNITS_MAX);
    if (units === 0) return NOWHERE;
    const bytes = this.#bytes;
    if (this.#index + LENGTH_BYTES + units > bytes.length) {
      this.#turn += bytes.length;
      this.#index = 0;
    }
    const start = this.#index;
    bytes[start] = units >> 8;
    bytes[start + 1] = units & 0xff;
    const text = start + LENGTH_BYTES;
    for (let i = 0; i < units; i++) {
      const unit = callId.charCodeAt(i);
      bytes[text + i] = unit > 0xff ? REPLACEMENT : unit;
    }
    this.#index = text + units;
    return this.#turn + start;
  }

  /** The Call-ID at a position that `write` returned, or '' if there was none or it has been overwritten. */
  read(position: number): string {
    const bytes = this.#bytes;
    const overwritten = position + bytes.length < this.#turn + this.#index;
    if (position === NOWHERE || overwritten) return '';
    const start = position % bytes.length;
    const text = start + LENGTH_BYTES;
    const end = text + (bytes[start] << 8) + bytes[start + 1];
    return String.fromCharCode(...bytes.subarray(text, end));
  }
}

/** Bytes of a ring for the Call-IDs of `calls` live calls; those that switches make have 20 to 60 characters. */
export function ringBytesFor(calls: number): number {
  return Math.min(Math.max(calls * BYTES_PER_CALL, BYTES_MIN), BYTES_MAX);
}
