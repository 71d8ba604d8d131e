/** Where a request ends: ways to be wrong or to lie about it (RFC 9112, sections 6, 7 and 11), and to leave in the middle. */
import type { Conversation } from './http-connection.js';
import type { SeededRandom } from './seeded-random.js';

const POST = 'POST /acm/call HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
const GET = 'GET /acm/config HTTP/1.1\r\nHost: localhost\r\n\r\n';
const BODY = '{"b_number":"+234809999"}';

function chunked(body: string): Conversation {
  const what = `chunked ${body.slice(0, 60)}`;
  return { what, pieces: [`${POST}Transfer-Encoding: chunked\r\n\r\n${body}`], ending: 'wait' };
}

function headed(...lines: readonly string[]): Conversation {
  return { what: lines.join(' | ').slice(0, 300), pieces: [`${lines.join('\r\n')}\r\n\r\n`], ending: 'end' };
}

const CHUNKS = [
  chunked('0\r\n\r\n'),
  chunked('zz\r\nab\r\n0\r\n\r\n'),
  chunked('-1\r\nab\r\n'),
  chunked('ffffffffffffffffff\r\nab'),
  chunked('5\r\nab\r\n0\r\n\r\n'),
  chunked('2;ext="\r\n\0\r\n'),
  chunked(`2;${'x'.repeat(20_000)}\r\nab\r\n0\r\n\r\n`),
  chunked('2\nab\n0\n\n'),
  chunked(`0\r\nTrailer: ${'x'.repeat(20_000)}\r\n\r\n`),
  chunked(`19\r\n${BODY}\r\n0\r\nX-A: b\r\n\r\n`),
] as const;

const LENGTHS = [
  ...['-1', '1e3', '+5', '0x10', '', ' ', '5, 5', '99999999999999999999', '1 1', 'NaN', '\u00b2'].map(
    (length) => ({
      what: `content-length ${length}`,
      pieces: [`${POST}Content-Length: ${length}\r\n\r\n${BODY}`],
      ending: 'end' as const,
    }),
  ),
  {
    what: 'two lengths',
    pieces: [`${POST}Content-Length: 5\r\nContent-Length: 6\r\n\r\n${BODY}`],
    ending: 'end',
  },
  {
    what: 'a length and chunks',
    pieces: [`${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${GET}`],
    ending: 'wait',
  },
  { what: 'odd coding', pieces: [`${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`], ending: 'wait' },
  {
    what: 'two codings',
    pieces: [`${POST}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`],
    ending: 'wait',
  },
  { what: 'hidden coding', pieces: [`${POST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`], ending: 'wait' },
] as const satisfies readonly Conversation[];

const HEADS = [
  headed('GET / HTTP/1.1'),
  headed('GET / HTTP/1.0'),
  headed('GET / HTTP/0.9'),
  headed('GET / HTTP/2.0', 'Host: localhost'),
  headed('GET / HTTP/9.9', 'Host: localhost'),
  headed('PRI * HTTP/2.0'),
  headed('GET /', 'Host: localhost'),
  headed('GET\t/\tHTTP/1.1', 'Host: localhost'),
  headed('GET / HTTP/1.1', 'Host: a', 'Host: b'),
  headed('GET / HTTP/1.1', 'Host: localhost', ' folded: line'),
  headed('GET / HTTP/1.1', 'Host: localhost', 'no colon'),
  headed('GET / HTTP/1.1', 'Host: localhost', ': no name'),
  headed('GET / HTTP/1.1', 'Host: localhost', 'a\0b: c'),
  headed('GET / HTTP/1.1', 'Host: localhost', 'a: b\rc: d'),
  headed('GET / HTTP/1.1', 'Host: localhost', 'x-request-id: a\nset-cookie: b=c'),
  headed('GET / HTTP/1.1', 'Host: localhost', `a: ${'x'.repeat(80_000)}`),
  headed(`GET /${'a'.repeat(80_000)} HTTP/1.1`, 'Host: localhost'),
  headed('CONNECT evil.example:443 HTTP/1.1', 'Host: evil.example:443'),
  headed(
    'GET / HTTP/1.1',
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: x',
  ),
  headed(
    'GET / HTTP/1.1',
    'Host: localhost',
    'Connection: Upgrade, HTTP2-Settings',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABk',
  ),
  headed('POST /acm/call HTTP/1.1', 'Host: localhost', 'Expect: 100-continue', 'Content-Length: 2000000'),
  headed('POST /acm/call HTTP/1.1', 'Host: localhost', 'Expect: a-miracle', 'Content-Length: 2'),
  headed('OPTIONS * HTTP/1.1', 'Host: localhost'),
  { what: 'TLS', pieces: [Buffer.from('16030100750100007103035f', 'hex')], ending: 'end' },
  { what: 'nothing', pieces: [], ending: 'end' },
  { what: 'empty lines', pieces: ['\r\n\r\n\r\n', GET], ending: 'end' },
  { what: 'zeros', pieces: [Buffer.alloc(4_096)], ending: 'end' },
] as const satisfies readonly Conversation[];

/** Several requests at once, and ones that stop in the middle. */
function drawn(random: SeededRandom): Conversation {
  const post = `${POST}Content-Length: ${BODY.length}\r\n\r\n${BODY}`;
  const many = Array.from({ length: 2 + random.below(20) }, () =>
    random.pick([GET, post, 'GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n']),
  );
  const half = post.slice(0, 1 + random.below(post.length - 1));
  return random.pick<Conversation>([
    { what: 'pipelined', pieces: [many.join('')], ending: 'end' },
    { what: 'pipelined, then cut', pieces: [many.join('')], ending: 'cut' },
    { what: 'pipelined, then nonsense', pieces: [many.join(''), random.bytes(50)], ending: 'end' },
    { what: `half, then cut: ${half.slice(-30)}`, pieces: [half], ending: 'cut' },
    { what: `half, then end: ${half.slice(-30)}`, pieces: [half], ending: 'end' },
    { what: 'piece by piece', pieces: [...post].map((each) => each), pauseMs: 1, ending: 'end' },
    {
      what: 'slow headers',
      pieces: ['GET / HTTP/1.1\r\n', ...Array.from({ length: 5 }, (_, i) => `a${i}: b\r\n`)],
      pauseMs: 10,
      ending: 'cut',
    },
    { what: 'random bytes', pieces: [random.bytes(1 + random.below(300))], ending: 'end' },
    {
      what: 'random after a line',
      pieces: ['GET / HTTP/1.1\r\n', random.bytes(1 + random.below(100)), '\r\n\r\n'],
      ending: 'end',
    },
    {
      what: 'a body that is longer than it says',
      pieces: [`${POST}Content-Length: 2\r\n\r\n${BODY}`],
      ending: 'end',
    },
  ]);
}

/** Every conversation that is written down, and so many that are drawn. */
export function framings(random: SeededRandom, drawnCount: number): Conversation[] {
  return [...CHUNKS, ...LENGTHS, ...HEADS, ...Array.from({ length: drawnCount }, () => drawn(random))];
}
