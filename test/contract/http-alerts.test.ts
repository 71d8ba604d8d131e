/** Alerts over HTTP: to list them, look at one, and work on it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freshNumber } from '../support/grpc-sidecar.js';
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
