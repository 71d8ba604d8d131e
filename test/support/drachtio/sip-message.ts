/** SIP messages as text (RFC 3261 section 7): parsed into a start line, header fields in order, and a body. */

export interface HeaderField {
  /** The canonical long form, such as `Call-ID`. */
  readonly name: string;
  readonly value: string;
}

export interface SipRequest {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: string;
  readonly headers: readonly HeaderField[];
  readonly body: string;
}

export interface SipResponse {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly HeaderField[];
  readonly body: string;
}

export type SipMessage = SipRequest | SipResponse;

/** RFC 3261 section 7.3.3. */
const COMPACT_FORMS: Readonly<Record<string, string>> = {
  c: 'Content-Type',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
  k: 'Supported',
  l: 'Content-Length',
  m: 'Contact',
  s: 'Subject',
  t: 'To',
  v: 'Via',
};

const IRREGULAR_NAMES: Readonly<Record<string, string>> = {
  'call-id': 'Call-ID',
  cseq: 'CSeq',
  'mime-version': 'MIME-Version',
  rack: 'RAck',
  rseq: 'RSeq',
  'sip-etag': 'SIP-ETag',
  'sip-if-match': 'SIP-If-Match',
  'www-authenticate': 'WWW-Authenticate',
};

/** Fields that hold a list and that this peer edits element by element: one field an element. */
const LIST_FIELDS: ReadonlySet<string> = new Set(['Via', 'Route', 'Record-Route']);

const CANONICAL_NAMES_MAX = 1000;
const canonicalNames = new Map<string, string>();

/** `x-custom`, `X-CUSTOM` and `X-Custom` are one header (RFC 3261 section 7.3.1); all become `X-Custom`. */
export function canonicalName(name: string): string {
  const known = canonicalNames.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  const canonical =
    COMPACT_FORMS[lower] ??
    IRREGULAR_NAMES[lower] ??
    lower.replace(/(^|-)[a-z]/g, (match) => match.toUpperCase());
  if (canonicalNames.size < CANONICAL_NAMES_MAX) canonicalNames.set(name, canonical);
  return canonical;
}

/** Splits a header value at its commas, except those within quotes or angle brackets. */
export function splitList(value: string): string[] {
  if (!value.includes(',')) return [value];
  return (value.match(/(?:"(?:\\.|[^"\\])*"|<[^>]*>|[^,"<])+/g) ?? []).map((element) => element.trim());
}

function parseHeaders(lines: readonly string[]): HeaderField[] | undefined {
  const headers: HeaderField[] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) return undefined;
    const name = canonicalName(line.slice(0, colon).trim());
    const value = line.slice(colon + 1).trim();
    if (LIST_FIELDS.has(name)) for (const element of splitList(value)) headers.push({ name, value: element });
    else headers.push({ name, value });
  }
  return headers;
}

function cutBody(body: string, contentLength: string | undefined): string {
  const bytes = contentLength === undefined ? Number.NaN : Number(contentLength);
  if (!(bytes < Buffer.byteLength(body))) return body;
  return Buffer.from(body).toString('utf8', 0, bytes);
}

/**
 * Parses one message; undefined if it is not SIP.
 * `trustLength` says whether Content-Length bounds the body: it does in a datagram, but drachtio-srf counts characters
 * instead of bytes, and drachtio-server ignores what the application wrote.
 */
export function parseSipMessage(text: string, trustLength = true): SipMessage | undefined {
  const blank = text.indexOf('\r\n\r\n');
  const head = (blank === -1 ? text : text.slice(0, blank)).replace(/\r\n[ \t]+/g, ' ');
  const [startLine = '', ...lines] = head.split('\r\n').filter((line, index) => index === 0 || line !== '');
  const fields = parseHeaders(lines);
  if (fields === undefined) return undefined;
  const length = fields.find((field) => field.name === 'Content-Length')?.value;
  const headers = fields.filter((field) => field.name !== 'Content-Length');
  const body = cutBody(blank === -1 ? '' : text.slice(blank + 4), trustLength ? length : undefined);
  const response = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(startLine);
  if (response) return { kind: 'response', status: Number(response[1]), reason: response[2], headers, body };
  const request = /^([A-Z]+) (\S+) SIP\/2\.0$/.exec(startLine);
  if (request) return { kind: 'request', method: request[1], uri: request[2], headers, body };
  return undefined;
}

/** Writes a message; the Content-Length is always computed, in bytes (RFC 3261 section 20.14). */
export function formatSipMessage(message: SipMessage): string {
  const startLine =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`;
  let text = `${startLine}\r\n`;
  for (const { name, value } of message.headers) text += `${name}: ${value}\r\n`;
  return `${text}Content-Length: ${Buffer.byteLength(message.body)}\r\n\r\n${message.body}`;
}

/** The first value of a header, by its canonical name. */
export function header(message: SipMessage, name: string): string | undefined {
  return message.headers.find((field) => field.name === name)?.value;
}

export function headerValues(message: SipMessage, name: string): string[] {
  return message.headers.filter((field) => field.name === name).map((field) => field.value);
}

/** The number and the method of the CSeq; `{ seq: 0, method: '' }` where it is missing or malformed. */
export function cseqOf(message: SipMessage): { seq: number; method: string } {
  const match = /^(\d+)\s+(\S+)$/.exec(header(message, 'CSeq') ?? '');
  return match ? { seq: Number(match[1]), method: match[2] } : { seq: 0, method: '' };
}

/** RFC 3261 section 8.1.1: a request must carry these. */
export function isComplete(message: SipMessage): boolean {
  return ['Via', 'From', 'To', 'Call-ID', 'CSeq'].every((name) => header(message, name) !== undefined);
}
