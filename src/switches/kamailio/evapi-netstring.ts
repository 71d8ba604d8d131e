/**
 * Netstrings, in which Kamailio's evapi wraps its messages: `<bytes>:<payload>,`, the length in decimal digits
 * (netstring_format of the module, its default).
 */
import type { SwitchDropCause } from '../../admission/switch-figures.js';

/** An INVITE of 64 kB in base64, and what stands around it. */
const BYTES_MAX = 131_072;
const [ZERO, NINE, COLON, COMMA] = [0x30, 0x39, 0x3a, 0x2c];

/** The stream makes no sense any more: where its next message begins cannot be known. */
export class NetstringError extends Error {
  override readonly name = 'NetstringError';

  constructor(readonly dropCause: Extract<SwitchDropCause, 'malformed' | 'oversized'>) {
    super(`the event socket sent something ${dropCause}`);
  }
}

export function netstringOf(payload: string): string {
  return `${Buffer.byteLength(payload)}:${payload},`;
}

/** Takes a stream apart, however it is cut into chunks; holds one message at most. */
export class NetstringReader {
  #rest: Buffer = Buffer.alloc(0);

  /** @param take is given the payload of each message that is whole. @throws NetstringError behind the last of them. */
  push(chunk: Buffer, take: (payload: string) => void): void {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (let frame = frameAt(data, at); frame !== undefined; frame = frameAt(data, at)) {
      take(data.toString('utf8', frame.start, frame.end));
      at = frame.end + 1;
    }
    this.#rest = data.subarray(at);
  }
}

/** Where the payload begins and ends; undefined if it is not whole yet. */
function frameAt(data: Buffer, from: number): { start: number; end: number } | undefined {
  let length = 0;
  let at = from;
  for (; at < data.length && data[at] !== COLON; at++) {
    const digit = data[at]!;
    const leadsWithZero = at > from && length === 0;
    if (digit < ZERO || digit > NINE || leadsWithZero) throw new NetstringError('malformed');
    length = length * 10 + (digit - ZERO);
    // With the digit that makes it so, whatever follows: the same however the stream is cut.
    if (length > BYTES_MAX) throw new NetstringError('oversized');
  }
  if (at >= data.length) return undefined;
  if (at === from) throw new NetstringError('malformed');
  const end = at + 1 + length;
  if (end >= data.length) return undefined;
  if (data[end] !== COMMA) throw new NetstringError('malformed');
  return { start: at + 1, end };
}
