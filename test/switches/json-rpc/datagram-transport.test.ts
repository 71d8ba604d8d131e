import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SwitchDropCause } from '../../../src/admission/switch-figures.js';
import { JsonRpcClient } from '../../../src/switches/json-rpc/client.js';
import { DatagramTransport } from '../../../src/switches/json-rpc/datagram-transport.js';
import { complaintOf } from './complaint.js';

type Request = { readonly id: number; readonly params: readonly unknown[] };

interface Setting {
  peer: Socket;
  port: number;
  drops: SwitchDropCause[];
  client: JsonRpcClient;
  /** What the peer does with a request. */
  serve(request: Request, reply: (text: string) => void): void;
}

const test = suite<Setting>('switches/json-rpc/datagram-transport');

test.before.each(async (setting) => {
  setting.drops = [];
  await openPeer(setting, 0);
  const onDrop = (cause: SwitchDropCause): number => setting.drops.push(cause);
  setting.client = new JsonRpcClient(new DatagramTransport('127.0.0.1', setting.port, onDrop), onDrop);
});

test.after.each(async ({ peer, client }) => {
  await client.close();
  peer.close();
});

async function openPeer(setting: Setting, port: number): Promise<void> {
  const peer = createSocket('udp4');
  peer.bind(port, '127.0.0.1');
  await once(peer, 'listening');
  peer.on('message', (datagram: Buffer, { port: from }: RemoteInfo) => {
    setting.serve(JSON.parse(datagram.toString()), (text) => peer.send(text, from, '127.0.0.1'));
  });
  setting.peer = peer;
  setting.port = peer.address().port;
}

const resultFor = ({ id, params }: Request): string => JSON.stringify({ jsonrpc: '2.0', result: params, id });

test('finds the request of each answer, whatever their order', async (setting) => {
  const held: (() => void)[] = [];
  setting.serve = (request, reply) => {
    held.push(() => reply(resultFor(request)));
    if (held.length === 20) for (const each of held.reverse()) each();
  };
  const numbers = Array.from({ length: 20 }, (_, number) => number);
  const answers = await Promise.all(numbers.map((number) => setting.client.call('x', [number], 2_000)));
  assert.equal(
    answers,
    numbers.map((number) => ({ ok: true, result: [number] })),
  );
});

test('counts what is no answer, and goes on waiting', async (setting) => {
  setting.serve = (request, reply) => {
    for (const nonsense of ['', 'x', '[]', '{}', 'null', '{"id":"1"}', '{"result":']) reply(nonsense);
    reply(resultFor({ ...request, id: 4_711 }));
    reply(resultFor(request));
    reply(resultFor(request));
  };
  assert.ok((await setting.client.call('x', [], 2_000)).ok);
  assert.equal(new Set(setting.drops), new Set(['malformed']));
  assert.is(setting.drops.length, 7);
});

test('complains of silence once the deadline has passed, and takes no late answer for another', async (setting) => {
  let late = (): void => undefined;
  setting.serve = (request, reply) => {
    late = () => reply(resultFor(request));
  };
  assert.is(
    await complaintOf(setting.client.call('x', ['first'], 30)),
    'ACM_UNAVAILABLE: no answer within 30 ms',
  );
  setting.serve = (request, reply) => {
    late();
    reply(resultFor(request));
  };
  assert.equal(await setting.client.call('x', ['second'], 2_000), { ok: true, result: ['second'] });
});

test('hears at once that nobody listens, and finds the switch when it is back', async (setting) => {
  setting.serve = (request, reply) => reply(resultFor(request));
  await setting.client.call('x', [], 2_000);
  const closed = once(setting.peer, 'close');
  setting.peer.close();
  await closed;
  const startedMs = performance.now();
  assert.match(await complaintOf(setting.client.call('x', [], 5_000)), /^ACM_UNAVAILABLE: .*ECONNREFUSED/);
  assert.ok(performance.now() - startedMs < 4_000, 'before the deadline');
  await openPeer(setting, setting.port);
  assert.ok((await setting.client.call('x', [], 2_000)).ok);
});

test('refuses what fits in no datagram', async ({ client }) => {
  const complaint = await complaintOf(client.call('x', ['x'.repeat(70_000)], 1_000));
  assert.is(complaint, 'ACM_INVALID_ARGUMENT: the request is too long for a datagram');
});

test('keeps a bound on what awaits its answers', async (setting) => {
  setting.serve = () => undefined;
  const calls = Array.from({ length: 1_001 }, () => complaintOf(setting.client.call('x', [], 200)));
  assert.is(await calls.at(-1), 'ACM_UNAVAILABLE: 1000 requests await their answers');
  await setting.client.close();
  assert.equal(
    new Set(await Promise.all(calls.slice(0, -1))),
    new Set(['ACM_UNAVAILABLE: the connection is closed']),
  );
});

test('complains of a name that cannot be found', async () => {
  const client = new JsonRpcClient(
    new DatagramTransport('no-such-host.invalid', 5060, () => undefined),
    () => undefined,
  );
  assert.match(await complaintOf(client.call('x', [], 3_000)), /^ACM_UNAVAILABLE: /);
  await client.close();
});

test.run();
