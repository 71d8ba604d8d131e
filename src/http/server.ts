/** HTTP beside gRPC: /health for probes and people, /metrics for Prometheus. */
import type { Socket } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { AcmError } from '../errors.js';
import type { TlsMaterial } from '../tls.js';

/** The answer to GET /health. */
export interface HealthReport {
  /** `ok`, `degraded` (it serves, but not at its best), or `draining` (503). */
  readonly status: 'ok' | 'degraded' | 'draining';
  /** RFC 3339, UTC. */
  readonly timestamp: string;
  readonly version: string;
  /** The store of a sidecar. */
  readonly database?: { readonly kind: string; readonly state: string; readonly detail: string };
  readonly stats: Readonly<Record<string, number>>;
}

export interface HttpServerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly tls: TlsMaterial | undefined;
  readonly health: () => HealthReport;
  /** The metrics in Prometheus' text format. */
  readonly metrics: () => Promise<string>;
}

/** How long a connection that never ends its request may hold up the shutdown, in milliseconds. */
const CLOSE_MS_MAX = 250;
/** Prometheus' text format, version 0.0.4. */
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Starts to serve.
 * @throws AcmError if the address cannot be had.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const server = options.tls === undefined ? Fastify() : secureServer(options.tls);
  cutLingeringOnClose(server);
  server.get('/health', (_request, reply) => {
    const report = options.health();
    void reply.code(report.status === 'draining' ? 503 : 200).send(report);
  });
  server.get('/metrics', async (_request, reply) => reply.type(METRICS_TYPE).send(await options.metrics()));
  try {
    await server.listen({ host: options.host, port: options.port });
  } catch (error) {
    throw new AcmError(
      'ACM_UNAVAILABLE',
      `cannot listen on ${options.host}:${options.port}: ${(error as Error).message}`,
      { cause: error },
    );
  }
  return server;
}

function secureServer({ cert, key, clientCa }: TlsMaterial): FastifyInstance {
  const mutual = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  // Fastify gives a TLS server a type of its own; it is used no differently.
  return Fastify({ https: { cert, key, ...mutual } }) as unknown as FastifyInstance;
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
