import { once } from 'node:events';
import { createServer } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type PostOptions, postWebhook, type WebhookAnswer } from '../../src/events/webhook-request.js';
import { startMuteServer } from '../support/mute-server.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const test = suite('events/webhook-request');

let receiver: WebhookReceiver;

test.before.each(async () => {
  receiver = new WebhookReceiver();
  await receiver.start();
});

test.after.each(() => receiver.stop());

interface Wanted extends Partial<PostOptions> {
  readonly allowPrivate?: boolean;
}

function post(url: string, { allowPrivate = true, ...options }: Wanted = {}): Promise<WebhookAnswer> {
  const request = { url, allowPrivate, headers: { 'acm-delivery': 'd' }, body: '{"é":1}' };
  const loopback = async () => [{ address: '127.0.0.1', family: 4 }];
  return postWebhook(request, { resolve: loopback, signal: new AbortController().signal, ...options });
}

function reasonOf(answer: WebhookAnswer): string {
  return 'reason' in answer ? answer.reason : `answered ${answer.status}`;
}

test('posts the body with its headers, and tells what was answered', async () => {
  receiver.answer = (response) => void response.writeHead(503, { 'retry-after': '7' }).end('later');
  assert.equal(await post(receiver.url), { status: 503, retryAfter: '7' });
  const [{ headers, body }] = receiver.received;
  assert.equal([headers['acm-delivery'], headers['content-length'], body], ['d', '8', '{"é":1}']);
});

test('follows no redirect', async () => {
  receiver.answer = (response) => void response.writeHead(302, { location: `${receiver.url}/other` }).end();
  assert.is((await post(receiver.url)).status, 302);
  assert.is(receiver.received.length, 1);
});

test('gives up a receiver that is silent, or slow, when its time is over', async () => {
  const mute = await startMuteServer();
  const slow = new WebhookReceiver();
  await slow.start();
  slow.answer = () => undefined;
  try {
    for (const url of [`http://127.0.0.1:${mute.port}/`, slow.url])
      assert.is(reasonOf(await post(url, { deadlineMs: 60 })), 'no answer within 0.06 s');
  } finally {
    await mute.close();
    await slow.stop();
  }
});

test('counts an answer by its head, whatever becomes of the rest', async () => {
  receiver.answer = (response) =>
    void response.writeHead(200, { 'content-length': 9 }).write('a', () => response.destroy());
  assert.is((await post(receiver.url)).status, 200);
});

test('reads little of a long answer', async () => {
  let sent = 0;
  let cut = false;
  receiver.answer = (response) => {
    response.writeHead(200);
    response.on('close', () => {
      cut = true;
    });
    const more = (): void => {
      while (!cut && response.write('x'.repeat(16_384))) sent += 16_384;
    };
    response.on('drain', more);
    more();
  };
  assert.is((await post(receiver.url)).status, 200);
  while (!cut) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(sent < 16 * 1_048_576, `${sent} bytes were sent`);
});

test('tells of a receiver that is not there, or talks nonsense', async () => {
  await receiver.stop();
  assert.match(reasonOf(await post(receiver.url)), 'ECONNREFUSED');
  const babbler = createServer((socket) => socket.end('SSH-2.0-babble\r\n'));
  babbler.listen(0, '127.0.0.1');
  await once(babbler, 'listening');
  const { port } = babbler.address() as { port: number };
  assert.match(reasonOf(await post(`http://127.0.0.1:${port}/`)), 'Parse Error');
  babbler.close();
});

test('refuses a private address in the URL, in whatever form it is written', async () => {
  for (const host of [
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
  ])
    assert.match(
      reasonOf(await post(`http://${host}:${receiver.port}/`, { allowPrivate: false })),
      'is not a public address',
      host,
    );
  assert.is(receiver.received.length, 0);
});

test('refuses a name that leads to a private address, or to one among others', async () => {
  for (const addresses of [['127.0.0.1'], ['192.0.1.1', '169.254.169.254'], ['::1']]) {
    const resolve = async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    const answer = await post(`http://receiver.example:${receiver.port}/`, { allowPrivate: false, resolve });
    assert.match(reasonOf(answer), 'is not a public address');
  }
  assert.is(receiver.received.length, 0);
});

test('connects to the address that was looked at, and looks only once', async () => {
  let asked = 0;
  const resolve = async (hostname: string) => {
    asked++;
    assert.is(hostname, 'receiver.example');
    return [{ address: '127.0.0.1', family: 4 }];
  };
  assert.is((await post(`http://receiver.example:${receiver.port}/`, { resolve })).status, 204);
  assert.is(asked, 1);
  assert.is(receiver.received[0].headers.host, `receiver.example:${receiver.port}`);
});

test('tells of a name that does not resolve', async () => {
  const unknown = async (): Promise<never> => {
    throw Object.assign(new Error('queryA'), { code: 'ENOTFOUND' });
  };
  const url = 'http://nowhere.example/';
  assert.is(reasonOf(await post(url, { resolve: unknown })), 'its name cannot be resolved: ENOTFOUND');
  assert.is(reasonOf(await post(url, { resolve: async () => [] })), 'its name has no address');
  const never = () => new Promise<never>(() => undefined);
  assert.is(reasonOf(await post(url, { resolve: never, deadlineMs: 50 })), 'no answer within 0.05 s');
});

test('can be called off', async () => {
  receiver.answer = () => stopping.abort();
  const stopping = new AbortController();
  assert.match(reasonOf(await post(receiver.url, { signal: stopping.signal })), 'the sidecar stops');
  assert.match(reasonOf(await post(receiver.url, { signal: AbortSignal.abort() })), 'the sidecar stops');
});

test.run();
