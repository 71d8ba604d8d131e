import { status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ALERT_ID } from '../support/alert-fixture.js';
import { failureOf } from '../support/grpc-detection.js';
import { ManagementClient, timeOf } from '../support/grpc-management.js';
import { type ManagementServer, startManagementServer } from '../support/management-server.js';

const test = suite('grpc/call-service');

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

const list = (request: object = {}) => client.ask('CallService', 'ListCalls', request);
const end = (request: object) => client.ask('CallService', 'DisconnectCalls', { author: 'ada', ...request });

test('lists calls in progress with everything that there is to know, the last one first', async () => {
  const { admission } = server;
  admission.report('+15550000001', 'one', { sourceIp: '192.0.2.1', state: 'answered' });
  admission.report('anonymous', 'two', { bNumber: '112' });
  admission.now += 1_500;
  const { calls, total } = await list();
  assert.is(total, 2);
  const [{ started_at: startedAt, ...one }] = calls.slice(1);
  assert.equal(one, {
    call_id: 'one',
    from_tag: 'tag',
    a_number: '15550000001',
    b_number: '2348099999999',
    phase: 'CALL_PHASE_ACTIVE',
    switch_id: 'sw',
    source_ip: '192.0.2.1',
    duration_ms: 1_500,
    ending: false,
    spared: false,
  });
  assert.equal(timeOf(startedAt), admission.wallClock.dateOf(admission.now - 1_500));
  assert.equal(
    [calls[0].a_number, calls[0].phase, calls[0].spared],
    ['anonymous', 'CALL_PHASE_RINGING', true],
  );
});

test('lists as many as are wanted, of one B-number or all', async () => {
  for (let i = 0; i < 150; i++) server.admission.report('A', `call-${i}`);
  server.admission.report('A', 'elsewhere', { bNumber: '+15550000099' });
  const [byDefault, all, few, one] = [
    await list(),
    await list({ page_size: 1_000 }),
    await list({ page_size: 2 }),
    await list({ b_number: '15550000099' }),
  ];
  assert.equal(
    [byDefault, all, few, one].map(({ calls, total }) => [calls.length, total]),
    [
      [100, 151],
      [151, 151],
      [2, 151],
      [1, 1],
    ],
  );
  const refused = await failureOf(list({ page_size: 1_001 }));
  assert.equal(refused.code, status.INVALID_ARGUMENT);
  assert.match(refused.details, /^page_size: /);
});

test('ends calls and says what became of each, and who ordered it', async () => {
  server.admission.report('A', 'one');
  server.admission.report('A', 'emergency', { bNumber: '112' });
  const { results } = await end({
    call_ids: ['one', 'emergency'],
    alert_id: ALERT_ID.toUpperCase(),
    reason: 'r',
  });
  assert.equal(
    results.map(({ call_id, success }: { call_id: string; success: boolean }) => [call_id, success]),
    [
      ['one', true],
      ['emergency', false],
    ],
  );
  assert.match(results[1].error, 'spared');
  assert.is(server.admission.orders[0].alertId, ALERT_ID);
  const [{ actor, target, after }] = server.audit.entries;
  assert.equal([actor, target], ['ada', 'one']);
  assert.equal(JSON.parse(after), { ending: true, reason: 'r', alert_id: ALERT_ID });
  assert.is(server.log.at(-1)?.message, 'changed by hand');
});

test('names the field that is wrong, and ends nothing', async () => {
  for (const [request, field] of [
    [{ call_ids: [] }, 'call_ids'],
    [{ call_ids: Array(101).fill('x') }, 'call_ids'],
    [{ call_ids: ['x', ''] }, 'call_ids[1]'],
    [{ call_ids: ['x'], alert_id: '7' }, 'alert_id'],
    [{ call_ids: ['x'], reason: 'r'.repeat(501) }, 'reason'],
    [{ call_ids: ['x'], author: '' }, 'author'],
  ] as const) {
    const { code, details } = await failureOf(end(request));
    assert.is(code, status.INVALID_ARGUMENT);
    assert.is(details.slice(0, field.length + 2), `${field}: `);
  }
  assert.equal(server.admission.orders, []);
});

test.run();
