import { createHmac } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ALERT_ID, alertFileOf } from '../support/alert-fixture.js';
import { type Answer, HttpClient, type Json } from '../support/http-client.js';
import { assertProblem } from '../support/http-sidecar.js';
import { OpenApiCheck } from '../support/openapi-check.js';
import { type ApiFixture, startApi, WEBHOOK_SECRET } from './api-fixture.js';

const test = suite('http/carrier-webhook');

const PATH = '/api/v1/fraud/alerts/webhook';

let api: ApiFixture;
let client: HttpClient;

test.before.each(async () => {
  api = await startApi();
  const openApi = new OpenApiCheck((await api.client.get('/openapi.json')).body);
  client = new HttpClient(`http://127.0.0.1:${api.port}`, (...answer) => openApi.check(...answer));
});

test.after.each(() => api.stop());

/** As webhooks of the sidecar are signed. */
function stamped(body: string, secret = WEBHOOK_SECRET): Record<string, string> {
  const timestamp = Math.floor(api.admission.wallClock.dateOf(api.admission.now).getTime() / 1_000);
  const mac = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return { 'acm-timestamp': String(timestamp), 'acm-signature': `v1=${mac}` };
}

function plain(body: string): Record<string, string> {
  return {
    'x-webhook-signature': `sha256=${createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex')}`,
  };
}

function tell(news: Json, sign = stamped): Promise<Answer> {
  const body = JSON.stringify(news);
  return client.ask('POST', PATH, body, sign(body));
}

const detected = (...call_ids: string[]): Json => ({
  event_type: 'fraud_detected',
  alert: { alert_id: 'theirs-7', b_number: '+2348099999999', call_ids, severity: 'whatever they like' },
});

test('tears down the calls that are in progress here, and says what became of the others', async () => {
  api.admission.report('A', 'here');
  api.admission.report('A', 'emergency', { bNumber: '112' });
  const { status, body } = await tell(detected('here', 'emergency', 'elsewhere', 'here'));
  assert.equal(
    [status, body],
    [
      202,
      {
        status: 'accepted',
        event_type: 'fraud_detected',
        resolved: false,
        calls: { ordered: 1, observed: 0, spared: 1, unknown: 1 },
      },
    ],
  );
  assert.equal(
    api.admission.orders.map(({ callId, switchId }) => [callId, switchId]),
    [['here', 'sw']],
  );
  const [{ action, target, actor, origin }] = api.audit.entries;
  assert.equal(
    [action, target, actor, origin],
    ['call.disconnect', 'here', 'fraud webhook', 'http 127.0.0.1, signed'],
  );
});

test('takes the plain signature of those who have no timestamp', async () => {
  api.admission.report('A', 'here');
  assert.is((await tell(detected('here'), plain)).body['calls'].ordered, 1);
});

test('tears nothing down where the policy only watches', async () => {
  const digits = '2348099999999';
  api.admission.state.policies.set({ kind: 'b-number', digits }, { enforcement: 'shadow' }, 1);
  api.admission.report('A', 'watched');
  api.admission.report('A', 'enforced', { bNumber: '+15550000099' });
  const { body } = await tell(detected('watched', 'enforced'));
  assert.equal(body['calls'], { ordered: 1, observed: 1, spared: 0, unknown: 0 });
  assert.is(api.admission.orders[0].callId, 'enforced');
});

test('resolves our alert, and takes it that an alert is not ours or settled already', async () => {
  api.alerts.add(alertFileOf());
  const cleared = (alert_id: string | null) => tell({ event_type: 'fraud_cleared', alert: { alert_id } });
  assert.is((await cleared(ALERT_ID)).body['resolved'], true);
  assert.is((await client.get(`/acm/alerts/${ALERT_ID}`)).body['status'], 'RESOLVED');
  for (const id of ['theirs-7', ALERT_ID.replace(/^./, '0'), '', null]) {
    const { status, body } = await cleared(id);
    assert.equal([status, body['resolved']], [202, false]);
  }
});

test('nothing is taken without a signature, or with a wrong one, from this machine or not', async () => {
  api.admission.report('A', 'here');
  const body = JSON.stringify(detected('here'));
  for (const headers of [
    {},
    stamped(body, 'another secret of 16'),
    stamped(`${body} `),
    { 'x-webhook-signature': 'sha256=00' },
  ]) {
    const answer = await client.ask('POST', PATH, body, headers);
    assertProblem(answer, 401);
  }
  assert.equal(api.admission.orders, []);
});

test('the signature is looked at before anything that is signed', async () => {
  assertProblem(await client.ask('POST', PATH, '{', plain('{"')), 401);
  assertProblem(await client.ask('POST', PATH, '{', plain('{')), 400);
  assertProblem(await client.ask('POST', PATH, '{}', plain('{}')), 422, 'event_type');
  assertProblem(await client.ask('POST', PATH), 401);
  assertProblem(await client.ask('POST', PATH, undefined, plain('')), 422);
});

test('who fails too often is told to wait; who has the secret is not kept out by them', async () => {
  const statuses: number[] = [];
  for (let i = 0; i < 12; i++) statuses.push((await client.ask('POST', PATH, '{}')).status);
  assert.equal(statuses, [...Array(10).fill(401), 429, 429]);
  assert.is((await tell(detected('nobody'))).status, 202);
});

test.run();
