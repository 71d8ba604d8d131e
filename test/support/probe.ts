/** Asks as a probe does: one request, in the clear, and its answer as it stands. */
import { connect } from 'node:net';

/** A process that loads its programs answers in between. */
const ANSWER_MS_MAX = 10_000;

export interface ProbeAnswer {
  /** 0 where nobody listens, or none has come in time. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

const NOTHING: ProbeAnswer = { status: 0, headers: new Map(), text: '' };

/** @param method goes out as it is, as does the path. */
export function probe(port: number, path: string, method = 'GET'): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    let bytes = '';
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`${method} ${path} HTTP/1.1\r\nhost: x\r\n\r\n`),
    );
    socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy());
    socket.setEncoding('utf8').on('data', (chunk) => {
      bytes += chunk;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answerIn(bytes)));
  });
}

function answerIn(bytes: string): ProbeAnswer {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return NOTHING;
  const [first, ...lines] = bytes.slice(0, end).split('\r\n');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const body = bytes.slice(end + 4);
  return {
    status: Number(first.split(' ')[1]),
    headers,
    text: headers.get('transfer-encoding') === 'chunked' ? dechunked(body) : body,
  };
}

function dechunked(body: string): string {
  let text = '';
  for (let rest = Buffer.from(body); ; ) {
    const end = rest.indexOf('\r\n');
    const size = Number.parseInt(rest.subarray(0, end).toString(), 16);
    if (!(size > 0)) return text;
    text += rest.subarray(end + 2, end + 2 + size).toString();
    rest = rest.subarray(end + 2 + size + 2);
  }
}
