/**
 * Cross-origin requests (CORS): pages of the configured origins may read answers in a browser, those of no other. Nothing
 * here lets anybody in: a page asks with the token that it holds, never with cookies. (Where the sidecar's own machine
 * needs no token, neither does such a page in a browser on it.) A preflight carries no token, so it is answered before
 * anybody asks for one.
 */
import fastifyCors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** How long a browser may go by a preflight, in seconds. */
const PREFLIGHT_S = 600;

/** @param origins exact ones, as browsers write them: `https://noc.example:8443`. With none, browsers keep to their own origin. */
export function allowOrigins(server: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const allowed = new Set(origins);
  server.register(fastifyCors, {
    // Without an origin that is allowed a request is served as if there were none, an OPTIONS request with 405.
    origin: (origin, done) => done(null, origin !== undefined && allowed.has(origin) ? origin : false),
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'last-event-id', 'x-request-id'],
    exposedHeaders: ['x-request-id', 'retry-after'],
    maxAge: PREFLIGHT_S,
    // What it would refuse in strict mode, it would refuse as plain text.
    strictPreflight: false,
  });
}
