/** What a client of gRPC would never send: HTTP/2 by hand (grpc/doc/PROTOCOL-HTTP2.md says what would be right). */
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { deflateRawSync, gzipSync } from 'node:zlib';
import type { GrpcMethod } from './proto-contract.js';
import type { SeededRandom } from './seeded-random.js';

/** How long a stream is waited for that the server leaves without an answer. */
const SILENCE_MS = 150;

export interface Mischief {
  readonly what: string;
  /** null takes away a header that would be there; pseudo-headers may be replaced. */
  readonly headers: Readonly<Record<string, string | string[] | null>>;
  readonly pieces: readonly Buffer[];
  readonly ending: 'end' | 'reset' | 'leave open';
  /** From an address of its own, so that it alone runs into what is counted by address. */
  readonly fromElsewhere?: boolean;
}

/** What came back; undefined for a stream that was reset or never answered. */
export interface HttpEnd {
  readonly status: number;
  readonly grpcStatus: number | undefined;
  readonly message: string;
  readonly headers: string;
}

/** A message in its frame. @param length says something else than the truth. */
export function framed(message: Buffer, flag = 0, length = message.length): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

const CONTENT_TYPES = [
  'text/plain',
  'application/json',
  'application/grpc-web',
  'application/grpc+json',
  '',
  'x',
];
const TIMEOUTS = ['', '0m', '1', '-1S', '1X', '99999999H', '999999999S', 'NaNm', '1 m', '1e3m', '0n', '5m5m'];
const AUTHORIZATIONS = [
  'Bearer',
  'Bearer x',
  'bearer  a b',
  'Basic Og==',
  'Bearer null',
  '\u00ff',
  ' ',
  `Bearer ${'A'.repeat(7_000)}`,
];
const PATHS = [
  ...[
    '/',
    '',
    '*',
    '/acm.v1.DetectionService',
    '/acm.v1.DetectionService/',
    '/acm.v1.DetectionService/checkcall',
  ],
  ...[
    '/acm.v1.Nothing/CheckCall',
    '/acm.v1.DetectionService/Nothing',
    '//acm.v1.DetectionService/CheckCall',
    '/__proto__',
  ],
  ...[
    '/acm.v1.DetectionService/__proto__',
    '/constructor',
    '/acm.v1.AlertService/toString',
    '/a'.repeat(3_000),
    '/%00',
  ],
  ...['/acm.v1.DetectionService/CheckCall?x=1', '/acm.v1.DetectionService/CheckCall/../ReportCallState'],
] as const;
const METADATA: readonly Readonly<Record<string, string | string[]>>[] = [
  { 'x-bin': 'no base64!' },
  { 'x-bin': ['AA==', 'A', '===='] },
  { 'grpc-tags-bin': '/////w==' },
  { 'grpc-trace-bin': 'AAAA' },
  { 'x-long': 'x'.repeat(7_000) },
  { 'x-longest': 'x'.repeat(100_000) },
  { 'x-forwarded-for': '127.0.0.1' },
  { 'x-odd': '\u00ff\u00fe' },
  { 'user-agent': '' },
  { 'grpc-status': '0' },
  { 'grpc-message': '%00%ff%' },
  { cookie: 'a=b' },
  { 'grpc-previous-rpc-attempts': '-1' },
  Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`m${i}`, 'x'])),
];

/** @param message is right for the method. */
export function mischiefFor(method: GrpcMethod, message: Buffer, random: SeededRandom): Mischief {
  const right = { headers: {}, pieces: [framed(message)], ending: 'end' as const };
  const headed = (headers: Mischief['headers']): Mischief => ({
    ...right,
    what: JSON.stringify(headers).slice(0, 300),
    headers,
  });
  const sent = (what: string, pieces: readonly Buffer[], headers: Mischief['headers'] = {}): Mischief => ({
    ...right,
    what,
    headers,
    pieces,
  });
  return random.pick<() => Mischief>([
    () => headed({ 'content-type': random.pick(CONTENT_TYPES) }),
    () => headed({ 'content-type': null }),
    () => headed({ te: null }),
    () => headed({ 'grpc-timeout': random.pick(TIMEOUTS) }),
    () => headed({ 'grpc-encoding': random.pick(['gzip', 'deflate', 'br', 'nonsense', '']) }),
    () => headed({ ':path': random.pick(PATHS) }),
    () => headed({ ':method': random.pick(['GET', 'PUT', 'OPTIONS', 'CONNECTED', 'post']) }),
    () => headed({ ':authority': random.pick(['', 'evil.example', 'a b', '[::1']) }),
    () => headed(random.pick(METADATA)),
    () => ({ ...headed({ authorization: random.pick(AUTHORIZATIONS) }), fromElsewhere: true }),
    () => ({ ...headed({ authorization: ['Bearer a', 'Bearer b'] }), fromElsewhere: true }),
    () => sent('no message', []),
    () => sent('two messages', [framed(message), framed(message)]),
    () =>
      sent('compressed, it says', [framed(message, 1)], {
        'grpc-encoding': random.pick(['gzip', 'deflate', 'identity', 'lz4']),
      }),
    () => sent('compressed, without a word', [framed(message, 1)]),
    () => sent('a bomb', [framed(gzipSync(Buffer.alloc(20_000_000)), 1)], { 'grpc-encoding': 'gzip' }),
    () => sent('half a gzip', [framed(gzipSync(message).subarray(0, 12), 1)], { 'grpc-encoding': 'gzip' }),
    () => sent('the wrong deflate', [framed(deflateRawSync(message), 1)], { 'grpc-encoding': 'deflate' }),
    () => sent('an odd flag', [framed(message, random.pick([2, 127, 255]))]),
    () => sent('longer than it says', [framed(message, 0, Math.max(0, message.length - 1))]),
    () => sent('shorter than it says', [framed(message, 0, message.length + 1)]),
    () =>
      sent('a length beyond all bounds', [
        framed(message, 0, random.pick([2 ** 31, 2 ** 32 - 1, 4_194_305])),
      ]),
    () => sent('too long', [framed(Buffer.alloc(4_194_305))]),
    () =>
      sent(
        'byte by byte',
        [...framed(message)].map((each) => Buffer.from([each])),
      ),
    () => sent('random bytes', [random.bytes(1 + random.below(60))]),
    () => ({ ...right, what: 'reset at once', pieces: [], ending: 'reset' }),
    () => ({ ...right, what: 'reset after the message', ending: 'reset' }),
    () => ({
      ...right,
      what: 'reset within the message',
      pieces: [framed(message).subarray(0, 6)],
      ending: 'reset',
    }),
    () => ({ ...right, what: `left open: ${method.path}`, ending: 'leave open' }),
  ])();
}

export class Http2Peer {
  #session: ClientHttp2Session | undefined;

  constructor(
    private readonly address: string,
    private readonly localAddress?: string,
  ) {}

  async play(path: string, { headers, pieces, ending }: Mischief): Promise<HttpEnd | undefined> {
    const session = await this.#connected();
    const all = {
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    };
    const kept = Object.entries(all).filter(([, value]) => value !== null);
    let stream: ClientHttp2Stream;
    try {
      stream = session.request(Object.fromEntries(kept) as OutgoingHttpHeaders, { endStream: false });
    } catch {
      // Some of it cannot be said in HTTP/2 at all.
      return undefined;
    }
    stream.on('error', () => undefined);
    const end = endOf(stream);
    for (const piece of pieces) stream.write(piece);
    if (ending === 'end') stream.end();
    if (ending === 'reset') stream.close(constants.NGHTTP2_CANCEL);
    const outcome = await end;
    stream.close(constants.NGHTTP2_CANCEL);
    return outcome;
  }

  close(): void {
    this.#session?.destroy();
  }

  /** A server may be fed up with a connection; then there is a new one. */
  async #connected(): Promise<ClientHttp2Session> {
    const usable = this.#session !== undefined && !this.#session.destroyed && !this.#session.closed;
    if (usable) return this.#session!;
    const [host, port] = this.address.split(':');
    const from = this.localAddress === undefined ? {} : { localAddress: this.localAddress };
    const session = connect(`http://${this.address}`, {
      createConnection: () => connectSocket({ host, port: Number(port), ...from }),
    });
    session.on('error', () => undefined);
    await once(session, 'connect');
    this.#session = session;
    return session;
  }
}

function endOf(stream: ClientHttp2Stream): Promise<HttpEnd | undefined> {
  return new Promise((resolve) => {
    let seen: Record<string, unknown> = {};
    const look = (headers: object): void => {
      seen = { ...seen, ...headers };
      if ('grpc-status' in seen) finish();
    };
    const patience = setTimeout(() => finish(), SILENCE_MS);
    const finish = (): void => {
      clearTimeout(patience);
      resolve(seen[':status'] === undefined ? undefined : httpEndOf(seen));
    };
    stream.on('response', look).on('trailers', look).on('close', finish).resume();
  });
}

function httpEndOf(seen: Readonly<Record<string, unknown>>): HttpEnd {
  const grpcStatus = seen['grpc-status'];
  return {
    status: Number(seen[':status']),
    grpcStatus: grpcStatus === undefined ? undefined : Number(grpcStatus),
    message: decoded(String(seen['grpc-message'] ?? '')),
    headers: JSON.stringify(seen),
  };
}

/** gRPC writes a message in percent encoding; what is not valid stays, and will be seen. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return `malformed: ${text}`;
  }
}
