/** How `acm serve` starts, and what keeps it from starting: a clear sentence and exit code 1, never a stack trace. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DetectionClient } from '../../support/grpc-detection.js';
import { freshNumber, SMALL } from '../../support/grpc-sidecar.js';
import { AcmProcess, startSidecarProcess } from '../../support/sidecar-process.js';

const test = suite('e2e/service/start');

let directory: string;
let socket: string;

test.before.each(() => {
  directory = mkdtempSync(join(tmpdir(), 'acm-start-'));
  socket = join(directory, 'acm.sock');
});

test.after.each(() => rmSync(directory, { recursive: true }));

/** What a sidecar says that cannot start. */
async function complaintOf(env: Record<string, string>): Promise<string> {
  const acm = new AcmProcess(['serve'], { ...SMALL, ...env });
  assert.equal(await acm.end(), { code: 1, signal: null }, acm.output);
  assert.not.match(acm.errors, /^\s+at /m);
  assert.not.match(acm.output, 'ready');
  return acm.errors;
}

async function verdictOver(address: string): Promise<string> {
  const client = new DetectionClient(address);
  try {
    return (await client.checkCall({ a_number: freshNumber(), b_number: freshNumber() })).verdict;
  } finally {
    client.close();
  }
}

async function occupy(): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

test('listens on a UNIX socket as well, for its owner and its group only, and takes it away', async () => {
  const { process, address } = await startSidecarProcess({ ACM_GRPC_SOCKET: socket });
  try {
    assert.is(await verdictOver(`unix:${socket}`), 'VERDICT_ALLOW');
    assert.is(await verdictOver(address), 'VERDICT_ALLOW');
    assert.is(statSync(socket).mode & 0o777, 0o660);
    process.signal('SIGTERM');
    assert.equal(await process.end(), { code: 0, signal: null });
    assert.not.ok(existsSync(socket));
  } finally {
    await process.kill();
  }
});

test('removes the socket that a killed sidecar has left, and refuses that of a living one', async () => {
  const killed = await startSidecarProcess({ ACM_GRPC_SOCKET: socket });
  await killed.process.kill();
  assert.ok(existsSync(socket));
  const living = await startSidecarProcess({ ACM_GRPC_SOCKET: socket });
  try {
    const complaint = await complaintOf({ ACM_GRPC_SOCKET: socket });
    assert.match(complaint, `acm: ACM_GRPC_SOCKET: another process listens on ${socket}`);
    assert.is(await verdictOver(`unix:${socket}`), 'VERDICT_ALLOW', 'the living one goes on');
  } finally {
    await living.process.kill();
  }
});

test('refuses a file that is not a socket, and leaves it', async () => {
  writeFileSync(socket, 'precious');
  assert.match(
    await complaintOf({ ACM_GRPC_SOCKET: socket }),
    `acm: ACM_GRPC_SOCKET: ${socket} exists and is not a socket`,
  );
  assert.ok(statSync(socket).isFile());
});

test('says so when a socket cannot be made', async () => {
  const nowhere = join(directory, 'absent', 'acm.sock');
  assert.match(await complaintOf({ ACM_GRPC_SOCKET: nowhere }), `acm: cannot listen on unix:${nowhere}: `);
});

test('says which port is taken', async () => {
  const { server, port } = await occupy();
  const taken = `acm: cannot listen on 127.0.0.1:${port}: listen EADDRINUSE`;
  assert.match(await complaintOf({ ACM_GRPC_ADDRESS: `127.0.0.1:${port}` }), taken);
  assert.match(await complaintOf({ API_PORT: String(port) }), taken);
  server.close();
});

test('refuses to listen in the open, or with files that are not there, all at once', async () => {
  const open = await complaintOf({ ACM_GRPC_ADDRESS: '0.0.0.0:0', API_HOST: '0.0.0.0' });
  assert.match(open, 'ACM_GRPC_ADDRESS: 0.0.0.0 is not loopback');
  assert.match(open, 'API_HOST: 0.0.0.0 is not loopback');
  const tls = await complaintOf({ ACM_TLS_CERT: '/nonexistent.crt', ACM_TLS_KEY: '/nonexistent.key' });
  assert.match(tls, 'ACM_TLS_CERT: /nonexistent.crt: ENOENT');
  assert.match(tls, 'ACM_TLS_KEY: /nonexistent.key: ENOENT');
});

test('prints what to try next, for a person who reads its log', async () => {
  const acm = new AcmProcess(['serve'], { ...SMALL, LOG_FORMAT: 'text' });
  try {
    const deadline = performance.now() + 20_000;
    while (!acm.output.includes('Stop with Ctrl-C') && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.match(acm.output, /gRPC {5}127\.0\.0\.1:\d+\n/);
    assert.match(acm.output, /npx acm check --b \S+ --a/);
    acm.signal('SIGINT');
    assert.equal(await acm.end(), { code: 0, signal: null });
  } finally {
    await acm.kill();
  }
});

test.run();
