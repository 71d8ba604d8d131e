import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SwitchDropCause } from '../../../src/admission/switch-figures.js';
import { JsonRpcClient } from '../../../src/switches/json-rpc/client.js';
import { HttpTransport } from '../../../src/switches/json-rpc/http-transport.js';
import { complaintOf } from './complaint.js';

interface Setting {
  server: Server;
  sockets: Set<Socket>;
  drops: SwitchDropCause[];
  client: JsonRpcClient;
  /** What the server does with the next requests. */
  serve: RequestListener;
}

const test = suite<Setting>('switches/json-rpc/http-transport');

test.before.each(async (setting) => {
  setting.drops = [];
  setting.sockets = new Set();
  setting.server = createServer((request, response) => setting.serve(request, response));
  setting.server.on('connection', (socket) => setting.sockets.add(socket));
  setting.server.listen(0, '127.0.0.1');
  await once(setting.server, 'listening');
  const { port } = setting.server.address() as AddressInfo;
  const onDrop = (cause: SwitchDropCause): number => setting.drops.push(cause);
  setting.client = new JsonRpcClient(new HttpTransport(`http://127.0.0.1:${port}/rpc`, onDrop), onDrop);
});

test.after.each(async ({ server, client }) => {
  await client.close();
  server.closeAllConnections();
  server.close();
});

/** Answers each request with what is made of it. */
function answering(status: number, answerTo: (request: { readonly id: number }) => string): RequestListener {
  return async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    response.writeHead(status).end(answerTo(JSON.parse(Buffer.concat(chunks).toString())));
  };
}

test('posts a request and reads its result', async (setting) => {
  setting.serve = answering(200, (request) =>
    JSON.stringify({ jsonrpc: '2.0', result: request, id: request.id }),
  );
  const answer = await setting.client.call('core.uptime', ['a', 1], 1_000);
  assert.equal(answer, {
    ok: true,
    result: { jsonrpc: '2.0', method: 'core.uptime', params: ['a', 1], id: 1 },
  });
});

test('reads a refusal as an answer, whatever the status', async (setting) => {
  setting.serve = answering(
    404,
    () => '{"jsonrpc":"2.0","error":{"code":404,"message":"Dialog not found"},"id":1}',
  );
  const answer = await setting.client.call('dlg.end_dlg', [], 1_000);
  assert.equal(answer, { ok: false, code: 404, message: 'Dialog not found' });
});

test('keeps its connection', async (setting) => {
  setting.serve = answering(200, ({ id }) => JSON.stringify({ result: 'OK', id }));
  for (let count = 0; count < 5; count++) await setting.client.call('x', [], 1_000);
  assert.is(setting.sockets.size, 1);
});

test('asks again on a new connection where the kept ones have been closed', async (setting) => {
  setting.serve = answering(200, ({ id }) => JSON.stringify({ result: 'OK', id }));
  await Promise.all([1, 2, 3].map(() => setting.client.call('x', [], 1_000)));
  const kept = setting.sockets.size;
  assert.ok(kept > 1);
  // As a switch does that is shut down: the next request finds a connection that is closing.
  let cut = 0;
  const { serve } = setting;
  setting.serve = (request, response) => {
    if (setting.sockets.size > kept) return serve(request, response);
    cut++;
    request.socket.destroy();
  };
  assert.ok((await setting.client.call('x', [], 1_000)).ok);
  assert.is(cut, 1);
});

test('opens a few connections at most', async (setting) => {
  setting.serve = answering(200, ({ id }) => JSON.stringify({ result: 'OK', id }));
  await Promise.all(Array.from({ length: 50 }, () => setting.client.call('x', [], 5_000)));
  assert.ok(setting.sockets.size <= 4, `${setting.sockets.size} connections`);
});

test('complains of silence once the deadline has passed', async (setting) => {
  setting.serve = () => undefined;
  const complaint = await complaintOf(setting.client.call('x', [], 30));
  assert.is(complaint, 'ACM_UNAVAILABLE: no answer within 30 ms');
});

test('complains where nobody listens', async ({ server, client }) => {
  server.close();
  assert.match(await complaintOf(client.call('x', [], 1_000)), /^ACM_UNAVAILABLE: connect ECONNREFUSED/);
});

test('complains of a connection that is cut in the middle of an answer', async (setting) => {
  setting.serve = (_, response) => {
    response.writeHead(200, { 'content-length': 1_000 });
    response.write('{"result":');
    response.flushHeaders();
    setTimeout(() => response.destroy(), 5);
  };
  assert.match(await complaintOf(setting.client.call('x', [], 1_000)), /^ACM_UNAVAILABLE: /);
});

for (const body of [
  '',
  'nonsense',
  '{"jsonrpc":',
  '[]',
  'null',
  '7',
  '{}',
  '{"error":"x"}',
  '{"error":{"code":"x"}}',
])
  test(`counts an answer that is no JSON-RPC: ${JSON.stringify(body)}`, async (setting) => {
    setting.serve = answering(200, () => body);
    assert.match(await complaintOf(setting.client.call('x', [], 1_000)), /^ACM_UNAVAILABLE: /);
    assert.equal(setting.drops, ['malformed']);
  });

test('takes no answer without end', async (setting) => {
  setting.serve = (_, response) => {
    const chunk = Buffer.alloc(256 * 1024, 'x');
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', more);
    response.writeHead(200);
    more();
  };
  const complaint = await complaintOf(setting.client.call('x', [], 20_000));
  assert.match(complaint, /^ACM_UNAVAILABLE: the answer is longer than/);
  assert.equal(setting.drops, ['oversized']);
});

test('ends what is under way when it is closed, and asks nothing any more', async (setting) => {
  setting.serve = answering(200, ({ id }) => JSON.stringify({ result: 'OK', id }));
  await setting.client.call('x', [], 1_000);
  setting.serve = () => undefined;
  const call = complaintOf(setting.client.call('x', [], 5_000));
  await once(setting.server, 'request');
  await setting.client.close();
  assert.is(await call, 'ACM_UNAVAILABLE: the connection is closed');
  assert.is(
    await complaintOf(setting.client.call('x', [], 5_000)),
    'ACM_UNAVAILABLE: the connection is closed',
  );
  assert.is(setting.sockets.size, 1);
});

test.run();
