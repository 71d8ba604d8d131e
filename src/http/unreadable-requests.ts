/** What Node refuses before a request reaches the routes, in its own words or in none: here it becomes a problem like any other. */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { PROBLEM_TYPE } from './problem.js';
import { sendProblem } from './problem-answer.js';
import { responseHeaders } from './response-headers.js';
import { problem } from './status.js';

const REFUSALS: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not arrive in time'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the chunks of the body carry too much beside it'],
  HPE_HEADER_OVERFLOW: [431, 'the request line and the headers are larger than 16 KB'],
};
const NO_HTTP = [400, 'the request is not valid HTTP'] as const;

/** Fastify's `clientErrorHandler`. The connection ends with the answer: where the next request begins is anybody's guess. */
export function refuseUnreadable({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
  // A connection that was reset.
  if (!socket.writable) return void socket.destroy();
  const [status, detail] = REFUSALS[code] ?? NO_HTTP;
  const body = JSON.stringify(problem(status, detail));
  const headers = {
    ...responseHeaders(randomUUID()),
    'content-type': PROBLEM_TYPE,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}

/** Takes over from Node what it would answer without a body. */
export function refuseInOurWords(server: FastifyInstance): void {
  // An expectation that is not known may be passed over (RFC 9110, section 10.1.1).
  server.server.on('checkExpectation', (request, response) =>
    server.server.emit('request', request, response),
  );
  server.addHook('onRequest', async ({ raw }, reply) => {
    // RFC 9112, section 3.2; Node would do it without a body.
    if (raw.httpVersion === '1.1' && raw.headers.host === undefined)
      return sendProblem(reply, problem(400, 'the request has no Host header'));
  });
}
