/** The HTTP API as clients know it: everything but alerts and rules. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freshCallId, freshNumber } from '../support/grpc-sidecar.js';
import type { Json } from '../support/http-client.js';
import { assertProblem, HttpSidecar } from '../support/http-sidecar.js';

const test = suite('contract/http-api');

let http: HttpSidecar;

test.before(async () => {
  http = await HttpSidecar.start();
});

test.after(() => http.stop());

test('POST /acm/call gives the whole verdict on a call', async () => {
  const b_number = freshNumber();
  const first = await http.call({ a_number: freshNumber(), b_number, timestamp: '2020-01-01T00:00:00Z' });
  const { latency_ms, ...rest } = first;
  assert.ok((latency_ms as number) >= 0);
  assert.equal(rest, {
    detected: false,
    alert_id: null,
    verdict: 'ALLOW',
    reason: 'none',
    b_number,
    call_count: 1,
    distinct_a_count: 1,
    window_seconds: 300,
    threshold: 5,
    sip_status: null,
    sip_reason: null,
    reason_header: null,
    call_info: null,
    message: '1 of 5 A-numbers within 300 s',
  });
});

test('POST /acm/call and POST /event detect the fifth caller together', async () => {
  const b_number = freshNumber();
  await http.attack(b_number, 4);
  const { body } = await http.client.post('/event', { a_number: freshNumber(), b_number });
  assert.is(body['detected'], true);
  assert.is(body['verdict'], 'REJECT');
  assert.is(body['reason'], 'masking');
  assert.is(body['sip_status'], 608);
  assert.is(body['sip_reason'], 'Rejected');
  assert.is(body['reason_header'], 'SIP;cause=608;text="Rejected"');
  assert.match(body['alert_id'], /^[\da-f-]{36}$/);
  assert.is(body['message'], 'masking: 5 of 5 A-numbers within 300 s');
});

test('POST /acm/call takes a call that it is told of again for the same one', async () => {
  const event = { a_number: freshNumber(), b_number: freshNumber(), call_id: freshCallId() };
  await http.call(event);
  const again = await http.call({ ...event, status: 'active' });
  assert.is(again['call_count'], 1);
  assert.is((await http.call({ ...event, call_id: null, raw_call_id: event.call_id }))['call_count'], 1);
});

test('a status of completed, ended or disconnected ends the call, and is no new one', async () => {
  const active = async (): Promise<number> => (await http.client.get('/acm/stats')).body['active_calls'];
  const before = await active();
  for (const status of ['completed', 'ENDED', 'disconnected']) {
    const event = {
      a_number: freshNumber(),
      b_number: freshNumber(),
      call_id: freshCallId(),
      switch_id: 'sbc-1',
    };
    await http.call({ ...event, status: 'ringing' });
    assert.is(await active(), before + 1, status);
    const ended = await http.call({ ...event, status });
    assert.is(ended['message'], 'the call has ended');
    assert.is(ended['call_count'], 0);
    assert.is(await active(), before, status);
    assert.is((await http.call({ ...event, call_id: '' }))['call_count'], 2);
  }
  assertProblem(await http.client.post('/acm/call', { status: 'ended' }), 422, 'call_id');
});

test('a malformed call to an emergency number goes on', async () => {
  const body = await http.call({
    a_number: '9'.repeat(1_000),
    b_number: '112',
    call_id: 'x',
    status: 'ringing',
  });
  assert.is(body['verdict'], 'ALLOW');
  assert.is(body['reason'], 'exempt');
});

test('POST /acm/calls/batch and /events/batch answer each event in its place', async () => {
  const b_number = freshNumber();
  const good = () => ({ a_number: freshNumber(), b_number });
  const events = [good(), good(), { a_number: 7, b_number }, good(), { a_number: '1' }, good(), good()];
  for (const path of ['/acm/calls/batch', '/events/batch']) {
    const { status, body } = await http.client.post(path, { events });
    assert.is(status, 200);
    assert.is(body['processed'], 5);
    assert.is(body['results'].length, 7);
    assert.equal(body['results'][2].error.errors, [
      { field: 'a_number', detail: 'expected string, received number' },
    ]);
    assert.is(body['results'][4].error.errors[0].field, 'b_number');
    assert.is(body['detected'], 1);
    assert.is(body['results'][6].detected, true);
    for (const event of events) if ('b_number' in event) event.b_number = `${b_number}9`;
  }
  assertProblem(await http.client.post('/acm/calls/batch', { events: [] }), 422, 'events');
  assertProblem(await http.client.post('/acm/calls/batch', { events: Array(1_001).fill({}) }), 422, 'events');
  assert.is(
    (await http.client.post('/acm/calls/batch', { events: Array(1_000).fill({}) })).body['processed'],
    0,
  );
});

test('GET /acm/threat tells how near a number is to an attack', async () => {
  const b_number = freshNumber();
  const threat = async (): Promise<Json> =>
    (await http.client.get(`/acm/threat?b_number=${encodeURIComponent(b_number)}`)).body;
  const quiet = { distinct_a_numbers: 0, distinct_ips: 0, call_count: 0, last_seen: null };
  assert.equal(await threat(), { b_number: b_number.slice(1), threat_level: 'low', ...quiet });
  const levels: string[] = [];
  for (let callers = 1; callers <= 5; callers++) {
    await http.attack(b_number, 1);
    levels.push((await threat())['threat_level']);
  }
  assert.equal(levels, ['low', 'low', 'medium', 'high', 'critical']);
  const { last_seen, ...rest } = await threat();
  assert.ok(Math.abs(Date.now() - Date.parse(last_seen)) < 60_000);
  assert.equal(rest, {
    b_number: b_number.slice(1),
    threat_level: 'critical',
    distinct_a_numbers: 5,
    distinct_ips: 1,
    call_count: 5,
  });
  assertProblem(await http.client.get('/acm/threat'), 422, 'b_number');
  assertProblem(await http.client.get('/acm/threat?b_number='), 422, 'b_number');
});

test('GET /acm/threats lists the numbers under attack, the gravest first', async () => {
  const b_number = freshNumber();
  await http.attack(b_number, 9);
  const { body } = await http.client.get('/acm/threats');
  assert.is(body['count'], body['threats'].length);
  assert.is(body['threats'][0].b_number, b_number.slice(1));
  assert.is(body['threats'][0].distinct_a_numbers, 9);
  assert.is(body['threats'][0].threat_level, 'critical');
});

test('GET /acm/stats and /stats count what has happened', async () => {
  const before = (await http.client.get('/acm/stats')).body;
  await http.storedAlert();
  const { body } = await http.client.get('/stats');
  assert.is(body['total_calls'], before['total_calls'] + 5);
  assert.is(body['processed_count'], body['total_calls']);
  assert.is(body['total_alerts'], before['total_alerts'] + 1);
  assert.is(body['alert_count'], body['total_alerts']);
  assert.ok(body['detection_rate'] > 0 && body['detection_rate'] < 1);
  // The store may have heard of other attacks meanwhile.
  assert.ok(body['alerts_by_severity'].MEDIUM > before['alerts_by_severity'].MEDIUM);
  assert.ok(body['avg_latency_ms'] > 0 && body['avg_latency_ms'] <= body['max_latency_ms']);
  assert.is(body['window_seconds'], 300);
  assert.is(body['threshold'], 5);
});

test('GET /acm/stats/history counts over 1 minute to 30 days', async () => {
  await http.attack(freshNumber());
  for (const query of ['', '?minutes=1', '?minutes=43200']) {
    const { body } = await http.client.get(`/acm/stats/history${query}`);
    assert.is(body['minutes'], Number(query.replace(/\D/g, '') || 60));
    assert.ok(body['checks'] >= 5 && body['detections'] >= 1, query);
    assert.is(body['detection_rate'], body['detections'] / body['checks']);
    assert.ok(body['points'].length <= 121);
  }
  for (const minutes of ['0', '43201', '1.5', 'x', ''])
    assertProblem(await http.client.get(`/acm/stats/history?minutes=${minutes}`), 422, 'minutes');
});

test('GET and POST /acm/config read and change the policy for all calls', async () => {
  const before = (await http.client.get('/acm/config')).body;
  const expected = { window_seconds: 300, threshold: 5, cooldown_seconds: 30 };
  assert.equal(before, { ...expected, auto_disconnect: false, auto_block: true, block_duration_hours: 24 });
  const changed = await http.client.post('/acm/config', { threshold: 7, auto_block: false });
  assert.equal(changed.body, {
    threshold: { success: true, value: 7 },
    auto_block: { success: true, value: false },
  });
  await http.client.post('/acm/config', { cooldown_seconds: 60 });
  assert.equal((await http.client.get('/acm/config')).body, {
    ...before,
    threshold: 7,
    auto_block: false,
    cooldown_seconds: 60,
  });
  assert.is((await http.call({ a_number: '1', b_number: freshNumber() }))['threshold'], 7);
  await http.client.post('/acm/config', { threshold: 5, auto_block: true });
});

test('POST /acm/config changes nothing when a value is out of range', async () => {
  const before = (await http.client.get('/acm/config')).body;
  for (const [key, value] of [
    ['window_seconds', 0],
    ['window_seconds', 301],
    ['threshold', 1],
    ['threshold', 101],
    ['threshold', 5.5],
    ['threshold', '5'],
    ['threshold', null],
    ['cooldown_seconds', 86_401],
    ['block_duration_hours', 8_761],
    ['auto_block', 'yes'],
    ['enforcement', 'shadow'],
  ] as const)
    assertProblem(await http.client.post('/acm/config', { auto_disconnect: true, [key]: value }), 422, key);
  assertProblem(await http.client.post('/acm/config', {}), 422, 'body');
  assert.equal((await http.client.get('/acm/config')).body, before);
});

test('two changes of the configuration at once both hold', async () => {
  await Promise.all([
    http.client.post('/acm/config', { block_duration_hours: 12 }),
    http.client.post('/acm/config', { cooldown_seconds: 45 }),
  ]);
  const { body } = await http.client.get('/acm/config');
  assert.is(body['block_duration_hours'], 12);
  assert.is(body['cooldown_seconds'], 45);
});

test('GET / names every endpoint', async () => {
  const { body } = await http.client.get('/');
  assert.is(body['name'], 'acm-sidecar');
  assert.is(body['version'], (await http.client.get('/health')).body['version']);
  for (const endpoint of ['POST /acm/call', 'GET /acm/alerts/{id}', 'GET /openapi.json', 'GET /metrics'])
    assert.ok(body['endpoints'].includes(endpoint), endpoint);
});

test('says 404 for an unknown path and 405 for a wrong method', async () => {
  assertProblem(await http.client.get('/acm/nothing'), 404);
  const answer = await http.client.ask('DELETE', '/acm/config');
  assertProblem(answer, 405);
  assert.is(answer.headers.get('allow'), 'GET, POST');
  assert.is((await http.client.ask('OPTIONS', '/acm/call')).headers.get('allow'), 'POST');
});

test('every answer carries the security headers and a request id', async () => {
  for (const path of ['/', '/acm/config', '/nothing', '/health']) {
    const { headers } = await http.client.get(path);
    assert.is(headers.get('x-content-type-options'), 'nosniff');
    assert.is(headers.get('x-frame-options'), 'DENY');
    assert.is(headers.get('referrer-policy'), 'no-referrer');
    assert.match(headers.get('content-security-policy') ?? '', "default-src 'none'");
    assert.is(headers.get('cache-control'), 'no-store');
    assert.is(headers.get('access-control-allow-origin'), null);
    assert.match(headers.get('x-request-id') ?? '', /^[\da-f-]{36}$/);
  }
  const given = await http.client.ask('GET', '/', undefined, { 'x-request-id': 'abc-1' });
  assert.is(given.headers.get('x-request-id'), 'abc-1');
});

test('POST /events/batch takes a bare list, and a batch that names its type', async () => {
  const events = [{ a_number: freshNumber(), b_number: freshNumber() }, { a_number: 7 }];
  for (const batch of [events, { type: 'call_events_batch', events }]) {
    const { status, body } = await http.client.post('/events/batch', batch);
    assert.equal([status, body['processed'], body['results'].length], [200, 1, 2]);
  }
  assertProblem(await http.client.post('/events/batch', []), 422, 'body');
  assertProblem(await http.client.post('/events/batch', { type: 'another', events }), 422, 'type');
  assertProblem(await http.client.post('/events/batch', {}), 422, 'events');
});

test('every operation of the document has been tried, and answered as it says', async () => {
  await http.client.get('/openapi.json');
  // Alerts, rules, access, webhooks, events and carriers have suites of their own; /metrics is no JSON.
  const elsewhere =
    /^(?!.* \/(metrics|api\/v1\/fraud|acm\/(alerts|policies|enforcement|allowlist|blocks|tokens|audit|webhooks|events)))/;
  assert.equal(http.openApi.untried(elsewhere), []);
});

test.run();
