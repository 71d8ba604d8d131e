import { once } from 'node:events';
import { get } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AcmError } from '../../src/errors.js';
import type { HealthReport } from '../../src/http/health.js';
import { type HttpServerOptions, startHttpServer } from '../../src/http/server.js';
import type { TlsMaterial } from '../../src/tls.js';
import { type LogLine, recordingLog } from '../admission/admission-fixture.js';
import { makeCertificates, pem } from '../support/certificates.js';

const test = suite('http/server');

const servers: FastifyInstance[] = [];
const lines: LogLine[] = [];

test.after.each(async () => {
  for (const server of servers.splice(0)) await server.close();
  lines.length = 0;
});

async function start(options: Partial<HttpServerOptions> = {}): Promise<{ port: number; url: string }> {
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    health: () => report('ok'),
    metrics: async () => '# HELP x y\nx 1\n',
    log: recordingLog(lines),
    ...options,
  });
  servers.push(server);
  const { port } = server.server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}` };
}

function report(status: HealthReport['status']): HealthReport {
  return { status, timestamp: '2026-11-22T10:00:00.000Z', version: '1.2.3', stats: { calls: 7 } };
}

test('answers /health with what it is told', async () => {
  const { url } = await start();
  const answer = await fetch(`${url}/health`);
  assert.is(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
  assert.equal(await answer.json(), report('ok'));
});

test('is healthy while degraded, and unavailable while draining', async () => {
  let status: HealthReport['status'] = 'degraded';
  const { url } = await start({ health: () => report(status) });
  assert.is((await fetch(`${url}/health`)).status, 200);
  status = 'draining';
  const answer = await fetch(`${url}/health`);
  assert.is(answer.status, 503);
  assert.is(((await answer.json()) as HealthReport).status, 'draining');
});

test('answers /metrics in the format that Prometheus reads', async () => {
  const { url } = await start();
  const answer = await fetch(`${url}/metrics`);
  assert.is(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  assert.is(await answer.text(), '# HELP x y\nx 1\n');
});

test('answers 500 when the metrics cannot be had, says no word of the cause, logs it, and goes on', async () => {
  const { url } = await start({ metrics: () => Promise.reject(new Error('the cause')) });
  const answer = await fetch(`${url}/metrics`);
  assert.is(answer.status, 500);
  assert.is(answer.headers.get('content-type'), 'application/problem+json');
  assert.not.match(await answer.text(), 'the cause');
  const { fields } = lines[0];
  assert.is((fields['err'] as Error).message, 'the cause');
  assert.is(fields['requestId'], answer.headers.get('x-request-id'));
  assert.is((await fetch(`${url}/health`)).status, 200);
});

test('knows no other path, and no API where there is none', async () => {
  const { url } = await start();
  for (const path of ['/../etc/passwd', '/acm/alerts', '/', '/openapi.json'])
    assert.is((await fetch(`${url}${path}`)).status, 404, path);
});

test('says which methods a path takes', async () => {
  const { url } = await start();
  for (const method of ['POST', 'DELETE', 'OPTIONS', 'QUERY']) {
    const answer = await fetch(`${url}/health`, { method });
    assert.is(answer.status, 405, method);
    assert.is(answer.headers.get('allow'), 'GET, HEAD');
  }
  assert.is((await fetch(`${url}/metrics`, { method: 'HEAD' })).status, 200);
});

test('answers a path that is no URL as it answers every error', async () => {
  const { url } = await start();
  const answer = await fetch(`${url}/%E0%A4%A`);
  assert.is(answer.status, 400);
  assert.is(answer.headers.get('content-type'), 'application/problem+json');
});

test('says which address it cannot have', async () => {
  const { port } = await start();
  try {
    await start({ port });
  } catch (error) {
    assert.instance(error, AcmError);
    assert.is((error as AcmError).code, 'ACM_UNAVAILABLE');
    assert.match((error as AcmError).message, `cannot listen on 127.0.0.1:${port}: listen EADDRINUSE`);
    return;
  }
  assert.unreachable('two servers on one port');
});

for (const [what, bytes] of [
  ['on which nothing came', ''],
  ['on which half a request came', 'GET /health HTTP/1.1\r\nhost: x\r\n'],
]) {
  test(`is not kept from closing by a connection ${what}`, async () => {
    const { port } = await start();
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(bytes);
    const [server] = servers.splice(0);
    // Only once the server has accepted it does the connection hold anything up.
    while ((await connectionsOf(server)) === 0) await new Promise((resolve) => setImmediate(resolve));
    const before = performance.now();
    await server.close();
    assert.ok(performance.now() - before < 2_000);
    socket.destroy();
  });
}

function connectionsOf(server: FastifyInstance): Promise<number> {
  return new Promise((resolve) => server.server.getConnections((_error, count) => resolve(count)));
}

/** Status of GET /health over TLS, or the error code. */
function healthOverTls(port: number, options: object): Promise<number | string> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path: '/health', agent: false, ...options }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    }).on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

test('serves TLS, and asks for certificates when it has a CA for them', async () => {
  const certificates = makeCertificates();
  try {
    const ca = pem(certificates.ca);
    const own = { cert: pem(certificates.server.cert), key: pem(certificates.server.key) };
    const tls: TlsMaterial = { ...own, clientCa: undefined };
    const { port, url } = await start({ tls });
    assert.is(await healthOverTls(port, { ca }), 200);
    assert.is(await healthOverTls(port, {}), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    assert.ok(
      await fetch(`${url}/health`).then(
        () => false,
        () => true,
      ),
      'no plaintext',
    );
    const mutual = await start({ tls: { ...own, clientCa: ca } });
    const pairOf = (name: 'client' | 'stranger') => ({
      cert: pem(certificates[name].cert),
      key: pem(certificates[name].key),
    });
    assert.is(await healthOverTls(mutual.port, { ca, ...pairOf('client') }), 200);
    assert.type(await healthOverTls(mutual.port, { ca }), 'string');
    assert.type(await healthOverTls(mutual.port, { ca, ...pairOf('stranger') }), 'string');
  } finally {
    certificates.remove();
  }
});

test.run();
