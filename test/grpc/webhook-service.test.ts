/** WebhookService on a real server, asked by a stranger who has nothing but the proto file. */
import { status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ManagementClient, type Message, timeOf } from '../support/grpc-management.js';
import { type ManagementServer, startManagementServer } from '../support/management-server.js';

const test = suite('grpc/webhook-service');

let server: ManagementServer;
let client: ManagementClient;

test.before.each(async () => {
  server = await startManagementServer();
  client = new ManagementClient(server.address);
});

test.after.each(async () => {
  client.close();
  await server.stop();
});

const ask = (method: string, request: object = {}): Promise<Message> =>
  client.ask('WebhookService', method, request);

async function refusal(method: string, request: object): Promise<{ code: number; details: string }> {
  const error = await ask(method, request).catch((failure) => failure);
  return { code: error.code, details: error.details };
}

test('lists the webhooks with what waits and what is dead', async () => {
  server.letters.add('siem', 2);
  const { webhooks } = await ask('listWebhooks');
  assert.equal(webhooks[0], {
    name: 'siem',
    origin: 'https://siem.example.com',
    min_severity: 'SEVERITY_MEDIUM',
    allow_private: false,
    waiting: 0,
    dead: 2,
  });
  assert.equal([webhooks.length, webhooks[1].min_severity], [2, 'SEVERITY_CRITICAL']);
});

test('lists dead letters in pages', async () => {
  const [oldest] = server.letters.add('siem', 3);
  server.letters.add('pager');
  const first = await ask('listDeadLetters', { webhook: 'siem', page_size: 2 });
  assert.is(first.dead_letters.length, 2);
  const page = { webhook: 'siem', page_size: 2, page_token: first.next_page_token };
  const { dead_letters, next_page_token } = await ask('listDeadLetters', page);
  assert.equal([dead_letters.length, next_page_token], [1, '']);
  const { delivery_id, event, attempts, last_status, last_error, occurred_at } = dead_letters[0];
  assert.equal(
    [delivery_id, event, attempts, last_status, last_error, timeOf(occurred_at)],
    [oldest.deliveryId, 'alert.opened', 41, 503, 'answered 503', oldest.occurredAt],
  );
});

test('replays one or all, as a change that somebody makes', async () => {
  const [one] = server.letters.add('siem', 3);
  await ask('replayDeadLetter', { delivery_id: one.deliveryId.toUpperCase(), author: 'ada' });
  assert.equal(
    [server.letters.replayed[0].deliveryId, server.letters.replayed[0].by.author],
    [one.deliveryId, 'ada'],
  );
  const answer = await ask('replayDeadLetters', { webhook: 'siem', author: 'bob' });
  assert.equal(answer, { replayed: 2, left: 0 });
  assert.equal(
    server.log.filter(({ message }) => message === 'changed by hand').map(({ fields }) => fields['author']),
    ['ada', 'bob'],
  );
});

test('names what is wrong', async () => {
  const [former] = server.letters.add('former');
  const [letter] = server.letters.add('siem');
  const unknown = '00000000-0000-4000-8000-000000000000';
  const cases: [string, object, number, string][] = [
    ['replayDeadLetter', { delivery_id: 'x', author: 'ada' }, status.INVALID_ARGUMENT, 'delivery_id: '],
    ['replayDeadLetter', { delivery_id: letter.deliveryId }, status.INVALID_ARGUMENT, 'author: '],
    ['replayDeadLetter', { delivery_id: unknown, author: 'ada' }, status.NOT_FOUND, 'no dead letter'],
    [
      'replayDeadLetter',
      { delivery_id: former.deliveryId, author: 'a' },
      status.FAILED_PRECONDITION,
      'former',
    ],
    ['replayDeadLetters', { webhook: 'former', author: 'a' }, status.FAILED_PRECONDITION, 'former'],
    ['replayDeadLetters', { author: 'ada' }, status.INVALID_ARGUMENT, 'webhook: '],
    ['listDeadLetters', { webhook: 'x'.repeat(65) }, status.INVALID_ARGUMENT, 'webhook: '],
    ['listDeadLetters', { page_size: 1_001 }, status.INVALID_ARGUMENT, 'page_size: '],
  ];
  for (const [method, request, code, part] of cases) {
    const refused = await refusal(method, request);
    assert.is(refused.code, code, `${method}: ${refused.details}`);
    assert.match(refused.details, part);
  }
  assert.is(server.letters.replayed.length, 0);
});

test.run();
