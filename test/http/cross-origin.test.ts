import { request } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ApiFixture, startApi } from './api-fixture.js';

const test = suite('http/cross-origin');

const OURS = 'https://noc.example:8443';
const OTHERS = [
  'https://evil.example',
  'https://noc.example',
  'http://noc.example:8443',
  'https://noc.example:8443.evil.example',
  'null',
  '*',
];

let api: ApiFixture;

test.before(async () => {
  api = await startApi({ corsOrigins: [OURS, 'http://localhost:5173'] });
});
test.after(() => api.stop());

const ask = (method: string, path: string, headers: Record<string, string>) =>
  api.client.ask(method, path, undefined, headers);
const preflight = (origin: string, path = '/acm/blocks') =>
  ask('OPTIONS', path, { origin, 'access-control-request-method': 'DELETE' });

test('tells pages of a configured origin what they may ask', async () => {
  const { status, headers } = await preflight(OURS);
  assert.is(status, 204);
  assert.is(headers.get('access-control-allow-origin'), OURS);
  assert.is(headers.get('access-control-allow-methods'), 'GET, HEAD, POST, PUT, PATCH, DELETE');
  assert.is(
    headers.get('access-control-allow-headers'),
    'authorization, content-type, last-event-id, x-request-id',
  );
  assert.match(headers.get('vary') ?? '', /Origin/i);
});

test('lets them read answers, errors too', async () => {
  for (const [path, status] of [
    ['/acm/config', 200],
    ['/acm/alerts?minutes=0', 422],
    ['/nothing', 404],
    ['/health', 200],
  ] as const) {
    const answer = await ask('GET', path, { origin: OURS });
    assert.is(answer.status, status, path);
    assert.is(answer.headers.get('access-control-allow-origin'), OURS, path);
    assert.is(answer.headers.get('access-control-expose-headers'), 'x-request-id, retry-after', path);
  }
});

test('names no other origin, and never allows credentials', async () => {
  for (const origin of OTHERS) {
    for (const answer of [await preflight(origin), await ask('GET', '/acm/config', { origin })]) {
      assert.is(answer.headers.get('access-control-allow-origin'), null, origin);
      assert.match(answer.headers.get('vary') ?? '', /Origin/i, origin);
    }
    assert.is((await preflight(origin)).status, 405, origin);
  }
  for (const answer of [await preflight(OURS), await ask('GET', '/acm/config', { origin: OURS })])
    assert.is(answer.headers.get('access-control-allow-credentials'), null);
});

test('serves whoever sends no origin as before', async () => {
  const answer = await ask('GET', '/acm/config', {});
  assert.is(answer.status, 200);
  assert.is(answer.headers.get('access-control-allow-origin'), null);
  assert.is((await ask('OPTIONS', '/acm/config', {})).status, 405);
});

/** Status of a request from an allowed page under the name of another host, which the API refuses. */
function statusUnderOtherName(method: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'evil.example', origin: OURS, 'access-control-request-method': 'GET' };
    const options = { host: '127.0.0.1', port: api.port, path: '/acm/config', agent: false, method, headers };
    request(options, (answer) => resolve(answer.resume().statusCode ?? 0))
      .on('error', reject)
      .end();
  });
}

test('answers a preflight before anybody asks who is there, and lets nobody in by it', async () => {
  assert.is(await statusUnderOtherName('OPTIONS'), 204);
  assert.is(await statusUnderOtherName('GET'), 403);
});

test('is off where no origin is configured', async () => {
  const closed = await startApi();
  try {
    for (const method of ['GET', 'OPTIONS']) {
      const { headers } = await closed.client.ask(method, '/acm/config', undefined, {
        origin: OURS,
        'access-control-request-method': 'GET',
      });
      assert.equal(
        [...headers.keys()].filter((name) => name.startsWith('access-control') || name === 'vary'),
        [],
        method,
      );
    }
  } finally {
    await closed.stop();
  }
});

test.run();
