/** GET /acm/events as its document describes it, on a whole sidecar. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventClient, type ReceivedEvent } from '../support/event-client.js';
import { eventually, readMetrics } from '../support/grpc-sidecar.js';
import type { Json } from '../support/http-client.js';
import { HttpSidecar } from '../support/http-sidecar.js';

const test = suite('contract/http-events');

let http: HttpSidecar;
let client: EventClient;

test.before(async () => {
  http = await HttpSidecar.start();
  client = await EventClient.open(`${http.sidecar.url}/acm/events`);
});

test.after(async () => {
  client.close();
  await http.stop();
});

/** Holds the data of an event against the document. */
function checkDocumented({ event, data }: ReceivedEvent): void {
  const headers = new Headers({ 'content-type': 'text/event-stream' });
  http.openApi.check('GET', '/acm/events', { status: 200, headers, body: data });
  assert.ok(['alert', 'threats', 'stats', 'reset', 'bye'].includes(event), event);
}

const alertsOf = (alertId: string): Json[] =>
  client
    .of('alert')
    .map(({ data }) => data)
    .filter(({ alert_id }) => alert_id === alertId);

test('tells of an attack, of its growth, and of what people make of it', async () => {
  const { id, b_number } = await http.storedAlert();
  await http.attack(b_number, 2);
  await eventually(() => alertsOf(id).length === 2);
  await http.client.patch(`/acm/alerts/${id}`, { status: 'RESOLVED', assigned_to: 'ada' });
  await eventually(() => alertsOf(id).length === 4);
  const told = alertsOf(id);
  assert.equal(
    told.map(({ what }) => what),
    ['opened', 'grew', 'changed', 'settled'],
  );
  assert.is(told[0]['b_number'], b_number.slice(1));
  assert.equal([told[0]['severity'], told[1]['severity']], ['MEDIUM', 'HIGH']);
  assert.is(told[2]['status'], 'RESOLVED');
  assert.is(told[2]['assigned_to'], 'ada');
  assert.is(told[2]['changed_by'], 'http 127.0.0.1');
});

test('tells of threats and statistics while somebody listens', async () => {
  await http.storedAlert();
  const { threats } = (await http.client.get('/acm/threats')).body;
  const listed = (list: Json[]): string =>
    list.map(({ b_number, distinct_a_numbers }) => `${b_number} ${distinct_a_numbers}`).join();
  await eventually(() => listed(client.of('threats').at(-1)?.data['threats'] ?? []) === listed(threats));
  await eventually(() => client.of('stats').length > 1);
  const [before, after] = client.of('stats').slice(-2);
  assert.ok(after.data['checks'] >= before.data['checks'] && after.data['checks'] >= 5);
});

test('counts the clients, and those that had to begin anew', async () => {
  const other = await EventClient.open(`${http.sidecar.url}/acm/events?types=alert`, {
    'last-event-id': 'other-1',
  });
  await eventually(() => other.received.length === 1);
  checkDocumented(other.received[0]);
  const metrics = await readMetrics(http.sidecar.url);
  assert.is(metrics.get('acm_event_clients'), 2);
  assert.is(metrics.get('acm_event_resets_total'), 1);
  assert.is(metrics.get('acm_event_clients_dropped_total{cause="stalled"}'), 0);
  other.close();
});

test('every event looks as the document says', () => {
  assert.ok(client.received.length > 6);
  for (const event of client.received) checkDocumented(event);
  assert.ok(http.openApi.seen.has('GET /acm/events 200'));
});

test.run();
