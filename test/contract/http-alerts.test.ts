/** Alerts over HTTP: to list them, look at one, and work on it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { eventually, freshNumber } from '../support/grpc-sidecar.js';
import type { Json } from '../support/http-client.js';
import { assertProblem, HttpSidecar } from '../support/http-sidecar.js';

const test = suite('contract/http-alerts');

let http: HttpSidecar;

test.before(async () => {
  http = await HttpSidecar.start();
});

test.after(() => http.stop());

test('GET /acm/alerts/{id} shows the alert with every field', async () => {
  const { id, b_number } = await http.storedAlert();
  const { body } = await http.client.get(`/acm/alerts/${id}`);
  assert.is(body['alert_id'], id);
  assert.is(`+${body['b_number']}`, b_number);
  assert.is(body['severity'], 'MEDIUM');
  assert.is(body['status'], 'NEW');
  assert.is(body['call_count'], 5);
  assert.is(body['resolved_at'], null);
  for (const field of ['a_numbers', 'call_ids', 'source_ips']) assert.is(body[field].length, 5, field);
  for (const field of ['window_start', 'window_end', 'created_at', 'updated_at'])
    assert.is(new Date(body[field]).toISOString(), body[field]);
  assertProblem(await http.client.get('/acm/alerts/00000000-0000-4000-8000-000000000000'), 404);
  assertProblem(await http.client.get('/acm/alerts/nonsense'), 422, 'alert_id');
});

test('GET /acm/alerts lists the newest first, filtered, page by page', async () => {
  const older = await http.storedAlert();
  const newer = await http.storedAlert();
  const { body } = await http.client.get('/acm/alerts');
  assert.is(body['minutes'], 60);
  assert.is(body['count'], body['alerts'].length);
  assert.equal(
    body['alerts'].slice(0, 2).map(({ alert_id }: Json) => alert_id),
    [newer.id, older.id],
  );
  const page = (await http.client.get('/acm/alerts?limit=1&minutes=10080')).body;
  const following = (await http.client.get(`/acm/alerts?limit=1&after=${encodeURIComponent(page['next'])}`))
    .body;
  assert.is(following['alerts'][0].alert_id, older.id);
  const count = async (query: string): Promise<number> =>
    (await http.client.get(`/acm/alerts?${query}`)).body['count'];
  assert.is(await count(`b_number=${encodeURIComponent(older.b_number)}`), 1);
  assert.is(await count(`b_number=${encodeURIComponent(older.b_number)}&status=resolved`), 0);
  assert.is(await count(`b_number=${encodeURIComponent(older.b_number)}&severity=medium&status=new`), 1);
  assert.is(await count(`a_number=${freshNumber().slice(1)}`), 0);
});

test('GET /acm/alerts names the parameter that is out of range', async () => {
  for (const minutes of ['0', '10081', '1.5', 'x', '', '1e999'])
    assertProblem(await http.client.get(`/acm/alerts?minutes=${minutes}`), 422, 'minutes');
  assertProblem(await http.client.get('/acm/alerts?limit=101'), 422, 'limit');
  assertProblem(await http.client.get('/acm/alerts?status=open'), 422, 'status');
  assertProblem(await http.client.get('/acm/alerts?severity=none'), 422, 'severity');
  assertProblem(await http.client.get('/acm/alerts?after=nonsense'), 422);
  assertProblem(await http.client.get('/acm/alerts?b_number=%00'), 422, 'b_number');
  assertProblem(await http.client.get('/acm/alerts?minutes=5&minutes=6'), 422, 'minutes');
});

test('PATCH /acm/alerts/{id} takes a status in either case, notes and who works on it', async () => {
  const { id } = await http.storedAlert();
  const { body } = await http.client.patch(`/acm/alerts/${id}`, {
    status: 'resolved',
    notes: 'a robot',
    assigned_to: 'ada',
  });
  assert.equal(body, { success: true, alert_id: id, new_status: 'RESOLVED' });
  const alert = (await http.client.get(`/acm/alerts/${id}`)).body;
  assert.is(alert['status'], 'RESOLVED');
  assert.is(alert['notes'], 'a robot');
  assert.is(alert['assigned_to'], 'ada');
  assert.ok(alert['resolved_at'] !== null);
  assertProblem(await http.client.patch(`/acm/alerts/${id}`, { status: 'NEW' }), 409);
  assertProblem(await http.client.patch(`/acm/alerts/${id}`, { status: 'closed' }), 422, 'status');
  assertProblem(await http.client.patch(`/acm/alerts/${id}`, {}), 422, 'status');
  assertProblem(await http.client.patch(`/acm/alerts/${id}`, { notes: '\0' }), 422, 'notes');
  for (const field of ['notes', 'assigned_to'])
    assertProblem(await http.client.patch(`/acm/alerts/${id}`, { [field]: 'half \ud800' }), 422, field);
  assertProblem(
    await http.client.patch('/acm/alerts/00000000-0000-4000-8000-000000000000', { notes: 'x' }),
    404,
  );
});

test('GET /acm/alerts takes times in the place of minutes', async () => {
  const { id, b_number } = await http.storedAlert();
  const { created_at } = (await http.client.get(`/acm/alerts/${id}`)).body;
  const at = new Date(created_at);
  const before = new Date(at.getTime() - 1_000).toISOString();
  const after = new Date(at.getTime() + 1_000).toISOString();
  const found = async (query: string): Promise<Json> =>
    (await http.client.get(`/acm/alerts?b_number=${b_number.slice(1)}&${query}`)).body;
  const within = await found(`since=${before}&until=${after}`);
  assert.is(within['count'], 1);
  assert.is(within['minutes'], null);
  assert.is((await found(`since=${after}`))['count'], 0);
  assert.is((await found(`until=${before}`))['count'], 0);
  const inLagos = encodeURIComponent(before.replace('Z', '+00:00'));
  assert.is((await found(`since=${inLagos}`))['count'], 1);
});

test('GET /acm/alerts refuses times that make no span', async () => {
  const refused = async (query: string, field: string): Promise<void> =>
    assertProblem(await http.client.get(`/acm/alerts?${query}`), 422, field);
  await refused('minutes=5&since=2026-11-22T03:14:07Z', 'minutes');
  await refused('minutes=60&until=2026-11-22T03:14:07Z', 'minutes');
  await refused('since=2026-11-22T03:14:07Z&until=2026-11-22T03:14:07Z', 'until');
  for (const time of ['yesterday', '2026-11-22', '2026-02-30T00:00:00Z', '0000-01-01T00:00:00Z', ''])
    await refused(`since=${time}`, 'since');
});

test('GET /acm/alerts/{id}/evidence shows the calls, and who changed what', async () => {
  const { id } = await http.storedAlert();
  await http.client.patch(`/acm/alerts/${id}`, { assigned_to: 'ada' });
  const evidence = async (): Promise<Json> => (await http.client.get(`/acm/alerts/${id}/evidence`)).body;
  await eventually(async () => (await evidence())['calls'].length === 5);
  const { alert_id, calls, disconnects, history } = await evidence();
  assert.is(alert_id, id);
  assert.equal(
    calls.map(({ verdict, sip_status }: Json) => [verdict, sip_status]),
    [...Array(4).fill(['ALLOW', null]), ['REJECT', 608]],
  );
  assert.equal(disconnects, []);
  assert.equal(history[0].changes, [{ field: 'assigned_to', from: '', to: 'ada' }]);
  assertProblem(await http.client.get('/acm/alerts/00000000-0000-4000-8000-000000000000/evidence'), 404);
});

test('PATCH /acm/alerts/{id} lets a false positive not happen again', async () => {
  const { id, b_number } = await http.storedAlert();
  const settled = { status: 'FALSE_POSITIVE', allow_days: 7 };
  assertProblem(
    await http.client.patch(`/acm/alerts/${id}`, { ...settled, allow_days: 0 }),
    422,
    'allow_days',
  );
  assertProblem(
    await http.client.patch(`/acm/alerts/${id}`, { ...settled, status: 'RESOLVED' }),
    422,
    'allow_days',
  );
  const { body } = await http.client.patch(`/acm/alerts/${id}`, settled);
  assert.equal(body['allowed'].scope, { b_number: b_number.slice(1) });
  assert.is(body['allowed'].alert_id, id);
  assert.is(body['proposal'].days, 7);
  assert.is((await http.call({ a_number: freshNumber(), b_number }))['reason'], 'allowlisted');
});

test('every operation on alerts has been tried, and answered as the document says', () => {
  assert.equal(http.openApi.untried(/ \/acm\/alerts/), []);
});

test('logs who changed what, under the id of the request', async () => {
  const { id } = await http.storedAlert();
  await http.client.patch(`/acm/alerts/${id}`, { notes: 'x' }, { 'x-request-id': 'change-1' });
  const line = http.sidecar.log.find(
    ({ fields }) => fields['requestId'] === 'change-1' && fields['author'] !== undefined,
  );
  assert.is(line?.message, 'changed by hand');
  assert.is(line?.fields['author'], 'http 127.0.0.1');
});

test.run();
