import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AcmError } from '../../src/errors.js';
import { type ProbeServer, type ProbeServerOptions, startProbeServer } from '../../src/http/probe-server.js';
import { type LogLine, recordingLog } from '../admission/admission-fixture.js';
import { probe } from '../support/probe.js';
import { until } from '../support/until.js';

const test = suite('http/probe-server');

const servers: ProbeServer[] = [];
const sockets: Socket[] = [];
const lines: LogLine[] = [];
let nowMs: number;

test.before.each(() => {
  nowMs = 1_000;
  lines.length = 0;
});

test.after.each(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await server.close();
});

async function start(options: Partial<ProbeServerOptions> = {}): Promise<number> {
  const server = await startProbeServer({
    host: '127.0.0.1',
    port: 0,
    hindrance: () => '',
    metrics: async () => '# HELP x y\nx 1\n',
    log: recordingLog(lines),
    nowMs: () => nowMs,
    ...options,
  });
  servers.push(server);
  return server.port;
}

/** A client that has connected and sent so much. */
async function halfOpen(port: number, bytes = ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(bytes);
  return socket;
}

test('says that it lives, that it is ready, and what it has counted', async () => {
  const port = await start();
  for (const path of ['/livez', '/readyz', '/readyz?verbose']) {
    const { status, text, headers } = await probe(port, path);
    assert.equal([status, text], [200, 'ok\n'], path);
    assert.is(headers.get('cache-control'), 'no-store');
  }
  const { status, text, headers } = await probe(port, '/metrics');
  assert.equal([status, text], [200, '# HELP x y\nx 1\n']);
  assert.is(headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
});

test('lives whatever keeps it from serving, and says what that is', async () => {
  let hindrance = 'starting';
  const port = await start({ hindrance: () => hindrance });
  for (const because of ['starting', 'draining']) {
    hindrance = because;
    assert.is((await probe(port, '/livez')).status, 200);
    const { status, text } = await probe(port, '/readyz');
    assert.equal([status, text], [503, `${because}\n`]);
  }
  hindrance = '';
  assert.is((await probe(port, '/readyz')).status, 200);
});

test('has no metrics until there are any', async () => {
  let metrics: Promise<string> | undefined;
  const port = await start({ hindrance: () => 'starting', metrics: () => metrics });
  const early = await probe(port, '/metrics');
  assert.equal([early.status, early.text], [503, 'starting\n']);
  metrics = Promise.resolve('x 1\n');
  assert.is((await probe(port, '/metrics')).text, 'x 1\n');
});

test('reads the metrics four times a second at most, however often it is asked', async () => {
  let reads = 0;
  const port = await start({ metrics: async () => `x ${++reads}\n` });
  for (const [atMs, text] of [
    [1_000, 'x 1\n'],
    [1_249, 'x 1\n'],
    [1_250, 'x 2\n'],
    [1_499, 'x 2\n'],
    [9_000, 'x 3\n'],
  ] as const) {
    nowMs = atMs;
    assert.is((await probe(port, '/metrics')).text, text, `at ${atMs}`);
  }
});

test('says no word of why metrics cannot be read, logs it, and goes on', async () => {
  const port = await start({ metrics: () => Promise.reject(new Error('the cause')) });
  const { status, text } = await probe(port, '/metrics');
  assert.is(status, 500);
  assert.not.match(text, 'the cause');
  assert.is((lines[0].fields['err'] as Error).message, 'the cause');
  assert.is((await probe(port, '/livez')).status, 200);
});

test('knows no other path, and nothing of the API', async () => {
  const port = await start();
  for (const path of [
    '/',
    '/health',
    '/acm/alerts',
    '/openapi.json',
    '/livez/',
    '/__proto__',
    '/constructor',
    '*',
  ])
    assert.is((await probe(port, path)).status, 404, path);
});

test('takes GET and HEAD, and says so', async () => {
  const port = await start();
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'QUERY', 'TRACE']) {
    const { status, headers } = await probe(port, '/livez', method);
    assert.equal([status, headers.get('allow')], [405, 'GET, HEAD'], method);
  }
  const head = await probe(port, '/readyz', 'HEAD');
  assert.equal([head.status, head.text], [200, '']);
});

test('answers one request on a connection, and what is no request with an error', async () => {
  const port = await start();
  assert.is((await probe(port, '/livez')).headers.get('connection'), 'close');
  assert.is((await probe(port, '/liv ez')).status, 400);
  assert.is((await probe(port, `/${'x'.repeat(9_000)}`)).status, 431);
  for (const method of ['CONNECT', 'GARBAGE']) await probe(port, '/livez', method);
  assert.is((await probe(port, '/livez')).status, 200);
});

test('answers a probe while others hold all connections that there are: the oldest goes', async () => {
  const port = await start();
  const held: Socket[] = [];
  for (let i = 0; i < 64; i++) held.push(await halfOpen(port, i % 2 === 0 ? '' : 'GET /livez HTTP/1.1\r\n'));
  assert.is((await probe(port, '/livez')).status, 200);
  await until(() => held[0].destroyed, 'the oldest is cut');
  assert.is(held.filter(({ destroyed }) => destroyed).length, 1);
});

test('is not kept from closing by those who are connected', async () => {
  const port = await start({ metrics: () => new Promise(() => undefined) });
  await halfOpen(port);
  await halfOpen(port, 'GET /livez HTTP/1.1\r\nhost: x\r\n');
  await halfOpen(port, 'GET /metrics HTTP/1.1\r\n\r\n');
  assert.is((await probe(port, '/livez')).status, 200);
  const before = performance.now();
  await servers.splice(0)[0].close();
  assert.ok(performance.now() - before < 500);
  assert.is((await probe(port, '/livez')).status, 0);
});

test('says which address it cannot have', async () => {
  const port = await start();
  try {
    await start({ port });
  } catch (error) {
    assert.instance(error, AcmError);
    assert.match((error as AcmError).message, `cannot listen on 127.0.0.1:${port}: listen EADDRINUSE`);
    return;
  }
  assert.unreachable('two servers on one port');
});

test.run();
