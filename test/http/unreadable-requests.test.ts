import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startHttpServer } from '../../src/http/server.js';
import { recordingLog } from '../admission/admission-fixture.js';

const test = suite('http/unreadable-requests');

let server: FastifyInstance;

test.before(async () => {
  server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    health: () => ({ status: 'ok', timestamp: '2026-11-22T10:00:00.000Z', version: '1.2.3', stats: {} }),
    metrics: async () => '',
    log: recordingLog([]),
  });
});

test.after(() => server.close());

/** Sends these lines with an empty one after them, and returns what the server says until it hangs up. */
async function say(...lines: readonly string[]): Promise<string> {
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
  let heard = '';
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.toString();
  });
  socket.end(`${lines.join('\r\n')}\r\n\r\n`);
  await once(socket, 'close');
  return heard;
}

function assertProblem(answer: string, status: number, detail: RegExp): void {
  assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
  assert.match(answer, /^content-type: application\/problem\+json\r$/m);
  assert.match(answer, /^x-content-type-options: nosniff\r$/m);
  assert.match(answer, /^x-request-id: \S+\r$/m);
  const [, body = ''] = answer.split('\r\n\r\n');
  const problem = JSON.parse(body) as { status: number; detail: string };
  assert.is(problem.status, status);
  assert.match(problem.detail, detail);
}

test('answers what is no HTTP with a problem, and hangs up', async () => {
  for (const line of ['nonsense', 'GET / HTTP/9.9', 'GET /\u00e9 HTTP/1.1', 'FETCH / HTTP/1.1'])
    assertProblem(await say(line, 'Host: localhost'), 400, /is not valid HTTP/);
  const twoLengths = await say('POST /health HTTP/1.1', 'Host: a', 'Content-Length: 5', 'Content-Length: 6');
  assertProblem(twoLengths, 400, /is not valid HTTP/);
  assert.match(twoLengths, /^connection: close\r$/m);
});

test('answers headers that are too large with a problem that says how large they may be', async () => {
  assertProblem(await say('GET /health HTTP/1.1', `Host: ${'a'.repeat(20_000)}`), 431, /larger than 16 KB/);
});

test('says so when a request names no host, unless it is of a version that need not', async () => {
  assertProblem(await say('GET /health HTTP/1.1', 'Connection: close'), 400, /has no Host header/);
  assert.match(await say('GET /health HTTP/1.0'), /^HTTP\/1\.1 200 /);
});

test('passes over an expectation that it does not know', async () => {
  const answer = await say(
    'GET /health HTTP/1.1',
    'Host: localhost',
    'Expect: miracles',
    'Connection: close',
  );
  assert.match(answer, /^HTTP\/1\.1 200 /);
});

test('gives a path that is no valid URL the headers of every answer', async () => {
  assertProblem(
    await say('GET /%zz HTTP/1.1', 'Host: localhost', 'Connection: close'),
    400,
    /must be a valid URL/,
  );
});

test.run();
