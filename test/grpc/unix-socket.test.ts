import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { removeStaleSocket } from '../../src/grpc/unix-socket.js';

const test = suite('grpc/unix-socket');

let directory: string;
let path: string;

test.before.each(() => {
  directory = mkdtempSync(join(tmpdir(), 'acm-socket-'));
  path = join(directory, 'acm.sock');
});

test.after.each(() => rmSync(directory, { recursive: true }));

async function listen(at: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  server.listen(at);
  await once(server, 'listening');
  return server;
}

/** What the refusal says. */
async function refusalOf(at: string): Promise<string> {
  try {
    await removeStaleSocket(at);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('was expected to refuse');
}

test('does nothing where nothing is', async () => {
  await removeStaleSocket(path);
  assert.not.ok(existsSync(path));
});

test('removes the socket that a dead process has left behind', async () => {
  const server = await listen(`${path}.bound`);
  // The server removes the file that it knows, and leaves this one.
  renameSync(`${path}.bound`, path);
  server.close();
  await once(server, 'close');
  assert.ok(existsSync(path));
  await removeStaleSocket(path);
  assert.not.ok(existsSync(path));
});

test('refuses a socket on which somebody listens, and leaves it', async () => {
  const server = await listen(path);
  assert.is(await refusalOf(path), `ACM_GRPC_SOCKET: another process listens on ${path}`);
  assert.ok(existsSync(path));
  server.close();
});

test('refuses whatever is not a socket, and leaves it', async () => {
  writeFileSync(path, 'precious');
  assert.is(await refusalOf(path), `ACM_GRPC_SOCKET: ${path} exists and is not a socket`);
  symlinkSync(path, `${path}.link`);
  assert.match(await refusalOf(`${path}.link`), 'is not a socket');
  assert.match(await refusalOf(directory), 'is not a socket');
  assert.ok(existsSync(path));
});

/** A process that listens and then stands still, as one does that is swapped out or being debugged. */
async function frozenListener(at: string): Promise<ChildProcess> {
  const program = `require('net').createServer().listen({ path: process.argv[1], backlog: 1 }, () => console.log('up'))`;
  const child = spawn(process.execPath, ['-e', program, at], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout!, 'data');
  child.kill('SIGSTOP');
  return child;
}

test('refuses the socket of a process that is too busy to accept', async () => {
  const frozen = await frozenListener(path);
  const queue: Socket[] = [];
  try {
    // Until the queue is full: what is refused then has the code EAGAIN, not ECONNREFUSED.
    for (let full = false; !full; ) {
      const socket = connect(path);
      queue.push(socket);
      full = await new Promise((resolve) =>
        socket.once('connect', () => resolve(false)).once('error', () => resolve(true)),
      );
      assert.ok(queue.length < 1_000);
    }
    assert.match(await refusalOf(path), 'another process listens');
    assert.ok(existsSync(path));
  } finally {
    for (const socket of queue) socket.destroy();
    frozen.kill('SIGKILL');
    await once(frozen, 'exit');
  }
});

test.run();
