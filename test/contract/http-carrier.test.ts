/** The API for carriers on a real sidecar with a store, and a switch that watches over gRPC for what it is to end. */

import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Command, type CommandStream, DetectionClient, take } from '../support/grpc-detection.js';
import { ManagementClient } from '../support/grpc-management.js';
import { eventually, freshCallId, freshNumber } from '../support/grpc-sidecar.js';
import type { Json } from '../support/http-client.js';
import { assertProblem, HttpSidecar } from '../support/http-sidecar.js';

const test = suite('contract/http-carrier');

const FRAUD = '/api/v1/fraud';
const SECRET = 'shared with the fraud desk';
const SWITCH = 'vsim-1';

let http: HttpSidecar;
let agent: DetectionClient;
let commands: CommandStream;

test.before(async () => {
  http = await HttpSidecar.start({ FRAUD_WEBHOOK_SECRET: SECRET, ACM_AUTO_BLOCK: 'false' });
  agent = new DetectionClient(http.sidecar.address);
  commands = agent.watchDisconnects(SWITCH);
  await once(commands, 'metadata');
});

test.after(async () => {
  commands.cancel();
  agent.close();
  await http.stop();
});

async function tell(changes: Json): Promise<string> {
  const event = {
    call_id: freshCallId(),
    a_number: freshNumber(),
    status: 'ringing',
    switch_id: SWITCH,
    ...changes,
  };
  const { status, body } = await http.client.post(`${FRAUD}/events`, event);
  assert.is(status, 202);
  return body['call_id'];
}

/** Obeys the next commands, and says of which calls they were. */
async function obey(count: number, outcome = 'DISCONNECT_OUTCOME_ENDED'): Promise<string[]> {
  const taken = await take<Command>(commands, count);
  for (const { disconnect_id } of taken)
    await agent.confirmDisconnect({ disconnect_id, switch_id: SWITCH, outcome });
  return taken.map(({ call_id }) => call_id);
}

const auditEntries = async (): Promise<Json[]> =>
  (await http.client.get('/acm/audit?action=call.disconnect&limit=100')).body['entries'];

test('five callers told of: an alert, the fifth call is torn down, and its evidence says that it has ended', async () => {
  const b_number = freshNumber();
  const callIds: string[] = [];
  for (let i = 0; i < 5; i++) callIds.push(await tell({ b_number }));
  assert.equal(await obey(1), [callIds[4]]);
  const listed = `${FRAUD}/alerts?b_number=${encodeURIComponent(b_number)}`;
  await eventually(async () => (await http.client.get(listed)).body['count'] === 1);
  const [alert] = (await http.client.get(listed)).body['alerts'];
  await eventually(async () => {
    const { body } = await http.client.get(`/acm/alerts/${alert.alert_id}/evidence`);
    return body['disconnects'].some(
      (each: Json) => each['call_id'] === callIds[4] && each['outcome'] === 'ended',
    );
  });
  const stats = async () => (await http.client.get(`${FRAUD}/calls/stats`)).body;
  await eventually(async () => (await stats())['disconnects_today'] === 1);
  assert.is((await stats())['fraud_alerts_today'], 1);
  assert.is((await stats())['today_scope'], 'all');
  assert.equal(await auditEntries(), [], 'what the sidecar does by itself is not in the audit log');
});

test('a batch of calls, listed by their B-number, and gone with their end', async () => {
  const b_number = freshNumber();
  const events = Array.from({ length: 3 }, () => ({
    call_id: freshCallId(),
    a_number: freshNumber(),
    b_number,
    status: 'active',
  }));
  const { body } = await http.client.post(`${FRAUD}/events/batch`, { type: 'call_events_batch', events });
  assert.equal(body, { status: 'accepted', processed: 3, errors: [] });
  const active = async () =>
    (await http.client.get(`${FRAUD}/calls/active?b_number=${encodeURIComponent(b_number)}`)).body;
  assert.equal(
    (await active())['active_calls'].map((call: Json) => call['call_id']),
    events.map(({ call_id }) => call_id).reverse(),
  );
  await http.client.post(
    `${FRAUD}/events/batch`,
    events.map((event) => ({ ...event, status: 'completed' })),
  );
  assert.is((await active())['total'], 0);
});

test('ends a call by hand, and one that nobody has told of on every switch; the audit log says who did', async () => {
  const known = await tell({ b_number: freshNumber() });
  const unknown = freshCallId();
  const answered = http.client.post(`${FRAUD}/disconnect`, {
    call_ids: [known, unknown],
    reason: 'asked for',
  });
  assert.equal((await obey(2)).sort(), [known, unknown].sort());
  const { body } = await answered;
  assert.equal([body['requested'], body['disconnected'], body['failed']], [2, 2, 0]);
  const entries = await auditEntries();
  assert.equal(entries.map(({ target }) => target).sort(), [known, unknown].sort());
  assert.equal(JSON.parse(entries[0]['after_json']), { ending: true, reason: 'asked for' });
  assert.is(entries[0]['actor'], 'http 127.0.0.1');
});

test('the same over gRPC, where who does it says their name', async () => {
  const management = new ManagementClient(http.socket);
  const b_number = freshNumber();
  const callId = await tell({ b_number });
  const { calls, total } = await management.ask('CallService', 'ListCalls', { b_number });
  assert.equal([calls.length, total, calls[0].call_id, calls[0].phase], [1, 1, callId, 'CALL_PHASE_RINGING']);
  const request = { call_ids: [callId], author: 'night operator', reason: 'gone wild' };
  const answered = management.ask('CallService', 'DisconnectCalls', request);
  assert.equal(await obey(1, 'DISCONNECT_OUTCOME_GONE'), [callId]);
  assert.equal((await answered).results, [
    { call_id: callId, success: false, error: 'no switch has such a call, or not any more' },
  ]);
  const [entry] = await auditEntries();
  assert.equal([entry['actor'], entry['target']], ['night operator', callId]);
  management.close();
});

test('another system tells of fraud, and of its end', async () => {
  const callId = await tell({ b_number: freshNumber() });
  const post = (news: Json) => {
    const body = JSON.stringify(news);
    const timestamp = Math.floor(Date.now() / 1_000);
    const mac = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest('hex');
    const headers = { 'acm-timestamp': String(timestamp), 'acm-signature': `v1=${mac}` };
    return http.client.ask('POST', `${FRAUD}/alerts/webhook`, body, headers);
  };
  const { status, body } = await post({ event_type: 'fraud_detected', alert: { call_ids: [callId] } });
  assert.equal([status, body['calls'].ordered], [202, 1]);
  assert.equal(await obey(1), [callId]);
  const { id } = await http.storedAlert();
  assert.is((await post({ event_type: 'fraud_cleared', alert: { alert_id: id } })).body['resolved'], true);
  assert.is((await http.client.get(`/acm/alerts/${id}`)).body['status'], 'RESOLVED');
  assertProblem(await http.client.post(`${FRAUD}/alerts/webhook`, {}), 401);
});

test('health and the configuration are there under the carrier name too', async () => {
  assert.is((await http.client.get(`${FRAUD}/health`)).body['status'], 'ok');
  const { body } = await http.client.put(`${FRAUD}/config`, { cooldown_seconds: 45 });
  assert.equal(body, { cooldown_seconds: { success: true, value: 45 } });
  assert.is((await http.client.get(`${FRAUD}/config`)).body['cooldown_seconds'], 45);
});

test('every operation for carriers has been tried, and answered as the document says', () => {
  assert.equal(http.openApi.untried(/ \/api\/v1\/fraud/), []);
});

test('nothing of this is a defect in the log, and no whole number is in it', () => {
  assert.equal(
    http.sidecar.log.filter(({ level }) => level === 'error'),
    [],
  );
  const aboveDebug = http.sidecar.log.filter(({ level }) => level !== 'debug');
  assert.not.match(JSON.stringify(aboveDebug), /23481\d{8}/);
});

test.run();
