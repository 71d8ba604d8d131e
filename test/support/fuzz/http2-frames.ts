/** HTTP/2 frames (RFC 9113, section 4) that break the rules of the protocol itself. */
import type { Conversation } from './http-connection.js';
import type { SeededRandom } from './seeded-random.js';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const TYPES = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  window: 8,
  more: 9,
} as const;
/** `:method POST`, `:scheme http`, `:path /` from HPACK's static table, and no more. */
const HEADERS = Buffer.from([0x83, 0x86, 0x84]);

function frame(
  type: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
  flags = 0,
  length = payload.length,
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const SETTINGS = frame(TYPES.settings, 0);

function opened(what: string, ...frames: readonly Buffer[]): Conversation {
  return { what, pieces: [Buffer.concat([PREFACE, SETTINGS, ...frames])], ending: 'wait' };
}

const many = (count: number, make: (i: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));

/** Every breach that is written down, and so many drawn ones. */
export function frameBreaches(random: SeededRandom, drawnCount: number): Conversation[] {
  return [
    { what: 'HTTP/1.1', pieces: ['GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'], ending: 'wait' },
    { what: 'TLS', pieces: [Buffer.from('16030100750100007103035f', 'hex')], ending: 'wait' },
    { what: 'half a preface', pieces: [PREFACE.subarray(0, 10)], ending: 'cut' },
    { what: 'a preface and nothing', pieces: [PREFACE], ending: 'end' },
    opened('DATA without HEADERS', frame(TYPES.data, 1, Buffer.alloc(5), 1)),
    opened('DATA for no stream', frame(TYPES.data, 0, Buffer.alloc(5))),
    opened('HEADERS for an even stream', frame(TYPES.headers, 2, HEADERS, 4)),
    opened('HEADERS of nonsense', frame(TYPES.headers, 1, Buffer.alloc(40, 255), 4)),
    opened(
      'HEADERS, then other frames',
      frame(TYPES.headers, 1, HEADERS, 0),
      frame(TYPES.ping, 0, Buffer.alloc(8)),
    ),
    opened(
      'endless CONTINUATION',
      frame(TYPES.headers, 1, HEADERS, 0),
      many(200, () => frame(TYPES.more, 1, Buffer.alloc(200, 0))),
    ),
    opened('CONTINUATION of nothing', frame(TYPES.more, 1, HEADERS, 4)),
    opened('SETTINGS of 5 bytes', frame(TYPES.settings, 0, Buffer.alloc(5))),
    opened('a window of 0', frame(TYPES.window, 0, Buffer.alloc(4))),
    opened(
      'a window beyond all bounds',
      many(3, () => frame(TYPES.window, 0, Buffer.from('7fffffff', 'hex'))),
    ),
    opened('a frame of 16 MB', frame(TYPES.data, 1, Buffer.alloc(100), 0, 0xffffff)),
    opened('a frame of no known type', frame(0xfe, 1, Buffer.alloc(20))),
    opened('PRIORITY of itself', frame(TYPES.priority, 1, Buffer.from('0000000110', 'hex'))),
    opened(
      'a flood of PING',
      many(300, () => frame(TYPES.ping, 0, Buffer.alloc(8))),
    ),
    opened(
      'a flood of SETTINGS',
      many(300, () => SETTINGS),
    ),
    opened(
      'a flood of RST_STREAM',
      many(300, (i) =>
        Buffer.concat([
          frame(TYPES.headers, 2 * i + 1, HEADERS, 4),
          frame(TYPES.reset, 2 * i + 1, Buffer.from('00000008', 'hex')),
        ]),
      ),
    ),
    opened('GOAWAY, and on', frame(TYPES.goAway, 0, Buffer.alloc(8)), frame(TYPES.headers, 1, HEADERS, 5)),
    ...Array.from({ length: drawnCount }, () => drawn(random)),
  ];
}

function drawn(random: SeededRandom): Conversation {
  const frames = Array.from({ length: 1 + random.below(6) }, () =>
    frame(
      random.below(10),
      random.pick([0, 1, 1, 2, 3, 2 ** 31 - 1]),
      random.bytes(random.below(40)),
      random.below(256),
    ),
  );
  return opened('drawn frames', ...frames);
}
