/** Streams of events on a real HTTP server: what a client sees. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventClient } from '../support/event-client.js';
import { eventually } from '../support/grpc-sidecar.js';
import { assertProblem } from '../support/http-sidecar.js';
import { type ApiFixture, startApi } from './api-fixture.js';

const test = suite('http/events');

let api: ApiFixture;
const clients: EventClient[] = [];

test.before.each(async () => {
  api = await startApi();
});
test.after.each(async () => {
  for (const client of clients.splice(0)) client.close();
  await api.stop();
});

async function listen(query = '', headers: Record<string, string> = {}): Promise<EventClient> {
  const client = await EventClient.open(`http://127.0.0.1:${api.port}/acm/events${query}`, headers);
  clients.push(client);
  await eventually(() => client.lastId !== '');
  return client;
}

let told = 0;

function publish(padding = 0): void {
  const alertId = `${++told}`;
  api.feed.publish({
    type: 'alert',
    what: 'settled',
    at: new Date(0),
    alertId,
    bNumber: '2'.repeat(padding),
  });
}

const idsOf = (client: EventClient): string[] => client.of('alert').map(({ data }) => data['alert_id']);

test('answers with a stream that nobody keeps, and with the headers of every answer', async () => {
  const { headers } = await listen('', { 'x-request-id': 'mine-1' });
  assert.is(headers['content-type'], 'text/event-stream');
  assert.is(headers['cache-control'], 'no-store');
  assert.is(headers['x-content-type-options'], 'nosniff');
  assert.is(headers['x-accel-buffering'], 'no');
  assert.is(headers['x-request-id'], 'mine-1');
  assert.is(headers['transfer-encoding'], undefined);
});

test('misses nothing across a connection that was lost', async () => {
  const first = await listen();
  publish();
  publish();
  await eventually(() => first.received.length === 2);
  const [before] = [idsOf(first)];
  first.close();
  await eventually(() => api.streams.clients === 0);
  publish();
  for (const [query, headers] of [
    ['', { 'last-event-id': first.lastId }],
    [`?last_event_id=${first.lastId}`, {}],
    // A browser comes back with the address that it began with, and with the header.
    ['?last_event_id=life-0', { 'last-event-id': first.lastId }],
  ] as const) {
    const again = await listen(query, headers);
    await eventually(() => again.received.length === 1);
    assert.equal(idsOf(again), [`${Number(before[1]) + 1}`]);
  }
});

test('tells a client with an id of another life to read anew', async () => {
  const client = await listen('', { 'last-event-id': 'other-7' });
  await eventually(() => client.received.length === 1);
  assert.is(client.received[0].event, 'reset');
  assert.match(client.received[0].data['reason'], '/acm/alerts');
  assert.is(client.lastId, api.feed.idOf(api.feed.newest));
});

test('brings two types and leaves the third away', async () => {
  const client = await listen('?types=alert,threats');
  publish();
  const rates = { checks: 0, detections: 0, rejected: 0 };
  const at = new Date(0);
  api.feed.publish({
    type: 'stats',
    at,
    total: rates,
    perSecond: rates,
    activeCalls: 0,
    openIncidents: 0,
  });
  api.feed.publish({ type: 'threats', at, threats: [] });
  await eventually(() => client.received.length === 2);
  assert.equal(
    client.received.map(({ event }) => event),
    ['alert', 'threats'],
  );
});

test('says what a wrong query should be', async () => {
  for (const types of ['calls', 'alert,', '', 'alert;stats', 'ALERT', 'alert,calls'])
    assertProblem(await api.client.get(`/acm/events?types=${types}`), 422, 'types');
  assertProblem(await api.client.get('/acm/events?types=alert&types=stats'), 422, 'types');
  assertProblem(await api.client.get(`/acm/events?last_event_id=${'x'.repeat(129)}`), 422, 'last_event_id');
  assert.is((await api.client.ask('HEAD', '/acm/events')).status, 405);
  assertProblem(await api.client.post('/acm/events', {}), 405);
});

test('sends clients away, for a while, when it is stopping', async () => {
  api.streams.drain();
  const answer = await api.client.get('/acm/events');
  assertProblem(answer, 503);
  assert.is(answer.headers.get('retry-after'), '1');
});

test('ends streams with a reason and a time to come back, and does not hold up the end', async () => {
  const client = await listen();
  api.streams.drain();
  await eventually(() => client.ended);
  assert.equal(
    client.received.map(({ event }) => event),
    ['bye'],
  );
  assert.match(client.received[0].data['reason'], 'stopping');
  assert.is(client.retryMs, 2_000);
});

test('is not stopped from closing by a client that listens', async () => {
  const other = await startApi();
  const client = await EventClient.open(`http://127.0.0.1:${other.port}/acm/events`);
  const before = performance.now();
  await other.stop();
  assert.ok(performance.now() - before < 2_000);
  await eventually(() => client.ended);
});

test('forgets a client that goes away', async () => {
  const client = await listen();
  assert.is(api.streams.clients, 1);
  client.close();
  await eventually(() => api.streams.clients === 0);
  publish();
});

test('forgets a client that says no more than goodbye', async () => {
  const socket = await rawListener('GET /acm/events HTTP/1.1\r\nhost: localhost\r\n\r\n');
  socket.end();
  await eventually(() => api.streams.clients === 0);
});

test('drops a client that reads nothing, while another one gets everything', async () => {
  const [slow, other] = [await listen(), await listen()];
  slow.pause();
  // More than the operating system holds for a connection: megabytes, on loopback.
  for (let i = 0; i < 1_000 && api.streams.dropped('overtaken') + api.streams.dropped('stalled') === 0; i++) {
    const count = idsOf(other).length;
    publish(60_000);
    await eventually(() => idsOf(other).length === count + 1);
    if (i > 200) api.admission.now += 100;
  }
  await eventually(() => api.streams.clients === 1);
  assert.is(api.streams.dropped('overtaken') + api.streams.dropped('stalled'), 1);
  slow.resume();
  await eventually(() => slow.ended);
  assert.is(slow.received.at(-1)?.event, 'dropped');
  assert.match(slow.received.at(-1)?.data['reason'], 'too slow');
  assert.equal(idsOf(slow), idsOf(other).slice(0, idsOf(slow).length), 'nothing is missing before the end');
  const line = api.admission.logged.find(({ message }) => message === 'a stream of events was too slow');
  assert.ok(Number(line?.fields['unsentBytes']) > 0);
});

test('wants a connection on which no other answer is awaited', async () => {
  let answerFirst: ((page: { items: []; next: string }) => void) | undefined;
  api.alerts.list = () =>
    new Promise((resolve) => {
      answerFirst = resolve;
    });
  const requestOf = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
  const socket = await rawListener(requestOf('/acm/alerts') + requestOf('/acm/events'), 0);
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  // Both requests have come in one piece.
  await eventually(() => answerFirst !== undefined);
  answerFirst?.({ items: [], next: '' });
  await eventually(() => /HTTP\/1.1 200 .*HTTP\/1.1 503 .*connection of its own/s.test(text));
  socket.destroy();
});

/** Sends a request as it is, and waits until so many clients listen. */
async function rawListener(request: string, listening = 1): Promise<Socket> {
  const socket = connect(api.port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(request);
  socket.resume();
  if (listening > 0) await eventually(() => api.streams.clients === listening);
  return socket;
}

test.run();
