import { status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ALERT_ID, alertFileOf, B_NUMBER, later, OPENED_AT } from '../support/alert-fixture.js';
import { failureOf } from '../support/grpc-detection.js';
import { ManagementClient, type Message, timeOf, timestamp } from '../support/grpc-management.js';
import { type ManagementServer, startManagementServer } from '../support/management-server.js';

const test = suite('grpc/alert-service');

let server: ManagementServer;
let client: ManagementClient;

test.before.each(async () => {
  server = await startManagementServer();
  client = new ManagementClient(server.address);
  server.alerts.add(alertFileOf());
});

test.after.each(async () => {
  client.close();
  await server.stop();
});

const ask = (method: string, request: object): Promise<Message> =>
  client.ask('AlertService', method, request);
const complaintAbout = async (method: string, request: object): Promise<string> => {
  const { code, details } = await failureOf(ask(method, request));
  assert.is(code, status.INVALID_ARGUMENT, details);
  return details;
};

function idOf(place: number): string {
  return `00000000-0000-4000-8000-${String(place).padStart(12, '0')}`;
}

function addAlerts(count: number): void {
  for (let i = 1; i <= count; i++)
    server.alerts.add(alertFileOf({ alertId: idOf(i), createdAt: later(i), bNumber: `23480${i % 3}` }));
}

test('shows an alert with all its evidence', async () => {
  const { alert, calls, disconnects, history } = await ask('GetAlert', { alert_id: ALERT_ID });
  assert.is(alert.b_number, B_NUMBER);
  assert.is(alert.severity, 'SEVERITY_MEDIUM');
  assert.is(alert.status, 'ALERT_STATUS_NEW');
  assert.is(alert.effect, 'ALERT_EFFECT_REJECTING');
  assert.equal(alert.a_numbers, ['2348030000001', '2348030000002', 'anonymous']);
  assert.is(alert.notes, 'looks like\na robot');
  assert.equal(timeOf(alert.created_at), OPENED_AT);
  assert.is(alert.ended_at, null);
  assert.is(alert.policy.scope, 'trunk lagos');
  assert.is(alert.policy.terms.threshold, 5);
  assert.is(alert.policy.terms.block_duration_hours, undefined);
  assert.is(calls.length, 6);
  assert.is(calls[5].verdict, 'VERDICT_REJECT');
  assert.is(calls[5].reason, 'REASON_MASKING');
  assert.is(calls[5].sip_status, 608);
  assert.is(calls[0].verdict, 'VERDICT_ALLOW');
  assert.is(disconnects[0].outcome, 'DISCONNECT_OUTCOME_ENDED');
  assert.equal(history[0].changes, [{ field: 'status', from: 'NEW', to: 'INVESTIGATING' }]);
});

test('says that there is no such alert', async () => {
  assert.equal(await failureOf(ask('GetAlert', { alert_id: idOf(9) })), {
    code: status.NOT_FOUND,
    details: `there is no alert ${idOf(9)}`,
  });
  assert.match(await complaintAbout('GetAlert', { alert_id: 'x' }), /^alert_id: /);
});

test('lists alerts page by page, the newest first, each once', async () => {
  addAlerts(250);
  const seen: string[] = [];
  for (let token = ''; ; ) {
    const { alerts, next_page_token } = await ask('ListAlerts', { page_token: token });
    seen.push(...alerts.map((alert: Message) => alert.alert_id));
    assert.ok(alerts.length <= 100);
    if (next_page_token === '') break;
    token = next_page_token;
  }
  assert.is(seen.length, 251);
  assert.is(seen[0], idOf(250));
  assert.is(new Set(seen).size, 251);
});

test('leaves the long fields out of a list', async () => {
  const { alerts } = await ask('ListAlerts', {});
  for (const field of ['a_numbers', 'call_ids', 'source_ips']) assert.equal(alerts[0][field], []);
  assert.is(alerts[0].notes, '');
  assert.is(alerts[0].call_count, 6);
});

test('filters by status, severity, numbers and time, all at once', async () => {
  addAlerts(9);
  const count = async (filter: object): Promise<number> => (await ask('ListAlerts', filter)).alerts.length;
  assert.is(await count({ status: 'ALERT_STATUS_NEW' }), 10);
  assert.is(await count({ status: 'ALERT_STATUS_RESOLVED' }), 0);
  assert.is(await count({ severity: 'SEVERITY_CRITICAL' }), 0);
  assert.is(await count({ b_number: '+234801' }), 3);
  assert.is(await count({ a_number: '+234 803 000-0002' }), 10);
  assert.is(await count({ since: timestamp(later(4)), until: timestamp(later(6)) }), 2);
  assert.is(await count({ since: timestamp(later(4)), b_number: '234800', status: 'ALERT_STATUS_NEW' }), 2);
});

test('names the field of a filter or page that it cannot use', async () => {
  assert.match(await complaintAbout('ListAlerts', { status: 9 }), /^status: takes ALERT_STATUS_NEW \| /);
  assert.match(await complaintAbout('ListAlerts', { severity: 9 }), /^severity: takes SEVERITY_MEDIUM \| /);
  assert.match(await complaintAbout('ListAlerts', { page_size: 1_001 }), /^page_size: .* 1 to 1000/);
  assert.match(await complaintAbout('ListAlerts', { page_token: 'nonsense' }), /^page_token: /);
  for (const seconds of [9e15, 253_402_300_800, -62_135_596_801])
    assert.match(await complaintAbout('ListAlerts', { since: { seconds } }), /^since: is not a time/);
});

test('changes what is said of an alert, and leaves the rest', async () => {
  const { alert } = await ask('UpdateAlert', {
    alert_id: ALERT_ID,
    author: 'ada',
    status: 'ALERT_STATUS_INVESTIGATING',
    assigned_to: 'grace',
  });
  assert.is(alert.status, 'ALERT_STATUS_INVESTIGATING');
  assert.is(alert.assigned_to, 'grace');
  assert.is(alert.notes, 'looks like\na robot');
  const emptied = await ask('UpdateAlert', { alert_id: ALERT_ID, author: 'ada', notes: '' });
  assert.is(emptied.alert.notes, '');
  const { history } = await ask('GetAlert', { alert_id: ALERT_ID });
  assert.is(history.length, 3);
  assert.is(history[2].author, 'ada');
});

test('proposes for a false positive what would keep it from happening again, and does it when asked', async () => {
  const request = { alert_id: ALERT_ID, author: 'ada', status: 'ALERT_STATUS_FALSE_POSITIVE' };
  const { proposal, allowed } = await ask('UpdateAlert', request);
  assert.is(proposal.scope.b_number, B_NUMBER);
  assert.is(proposal.days, 7);
  assert.is(allowed, null);
  const second = await ask('UpdateAlert', { ...request, allow_days: 3 });
  assert.is(second.allowed.scope.b_number, B_NUMBER);
  assert.is(second.allowed.alert_id, ALERT_ID);
  const { entries } = await client.ask('AllowlistService', 'ListAllowlistEntries');
  assert.is(entries.length, 1);
  assert.is(entries[0].entry_id, second.allowed.entry_id);
});

test('refuses a change that an alert cannot take, and one without an author', async () => {
  const settle = { alert_id: ALERT_ID, author: 'ada', status: 'ALERT_STATUS_RESOLVED' };
  await ask('UpdateAlert', settle);
  const again = await failureOf(ask('UpdateAlert', { ...settle, status: 'ALERT_STATUS_FALSE_POSITIVE' }));
  assert.is(again.code, status.FAILED_PRECONDITION);
  assert.match(again.details, 'an alert that is RESOLVED cannot become FALSE_POSITIVE');
  assert.match(await complaintAbout('UpdateAlert', { ...settle, author: '' }), /^author: is empty/);
  assert.match(await complaintAbout('UpdateAlert', { ...settle, status: 0 }), /^status: takes /);
  assert.match(await complaintAbout('UpdateAlert', { ...settle, allow_days: 3 }), /^allow_days: /);
});

test('writes down who changes something, and nothing of a question', async () => {
  await ask('GetAlert', { alert_id: ALERT_ID });
  assert.equal(server.log, []);
  await ask('UpdateAlert', { alert_id: ALERT_ID, author: 'ada', assigned_to: 'grace' });
  const [{ level, fields, message }] = server.log;
  assert.is(level, 'info');
  assert.is(message, 'changed by hand');
  assert.is(fields['author'], 'ada');
  assert.is(fields['method'], '/acm.v1.AlertService/UpdateAlert');
  assert.is(fields['origin'], 'grpc localhost, no token');
});

test('says that the store is away, without a line in the log', async () => {
  server.alerts.away = true;
  assert.equal(await failureOf(ask('ListAlerts', {})), {
    code: status.UNAVAILABLE,
    details: 'the store does not answer',
  });
  assert.equal(server.log, []);
});

test.run();
