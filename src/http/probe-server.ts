/**
 * HTTP for probes and Prometheus alone: /livez, /readyz, /metrics. It says nothing of calls and takes nothing in, so it may be
 * reached from where the service itself may not. It is plain node:http, to be there before anything else is loaded.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Log } from '../admission/ports.js';
import { listenFailure } from './listen-failure.js';
import { METRICS_TYPE } from './metrics-type.js';

export interface ProbeServerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Why the process does not serve just now, in a word or two; '' when it does. */
  readonly hindrance: () => string;
  /** The metrics in Prometheus' text format; undefined as long as there are none. */
  readonly metrics: () => Promise<string> | undefined;
  readonly log: Log;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

export interface ProbeServer {
  readonly port: number;
  /** Ends every connection and is gone. */
  close(): Promise<void>;
}

/** A connection is there for one request; one that takes longer than this is cut, whoever is slow in it. */
const CONNECTION_MS_MAX = 5_000;
/** The oldest goes when there are more, so that whoever opens many keeps no probe out. */
const CONNECTIONS_MAX = 64;
const HEADER_BYTES_MAX = 8 * 1024;
/** Who scrapes without pause is given the same text again: the metrics of calls must not cost calls their time. */
const METRICS_MS_KEPT = 250;
const TEXT_TYPE = 'text/plain; charset=utf-8';

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly type?: string;
}

/** Starts to serve. @throws AcmError if the address cannot be had. */
export async function startProbeServer(options: ProbeServerOptions): Promise<ProbeServer> {
  const { host, port, log } = options;
  const answerTo = answerer(options);
  const server = createServer(
    { maxHeaderSize: HEADER_BYTES_MAX, requireHostHeader: false },
    (request, response) => {
      answerTo(request).then(
        (answer) => send(response, answer),
        (error: unknown) => {
          log.error({ err: error }, 'the metrics cannot be read');
          send(response, { status: 500, text: 'the metrics cannot be read; see the log' });
        },
      );
    },
  );
  const connections = new Set<Socket>();
  server.on('connection', (socket) => hold(connections, socket));
  try {
    await once(server.listen({ host, port }), 'listening');
  } catch (error) {
    throw listenFailure(host, port, error);
  }
  // When the process is out of file descriptors: it goes on with those that it has.
  server.on('error', (error) => log.error({ err: error }, 'a probe could not be taken'));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}

function hold(connections: Set<Socket>, socket: Socket): void {
  // A set keeps the order in which they came.
  const [oldest] = connections;
  if (connections.size >= CONNECTIONS_MAX) oldest.destroy();
  connections.add(socket);
  const patience = setTimeout(() => socket.destroy(), CONNECTION_MS_MAX);
  socket.once('close', () => {
    clearTimeout(patience);
    connections.delete(socket);
  });
}

function answerer({ hindrance, metrics, nowMs }: ProbeServerOptions) {
  const scrape = rarely(metrics, nowMs);
  const paths: Record<string, () => Answer | Promise<Answer>> = {
    '/livez': () => ({ status: 200, text: 'ok' }),
    '/readyz': () => {
      const because = hindrance();
      return because === '' ? { status: 200, text: 'ok' } : { status: 503, text: because };
    },
    '/metrics': async () => {
      const text = await scrape();
      return text === undefined
        ? { status: 503, text: hindrance() }
        : { status: 200, text, type: METRICS_TYPE };
    },
  };
  return async ({ method, url = '' }: IncomingMessage): Promise<Answer> => {
    const [path] = url.split('?', 1);
    const answer = Object.hasOwn(paths, path) ? paths[path] : undefined;
    if (answer === undefined) return { status: 404, text: `there are ${Object.keys(paths).join(', ')}` };
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, text: 'takes GET and HEAD' };
    return answer();
  };
}

/** Reads at most once in METRICS_MS_KEPT, and what is not there yet each time. */
function rarely(read: ProbeServerOptions['metrics'], nowMs: () => number): ProbeServerOptions['metrics'] {
  let text: Promise<string> | undefined;
  let readMs = 0;
  return () => {
    if (text !== undefined && nowMs() - readMs < METRICS_MS_KEPT) return text;
    text = read();
    readMs = nowMs();
    return text;
  };
}

function send(response: ServerResponse, { status, text, type = TEXT_TYPE }: Answer): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    connection: 'close',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(type === TEXT_TYPE ? `${text}\n` : text);
}
