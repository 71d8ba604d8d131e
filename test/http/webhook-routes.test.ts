import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HttpClient } from '../support/http-client.js';
import { assertProblem } from '../support/http-sidecar.js';
import { OpenApiCheck } from '../support/openapi-check.js';
import { type ApiFixture, startApi } from './api-fixture.js';

const test = suite('http/webhook-routes');

let api: ApiFixture;
/** Holds each answer against the document. */
let client: HttpClient;

test.before.each(async () => {
  api = await startApi();
  const openApi = new OpenApiCheck((await api.client.get('/openapi.json')).body);
  client = new HttpClient(`http://127.0.0.1:${api.port}`, (...answer) => openApi.check(...answer));
});

test.after.each(() => api.stop());

test('lists the webhooks, without what may be secret', async () => {
  api.letters.add('pager', 2);
  const { status, body } = await client.get('/acm/webhooks');
  assert.is(status, 200);
  assert.equal(body['webhooks'], [
    {
      name: 'siem',
      origin: 'https://siem.example.com',
      waiting: 0,
      dead: 0,
      min_severity: 'MEDIUM',
      allow_private: false,
    },
    {
      name: 'pager',
      origin: 'http://10.0.0.7:8080',
      waiting: 0,
      dead: 2,
      min_severity: 'CRITICAL',
      allow_private: true,
    },
  ]);
});

test('lists dead letters page by page, of one webhook or all', async () => {
  const [letter] = api.letters.add('siem', 3);
  api.letters.add('pager');
  const first = (await client.get('/acm/webhooks/dead-letters?webhook=siem&limit=2')).body;
  assert.is(first['count'], 2);
  const last = (await client.get(`/acm/webhooks/dead-letters?webhook=siem&limit=2&after=${first['next']}`))
    .body;
  assert.equal(last, {
    count: 1,
    dead_letters: [
      {
        delivery_id: letter.deliveryId,
        webhook: 'siem',
        event: 'alert.opened',
        alert_id: letter.alertId,
        occurred_at: '2026-11-22T03:14:07.250Z',
        attempts: 41,
        last_status: 503,
        last_error: 'answered 503',
        died_at: '2026-11-23T03:20:00.000Z',
        replayed_by: null,
      },
    ],
    next: null,
  });
  assert.is((await client.get('/acm/webhooks/dead-letters')).body['count'], 4);
  assertProblem(await client.get('/acm/webhooks/dead-letters?limit=0'), 422);
});

test('replays one, says who did, and refuses what is not there', async () => {
  const [letter] = api.letters.add('siem');
  const path = `/acm/webhooks/dead-letters/${letter.deliveryId}/replay`;
  const { status, body } = await client.ask('POST', path);
  assert.equal([status, body], [200, { success: true }]);
  assert.is(api.letters.replayed[0].by.origin, 'http 127.0.0.1, no token');
  assertProblem(await client.ask('POST', path), 404);
  assertProblem(await client.ask('POST', '/acm/webhooks/dead-letters/nonsense/replay'), 422, 'delivery_id');
});

test('replays those of a webhook a thousand at a time, and none of one that is gone', async () => {
  api.letters.add('siem', 1_001);
  const replay = (webhook: string) => client.post('/acm/webhooks/dead-letters/replay', { webhook });
  assert.equal((await replay('siem')).body, { replayed: 1_000, left: 1 });
  assert.equal((await replay('siem')).body, { replayed: 1, left: 0 });
  const [letter] = api.letters.add('former');
  assertProblem(await replay('former'), 409);
  assertProblem(await client.ask('POST', `/acm/webhooks/dead-letters/${letter.deliveryId}/replay`), 409);
  assertProblem(await replay(''), 422);
});

test.run();
