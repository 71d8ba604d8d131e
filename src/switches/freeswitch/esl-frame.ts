/**
 * Framing of FreeSWITCH's event socket (module mod_event_socket), within bounds: lines `Name: value`, an empty line, then
 * as many bytes as `Content-Length` says.
 */
import { AcmError } from '../../errors.js';

/** One message. Names of headers are in lower case. */
export interface EslFrame {
  readonly headers: ReadonlyMap<string, string>;
  /** Empty where there is none, and where it was too large to be kept. */
  readonly body: Buffer;
  /** The body was larger than is allowed and was skipped. */
  readonly oversized: boolean;
}

export interface EslLimits {
  /** Most bytes of the headers together. More cannot be framed any further. */
  readonly headBytesMax: number;
  /** Most bytes of a body, by its Content-Type. */
  readonly bodyBytesMax: (contentType: string) => number;
}

const NOTHING = Buffer.alloc(0);
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

export class EslFrameReader {
  readonly #limits: EslLimits;
  readonly #take: (frame: EslFrame) => void;
  /** Bytes of headers that are not whole yet. */
  #head: Buffer = NOTHING;
  /** How many of them have been searched for the end. */
  #searched = 0;
  #headers: ReadonlyMap<string, string> = new Map();
  /** Where the body goes; undefined while headers are read, or while it is skipped. */
  #body: Buffer | undefined;
  #filled = 0;
  /** Bytes of an oversized body that are still to come. */
  #toSkip = 0;

  /** @param take is given each message once it is whole, in their order. */
  constructor(limits: EslLimits, take: (frame: EslFrame) => void) {
    this.#limits = limits;
    this.#take = take;
  }

  /**
   * Takes what has come, in pieces of any size.
   * @throws AcmError ACM_UNAVAILABLE if it cannot be told any more where messages begin; the reader is of no use then.
   */
  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#toSkip > 0) rest = this.#skip(rest);
      else if (this.#body === undefined) rest = this.#readHead(rest);
      else rest = this.#fill(this.#body, rest);
    }
  }

  #skip(bytes: Buffer): Buffer {
    const skipped = Math.min(this.#toSkip, bytes.length);
    this.#toSkip -= skipped;
    if (this.#toSkip === 0) this.#take({ headers: this.#headers, body: NOTHING, oversized: true });
    return bytes.subarray(skipped);
  }

  #fill(body: Buffer, bytes: Buffer): Buffer {
    const copied = bytes.copy(body, this.#filled);
    this.#filled += copied;
    if (this.#filled === body.length) {
      this.#body = undefined;
      this.#take({ headers: this.#headers, body, oversized: false });
    }
    return bytes.subarray(copied);
  }

  #readHead(bytes: Buffer): Buffer {
    const head = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes]);
    const end = endOfHead(head, this.#searched);
    if ((end < 0 ? head.length : end) > this.#limits.headBytesMax)
      throw new AcmError('ACM_UNAVAILABLE', 'the headers of a message on the event socket have no end');
    if (end < 0) {
      this.#head = head;
      // The end may have begun in the last two bytes.
      this.#searched = Math.max(0, head.length - 2);
      return NOTHING;
    }
    this.#head = NOTHING;
    this.#searched = 0;
    this.#headers = readHeaders(head.toString('utf8', 0, end));
    this.#beginBody();
    return head.subarray(end);
  }

  #beginBody(): void {
    // Empty lines between messages mean nothing.
    if (this.#headers.size === 0) return;
    const length = bodyLength(this.#headers);
    if (length === 0) {
      this.#take({ headers: this.#headers, body: NOTHING, oversized: false });
    } else if (length > this.#limits.bodyBytesMax(this.#headers.get('content-type') ?? '')) {
      this.#toSkip = length;
    } else {
      this.#body = Buffer.allocUnsafe(length);
      this.#filled = 0;
    }
  }
}

/** The place behind the empty line that ends the headers, or -1. An empty line at the very beginning ends them too. */
function endOfHead(bytes: Buffer, from: number): number {
  if (from === 0) {
    const blank = afterLineEnd(bytes, 0);
    if (blank > 0) return blank;
  }
  for (let feed = bytes.indexOf(LINE_FEED, from); feed >= 0; feed = bytes.indexOf(LINE_FEED, feed + 1)) {
    const end = afterLineEnd(bytes, feed + 1);
    if (end > 0) return end;
  }
  return -1;
}

/** The place behind the line end that stands at `place`, or -1. */
function afterLineEnd(bytes: Buffer, place: number): number {
  if (bytes[place] === LINE_FEED) return place + 1;
  return bytes[place] === CARRIAGE_RETURN && bytes[place + 1] === LINE_FEED ? place + 2 : -1;
}

/** A line that is no header says nothing. Of a name that comes twice the first counts. */
function readHeaders(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    if (!headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}

/** @throws AcmError for a length that is none: where the next message begins cannot be told. */
function bodyLength(headers: ReadonlyMap<string, string>): number {
  const text = headers.get('content-length') ?? '0';
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new AcmError('ACM_UNAVAILABLE', 'a message on the event socket has a malformed Content-Length');
}
