/** HTTP/1.1 answers as they stand on the wire (RFC 9112), read without any help that would hide what is wrong with them. */

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; of repeated ones the last. */
  readonly headers: ReadonlyMap<string, string>;
  /** The status line and all header lines. */
  readonly head: string;
  readonly body: Buffer;
}

export interface Parsed {
  readonly answer: RawAnswer;
  /** Bytes that it takes; what follows belongs to the next answer. */
  readonly length: number;
}

/** An answer that never ends by itself. */
export function isEndless(headers: ReadonlyMap<string, string>): boolean {
  return headers.get('content-type')?.startsWith('text/event-stream') === true;
}

/**
 * The first answer in these bytes; undefined while it is not whole. Interim answers (1xx) are skipped.
 * @param bodiless for the answer to HEAD. @param ended no more bytes will come.
 * @throws Error for what is no HTTP.
 */
export function parseAnswer(bytes: Buffer, bodiless: boolean, ended: boolean): Parsed | undefined {
  let from = 0;
  for (;;) {
    const end = bytes.indexOf('\r\n\r\n', from);
    if (end < 0) return undefined;
    const head = bytes.toString('latin1', from, end);
    const status = Number(/^HTTP\/1\.[01] (\d{3}) ?/.exec(head)?.[1]);
    if (Number.isNaN(status)) throw new Error(`no HTTP: ${head.slice(0, 200)}`);
    from = end + 4;
    if (status < 200) continue;
    const headers = headersOf(head);
    const body = bodiless || status === 204 || status === 304 ? NOTHING : bodyOf(bytes, from, headers, ended);
    return body && { answer: { status, headers, head, body: body.content }, length: body.end || from };
  }
}

interface Body {
  readonly content: Buffer;
  /** Offset of the byte after it; 0 where there is no body. */
  readonly end: number;
}

const NOTHING: Body = { content: Buffer.alloc(0), end: 0 };

function headersOf(head: string): Map<string, string> {
  const lines = head.split('\r\n').slice(1);
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

function bodyOf(
  bytes: Buffer,
  from: number,
  headers: ReadonlyMap<string, string>,
  ended: boolean,
): Body | undefined {
  if (headers.get('transfer-encoding') === 'chunked') return chunkedBody(bytes, from);
  const length = headers.get('content-length');
  if (length === undefined) return ended ? { content: bytes.subarray(from), end: bytes.length } : undefined;
  const end = from + Number(length);
  return bytes.length < end ? undefined : { content: bytes.subarray(from, end), end };
}

function chunkedBody(bytes: Buffer, start: number): Body | undefined {
  const chunks: Buffer[] = [];
  for (let from = start; ; ) {
    const lineEnd = bytes.indexOf('\r\n', from);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', from, lineEnd), 16);
    const chunkEnd = lineEnd + 2 + size;
    if (bytes.length < chunkEnd + 2) return undefined;
    if (size === 0) return { content: Buffer.concat(chunks), end: chunkEnd + 2 };
    chunks.push(bytes.subarray(lineEnd + 2, chunkEnd));
    from = chunkEnd + 2;
  }
}
