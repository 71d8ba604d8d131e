/** What every answer carries: the request's id, and headers that keep browsers from making more of it than it is. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** What may go into logs and headers as it stands. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
} as const;

/** The id that the client gave its request in `x-request-id`, if it can be used, or a new one. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

export function responseHeaders(requestId: string): Readonly<Record<string, string>> {
  return { ...HEADERS, 'x-request-id': requestId };
}

export function addResponseHeaders(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(responseHeaders(request.id));
  });
}
