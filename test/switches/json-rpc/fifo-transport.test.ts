import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SwitchDropCause } from '../../../src/admission/switch-figures.js';
import { JsonRpcClient } from '../../../src/switches/json-rpc/client.js';
import { FifoTransport } from '../../../src/switches/json-rpc/fifo-transport.js';
import { complaintOf } from './complaint.js';

type Request = { readonly id: number; readonly params: readonly unknown[]; readonly reply_name: string };

interface Setting {
  directory: string;
  path: string;
  reader: Socket | undefined;
  drops: SwitchDropCause[];
  client: JsonRpcClient;
}

const test = suite<Setting>('switches/json-rpc/fifo-transport');

test.before.each((setting) => {
  setting.directory = mkdtempSync(join(tmpdir(), 'acm-fifo-'));
  setting.path = join(setting.directory, 'rpc');
  setting.drops = [];
  setting.reader = undefined;
  const onDrop = (cause: SwitchDropCause): number => setting.drops.push(cause);
  setting.client = new JsonRpcClient(new FifoTransport(setting.path, setting.directory, onDrop), onDrop);
});

test.after.each(async ({ client, reader, directory }) => {
  await client.close();
  reader?.destroy();
  rmSync(directory, { recursive: true });
});

/** Reads requests, one a line, as Kamailio's process does; both ends are its own, so that the FIFO stays open. */
function read(setting: Setting, serve: (request: Request, text: string) => void): void {
  execFileSync('mkfifo', [setting.path]);
  setting.reader = new Socket({ fd: openSync(setting.path, constants.O_RDWR | constants.O_NONBLOCK) });
  setting.reader.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().split('\n').filter(Boolean)) serve(JSON.parse(line), line);
  });
}

function replying(setting: Setting, answerTo: (request: Request) => string) {
  return (request: Request): void => {
    void writeFile(join(setting.directory, request.reply_name), answerTo(request));
  };
}

const resultFor = ({ id, params }: Request): string => JSON.stringify({ jsonrpc: '2.0', result: params, id });

test('has the answer written into a FIFO of its own, and removes that', async (setting) => {
  read(setting, replying(setting, resultFor));
  assert.equal(await setting.client.call('x', ['a'], 2_000), { ok: true, result: ['a'] });
  assert.equal(readdirSync(setting.directory), ['rpc']);
});

test('asks several things at once', async (setting) => {
  read(setting, replying(setting, resultFor));
  const numbers = Array.from({ length: 20 }, (_, number) => number);
  const answers = await Promise.all(numbers.map((number) => setting.client.call('x', [number], 5_000)));
  assert.equal(
    answers,
    numbers.map((number) => ({ ok: true, result: [number] })),
  );
});

test('takes an answer that is longer than a pipe holds', async (setting) => {
  const long = 'x'.repeat(500_000);
  read(
    setting,
    replying(setting, ({ id }) => JSON.stringify({ result: long, id })),
  );
  const answer = await setting.client.call('x', [], 5_000);
  assert.ok(answer.ok && answer.result === long);
});

test('writes no quote and no backslash behind a backslash, which Kamailio would misread', async (setting) => {
  let written = '';
  read(setting, (request, text) => {
    written = text;
    replying(setting, resultFor)(request);
  });
  const hostile = ['ends in a backslash\\', 'a "quote"', '\\"', '\\\\', 'line\r\n\u2028'];
  assert.equal(await setting.client.call('x', hostile, 2_000), { ok: true, result: hostile });
  assert.not.match(written, /\\["\\]/);
});

test('fails at once where nobody reads, and never blocks', async (setting) => {
  execFileSync('mkfifo', [setting.path]);
  assert.match(await complaintOf(setting.client.call('x', [], 5_000)), /^ACM_UNAVAILABLE: ENXIO/);
  assert.equal(readdirSync(setting.directory), ['rpc']);
});

test('fails at once where there is no FIFO', async ({ client }) => {
  assert.match(await complaintOf(client.call('x', [], 5_000)), /^ACM_UNAVAILABLE: ENOENT/);
});

test('writes into no file that is no FIFO', async ({ client, path }) => {
  writeFileSync(path, '');
  assert.is(await complaintOf(client.call('x', [], 5_000)), `ACM_UNAVAILABLE: ${path} is no FIFO`);
});

test('complains of silence once the deadline has passed, and leaves nothing behind', async (setting) => {
  read(setting, () => undefined);
  assert.is(await complaintOf(setting.client.call('x', [], 100)), 'ACM_UNAVAILABLE: no answer within 100 ms');
  assert.equal(readdirSync(setting.directory), ['rpc']);
});

test('fails where Kamailio has stopped reading and the FIFO is full', async (setting) => {
  execFileSync('mkfifo', [setting.path]);
  const fd = openSync(setting.path, constants.O_RDWR | constants.O_NONBLOCK);
  const complaints = await Promise.all(
    Array.from({ length: 40 }, () => complaintOf(setting.client.call('x', ['x'.repeat(3_800)], 300))),
  );
  closeSync(fd);
  assert.ok(
    complaints.some((complaint) => /EAGAIN/.test(complaint)),
    complaints.join(),
  );
  assert.ok(complaints.every((complaint) => complaint.startsWith('ACM_UNAVAILABLE')));
});

test('refuses a request that could not be written in one piece', async (setting) => {
  read(setting, () => undefined);
  const complaint = await complaintOf(setting.client.call('x', ['x'.repeat(4_096)], 1_000));
  assert.is(complaint, 'ACM_INVALID_ARGUMENT: the request is too long for a FIFO');
});

test('counts an answer that is no JSON', async (setting) => {
  read(
    setting,
    replying(setting, () => 'nonsense'),
  );
  assert.match(await complaintOf(setting.client.call('x', [], 2_000)), /no JSON/);
  assert.equal(setting.drops, ['malformed']);
});

test('takes no answer without end', async (setting) => {
  read(setting, ({ reply_name }) => {
    // Our end is closed in the middle of it.
    writeFile(join(setting.directory, reply_name), Buffer.alloc(20_000_000, 'x')).catch(() => undefined);
  });
  assert.match(await complaintOf(setting.client.call('x', [], 20_000)), /longer than/);
  assert.equal(setting.drops, ['oversized']);
});

test('keeps a bound on what is under way, and ends it when it is closed', async (setting) => {
  read(setting, () => undefined);
  const calls = Array.from({ length: 65 }, () => complaintOf(setting.client.call('x', [], 10_000)));
  assert.is(await calls.at(-1), 'ACM_UNAVAILABLE: 64 requests are under way');
  await setting.client.close();
  assert.equal(
    new Set(await Promise.all(calls.slice(0, -1))),
    new Set(['ACM_UNAVAILABLE: the connection is closed']),
  );
  assert.equal(readdirSync(setting.directory), ['rpc']);
});

test.run();
