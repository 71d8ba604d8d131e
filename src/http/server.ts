/** HTTP beside gRPC: /health for probes and people, /metrics for Prometheus, and the API of a sidecar. */
import type { Socket } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Log } from '../admission/ports.js';
import type { TlsMaterial } from '../tls.js';
import { type ApiParts, serveApi } from './api.js';
import { allowOrigins } from './cross-origin.js';
import { serveDocs } from './docs-page.js';
import { HEALTH_PATHS, type HealthReport } from './health.js';
import { BODY_BYTES_MAX, readJsonBodies } from './json-body.js';
import { listenFailure } from './listen-failure.js';
import { METRICS_TYPE } from './metrics-type.js';
import { answerError, serveProblems } from './problem-answer.js';
import { addResponseHeaders, requestIdOf, responseHeaders } from './response-headers.js';
import { refuseOtherMethods } from './route-server.js';
import { refuseInOurWords, refuseUnreadable } from './unreadable-requests.js';

export interface HttpServerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly tls: TlsMaterial | undefined;
  /** Origins whose pages may ask in a browser. */
  readonly corsOrigins?: readonly string[];
  readonly health: () => HealthReport;
  /** The metrics in Prometheus' text format. */
  readonly metrics: () => Promise<string>;
  /** What the API rests on; absent for a process that has none. */
  readonly api?: ApiParts;
  readonly log: Log;
}

/** How long a connection that never ends its request may hold up the shutdown, in milliseconds. */
const CLOSE_MS_MAX = 250;
/** How long a request may take to arrive, in milliseconds. */
const REQUEST_MS_MAX = 30_000;

/**
 * Starts to serve.
 * @throws AcmError if the address cannot be had.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { tls, log, api, corsOrigins = [] } = options;
  const server = createServer(tls, log);
  cutLingeringOnClose(server);
  addResponseHeaders(server);
  allowOrigins(server, corsOrigins);
  refuseInOurWords(server);
  readJsonBodies(server);
  serveProblems(server, log);
  serveProbes(server, options);
  if (api !== undefined) {
    serveDocs(server);
    server.register(async (scope) => serveApi(scope, api, corsOrigins, log));
  }
  try {
    await server.listen({ host: options.host, port: options.port });
  } catch (error) {
    throw listenFailure(options.host, options.port, error);
  }
  return server;
}

function createServer(tls: TlsMaterial | undefined, log: Log): FastifyInstance {
  const options = {
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    genReqId: requestIdOf,
    // A path that is no valid URL never gets as far as the error handler, nor the hook that adds headers.
    frameworkErrors: (error: Error, { id }: { id: string }, reply: FastifyReply) =>
      void answerError(error, id, reply.headers(responseHeaders(id)), log),
    clientErrorHandler: refuseUnreadable,
  };
  if (tls === undefined) return Fastify({ ...options, http: { requireHostHeader: false } });
  const { cert, key, clientCa } = tls;
  const mutual = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  // Fastify gives a TLS server a type of its own; it is used no differently.
  return Fastify({
    ...options,
    https: { cert, key, ...mutual, requireHostHeader: false },
  }) as unknown as FastifyInstance;
}

function serveProbes(server: FastifyInstance, { health, metrics }: HttpServerOptions): void {
  for (const path of HEALTH_PATHS)
    server.get(path, (_request, reply) => {
      const report = health();
      void reply.code(report.status === 'draining' ? 503 : 200).send(report);
    });
  server.get('/metrics', async (_request, reply) => reply.type(METRICS_TYPE).send(await metrics()));
  for (const path of [...HEALTH_PATHS, '/metrics']) refuseOtherMethods(server, path, ['GET', 'HEAD']);
}

/** Fastify waits for ever for a connection on which no request has come, or a part of one. */
function cutLingeringOnClose(server: FastifyInstance): void {
  const sockets = new Set<Socket>();
  server.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.addHook('preClose', async () => {
    setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, CLOSE_MS_MAX).unref();
  });
}
