/**
 * The framing between drachtio-server and an application: `<bytes>#<payload>`, the length counted in UTF-8 bytes and
 * written with at most five digits.
 */

const LENGTH_DIGITS_MAX = 5;
const HASH = 0x23;

export function encodeFrame(payload: string): string {
  return `${Buffer.byteLength(payload)}#${payload}`;
}

/** Cuts a stream of chunks into payloads; a chunk may end anywhere, even inside a UTF-8 sequence. */
export class FrameReader {
  private pending: Buffer = Buffer.alloc(0);

  /**
   * Takes the next bytes and returns the payloads that they complete.
   * Throws on a malformed length: the stream cannot be resynchronised, so the connection has to go.
   */
  push(chunk: Buffer): string[] {
    this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    const payloads: string[] = [];
    let offset = 0;
    for (;;) {
      const hash = this.pending.indexOf(HASH, offset);
      const digits = this.pending.toString('latin1', offset, hash === -1 ? undefined : hash);
      if (hash === -1) {
        if (digits.length > LENGTH_DIGITS_MAX) throw malformed(digits);
        break;
      }
      if (digits.length > LENGTH_DIGITS_MAX || !/^\d+$/.test(digits)) throw malformed(digits);
      const end = hash + 1 + Number(digits);
      if (end > this.pending.length) break;
      payloads.push(this.pending.toString('utf8', hash + 1, end));
      offset = end;
    }
    this.pending = this.pending.subarray(offset);
    return payloads;
  }
}

function malformed(digits: string): Error {
  return new Error(
    `a frame must begin with its length and '#', not with ${JSON.stringify(digits.slice(0, 20))}`,
  );
}
