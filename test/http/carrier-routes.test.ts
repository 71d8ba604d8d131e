import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DisconnectOrder, DisconnectOutcome } from '../../src/admission/disconnect.js';
import { AdmissionFixture } from '../admission/admission-fixture.js';
import { HttpClient, type Json } from '../support/http-client.js';
import { assertProblem } from '../support/http-sidecar.js';
import { OpenApiCheck } from '../support/openapi-check.js';
import { type ApiFixture, startApi } from './api-fixture.js';

const test = suite('http/carrier-routes');

const FRAUD = '/api/v1/fraud';
const B = '+2348099999999';

let api: ApiFixture;
/** Holds each answer against the document. */
let client: HttpClient;
/** What the switch makes of an order. */
let obey: (order: DisconnectOrder) => Promise<DisconnectOutcome>;

test.before.each(async () => {
  obey = async () => 'ended';
  const admission = new AdmissionFixture({ disconnect: (order) => obey(order) });
  api = await startApi({ admission });
  const openApi = new OpenApiCheck((await api.client.get('/openapi.json')).body);
  client = new HttpClient(`http://127.0.0.1:${api.port}`, (...answer) => openApi.check(...answer));
});

test.after.each(() => api.stop());

function event(caller: number, changes: Json = {}): Json {
  return {
    call_id: `call-${caller}`,
    a_number: `+155500000${String(caller).padStart(2, '0')}`,
    b_number: B,
    status: 'ringing',
    ...changes,
  };
}

test('five callers told of within the window: an alert, and the fifth is torn down through its switch', async () => {
  for (let caller = 1; caller <= 5; caller++) {
    const { status, body } = await client.post(`${FRAUD}/events`, event(caller, { switch_id: 'vsim-1' }));
    assert.equal([status, body], [202, { status: 'accepted', call_id: `call-${caller}` }]);
  }
  api.admission.settle();
  assert.equal(
    api.admission.alerts.map(({ event: what, notice }) => [what, notice.distinctACount]),
    [['opened', 5]],
  );
  const { alertId } = api.admission.alerts[0].notice;
  assert.equal(
    api.admission.orders.map((order) => [order.callId, order.switchId, order.alertId, order.sipStatus]),
    [['call-5', 'vsim-1', alertId, 608]],
  );
});

test('follows a call from ringing to its end, and counts it once', async () => {
  const states = async () => (await client.get(`${FRAUD}/calls/active`)).body['active_calls'];
  await client.post(`${FRAUD}/events`, event(1));
  assert.is((await states())[0].status, 'ringing');
  await client.post(`${FRAUD}/events`, event(1, { status: 'ACTIVE' }));
  assert.is((await states())[0].status, 'active');
  await client.post(`${FRAUD}/events`, event(1, { status: 'Completed' }));
  assert.equal(await states(), []);
  assert.is(api.admission.state.counters.totals().checks, 1);
});

test('takes everything that a carrier says; the second leg of a call adds no caller', async () => {
  const all = {
    timestamp: '2026-11-22T03:14:07Z',
    carrier_id: 'lagos',
    sip_method: 'INVITE',
    source_ip: '192.0.2.1',
  };
  await client.post(`${FRAUD}/events`, event(1, { ...all, direction: 'inbound' }));
  await client.post(
    `${FRAUD}/events`,
    event(1, { ...all, call_id: 'leg-2', direction: 'outbound', timestamp: 7 }),
  );
  const { body } = await client.get(`/acm/threat?b_number=${encodeURIComponent(B)}`);
  assert.equal([body['distinct_a_numbers'], body['call_count']], [1, 2]);
});

test('knows the carrier as a trunk: its policies hold, and a complaint names carrier_id', async () => {
  api.admission.state.policies.set({ kind: 'trunk', name: 'lagos' }, { threshold: 2 }, 1);
  for (const caller of [1, 2]) await client.post(`${FRAUD}/events`, event(caller, { carrier_id: 'lagos' }));
  assert.is(api.admission.orders.length, 1);
  assertProblem(
    await client.post(`${FRAUD}/events`, event(3, { carrier_id: 'x'.repeat(65) })),
    422,
    'carrier_id',
  );
});

test('names the field that is missing or wrong', async () => {
  for (const field of ['call_id', 'a_number', 'b_number', 'status']) {
    const { [field]: _, ...rest } = event(1);
    assertProblem(await client.post(`${FRAUD}/events`, rest), 422, field);
  }
  for (const [field, value] of [
    ['call_id', ''],
    ['call_id', 'a\nb'],
    ['b_number', ''],
    ['status', 'answered'],
    ['direction', 'sideways'],
    ['source_ip', 'localhost'],
    ['switch_id', 'x'.repeat(65)],
  ] as const)
    assertProblem(await client.post(`${FRAUD}/events`, event(1, { [field]: value })), 422, field);
  assert.is(api.admission.calls.size, 0);
});

test('takes a batch bare or with its type, and loses no call on account of another', async () => {
  const events = [event(1), { ...event(2), status: 'lost' }, 7, event(3), event(4, { source_ip: 'x' })];
  for (const batch of [events, { type: 'call_events_batch', events }]) {
    const { status, body } = await client.post(`${FRAUD}/events/batch`, batch);
    assert.is(status, 202);
    assert.is(body['processed'], 2);
    assert.equal(
      body['errors'].map(({ index, error }: Json) => [index, error.status, error.errors[0].field]),
      [
        [1, 422, 'status'],
        [2, 422, 'body'],
        [4, 422, 'source_ip'],
      ],
    );
  }
  assert.is(api.admission.calls.size, 2);
  assertProblem(await client.post(`${FRAUD}/events/batch`, []), 422, 'body');
  assertProblem(await client.post(`${FRAUD}/events/batch`, { events: Array(1_001).fill({}) }), 422, 'events');
});

test('lists the calls in progress, of one B-number or all, as many as are wanted', async () => {
  for (const caller of [1, 2, 3])
    await client.post(`${FRAUD}/events`, event(caller, { source_ip: '192.0.2.1' }));
  await client.post(`${FRAUD}/events`, event(4, { b_number: '+15559999999', a_number: '' }));
  api.admission.now += 61_500;
  const { body } = await client.get(`${FRAUD}/calls/active?limit=2`);
  assert.equal([body['count'], body['total']], [2, 4]);
  assert.equal(body['active_calls'][1], {
    call_id: 'call-3',
    from_tag: '',
    a_number: '15550000003',
    b_number: '2348099999999',
    status: 'ringing',
    switch_id: 'http',
    source_ip: '192.0.2.1',
    started_at: api.admission.wallClock.dateOf(api.admission.now - 61_500).toISOString(),
    duration_seconds: 61,
    ending: false,
    spared: false,
  });
  assert.is(body['active_calls'][0].a_number, 'anonymous');
  assert.is((await client.get(`${FRAUD}/calls/active?b_number=2348099999999`)).body['total'], 3);
  assertProblem(await client.get(`${FRAUD}/calls/active?limit=501`), 422, 'limit');
});

test('ends calls, says what became of each, and who ordered it', async () => {
  for (const caller of [1, 2]) await client.post(`${FRAUD}/events`, event(caller));
  obey = async ({ callId }) => (callId === 'call-1' ? 'ended' : 'gone');
  const reason = 'a customer complains';
  const { status, body } = await client.post(`${FRAUD}/disconnect`, {
    call_ids: ['call-1', 'call-2', 'call-1'],
    reason,
  });
  assert.equal(
    [status, body],
    [
      200,
      {
        requested: 2,
        disconnected: 1,
        failed: 1,
        results: [
          { call_id: 'call-1', success: true },
          { call_id: 'call-2', success: false, error: 'no switch has such a call, or not any more' },
        ],
      },
    ],
  );
  assert.equal(
    api.audit.entries.map(({ action, target, actor, origin }) => [action, target, actor, origin]),
    ['call-1', 'call-2'].map((id) => ['call.disconnect', id, 'http 127.0.0.1', 'http 127.0.0.1, no token']),
  );
  for (const wrong of [{}, { call_ids: [] }, { call_ids: Array(101).fill('x') }])
    assertProblem(await client.post(`${FRAUD}/disconnect`, wrong), 422, 'call_ids');
  assertProblem(
    await client.post(`${FRAUD}/disconnect`, { call_ids: ['x'], alert_id: '7' }),
    422,
    'alert_id',
  );
});

test('says how the calls are, and who is called most', async () => {
  for (let caller = 1; caller <= 6; caller++) await client.post(`${FRAUD}/events`, event(caller));
  await client.post(`${FRAUD}/events`, event(7, { b_number: '+15559999999' }));
  api.statistics.disconnects.push(api.admission.wallClock.dateOf(api.admission.now));
  const { body } = await client.get(`${FRAUD}/calls/stats`);
  assert.equal(body, {
    // The fifth and the sixth have been torn down.
    active_calls: 5,
    calls_last_5min: 7,
    calls_last_1hour: 7,
    fraud_alerts_today: 0,
    disconnects_today: 1,
    today_scope: 'all',
    top_b_numbers: [
      { b_number: '2348099999999', call_count: 6, unique_a_numbers: 6, is_flagged: true },
      { b_number: '15559999999', call_count: 1, unique_a_numbers: 1, is_flagged: false },
    ],
  });
  api.statistics.away = true;
  assert.is((await client.get(`${FRAUD}/calls/stats`)).body['today_scope'], 'sidecar');
});

test('has alerts, health and the configuration under its own name too', async () => {
  assert.is((await client.get(`${FRAUD}/alerts?minutes=5`)).body['count'], 0);
  assert.is((await client.get(`${FRAUD}/health`)).body['status'], 'ok');
  assert.is((await client.get(`${FRAUD}/config`)).body['threshold'], 5);
  const { body } = await client.put(`${FRAUD}/config`, { threshold: 7 });
  assert.is(body['threshold'].success, true);
  assertProblem(await client.put(`${FRAUD}/config`, { threshold: 1 }), 422, 'threshold');
  assertProblem(await client.post(`${FRAUD}/config`, { threshold: 7 }), 405);
});

test.run();
