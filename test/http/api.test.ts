import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { alertFileOf } from '../support/alert-fixture.js';
import { type ApiFixture, startApi } from './api-fixture.js';

const test = suite('http/api');

const B_NUMBER = '+2348099999999';
let api: ApiFixture;

test.before.each(async () => {
  api = await startApi();
});
test.after.each(() => api.stop());

/** Checks calls from `count` different callers. */
async function attack(count: number): Promise<void> {
  for (let i = 0; i < count; i++)
    await api.client.post('/acm/call', { a_number: `+23480300000${10 + i}`, b_number: B_NUMBER });
}

test('detects under shadow too, and rejects nothing', async () => {
  api.admission.apply({
    policies: [{ scope: { kind: 'default' }, terms: { enforcement: 'shadow' }, revision: 1 }],
  });
  await attack(4);
  const { body } = await api.client.post('/acm/call', { a_number: '1', b_number: B_NUMBER });
  assert.is(body['detected'], true);
  assert.is(body['verdict'], 'OBSERVE');
  assert.is(body['sip_status'], null);
});

test('says why a call is let through or rejected', async () => {
  const messageOf = async (event: object) => (await api.client.post('/acm/call', event)).body['message'];
  assert.match(await messageOf({ a_number: '1', b_number: '112' }), /^exempt: /);
  const now = api.admission.wallClock.dateOf(api.admission.now + 60_000);
  api.admission.apply({
    blocks: [{ aNumber: '2348030000001', bNumber: '2348099999999', expiresAt: now }],
    allowlist: [{ entryId: 'e', scope: { kind: 'trunk', name: 'ours' }, expiresAt: undefined }],
  });
  assert.match(await messageOf({ a_number: '+2348030000001', b_number: B_NUMBER }), /^blocked: /);
  assert.match(await messageOf({ a_number: '1', b_number: B_NUMBER, trunk: 'ours' }), /^allowlisted: /);
});

test('threats cool down with the window', async () => {
  await attack(5);
  assert.is((await api.client.get('/acm/threats')).body['count'], 1);
  api.admission.now += 5_001;
  assert.is((await api.client.get('/acm/threats')).body['count'], 0);
  const { body } = await api.client.get(`/acm/threat?b_number=${encodeURIComponent(B_NUMBER)}`);
  assert.is(body['threat_level'], 'low');
  assert.is(body['last_seen'], null);
});

test('answers 503, with the time to wait, while the store is away', async () => {
  api.alerts.away = true;
  api.rules.away = true;
  const answers = [
    await api.client.get('/acm/alerts'),
    await api.client.get('/acm/alerts/5d3c6f6e-3c0b-4f43-9a53-0c1b77f7a1a4'),
    await api.client.patch('/acm/alerts/5d3c6f6e-3c0b-4f43-9a53-0c1b77f7a1a4', { notes: 'x' }),
    await api.client.get('/acm/alerts/5d3c6f6e-3c0b-4f43-9a53-0c1b77f7a1a4/evidence'),
    await api.client.post('/acm/config', { threshold: 7 }),
    await api.client.get('/acm/policies'),
    await api.client.put('/acm/policies', { scope: { all_calls: true }, terms: { threshold: 7 } }),
    await api.client.delete('/acm/policies?all_calls=true'),
    await api.client.get('/acm/allowlist'),
    await api.client.post('/acm/allowlist', { entries: [{ scope: { trunk: 'lagos' } }] }),
    await api.client.delete('/acm/allowlist/5d3c6f6e-3c0b-4f43-9a53-0c1b77f7a1a4'),
    await api.client.get('/acm/blocks'),
    await api.client.delete('/acm/blocks?a_number=1&b_number=2'),
  ];
  for (const { status, headers } of answers) {
    assert.is(status, 503);
    assert.is(headers.get('retry-after'), '1');
  }
  assert.is((await api.client.get('/acm/config')).body['threshold'], 5);
});

test('checks calls and counts while the store is away', async () => {
  api.alerts.away = true;
  await attack(1);
  const { status, body } = await api.client.get('/acm/stats');
  assert.is(status, 200);
  assert.is(body['total_calls'], 1);
  assert.is(body['alerts_by_severity'], null);
});

test('counts the alerts of the last day by severity, and none from before', async () => {
  const createdAt = api.admission.wallClock.dateOf(api.admission.now);
  for (let i = 0; i < 150; i++) {
    const alertId = `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;
    api.alerts.add(alertFileOf({ alertId, createdAt, severity: i < 30 ? 'critical' : 'medium' }));
  }
  const yesterday = new Date(createdAt.getTime() - 86_400_001);
  api.alerts.add(alertFileOf({ createdAt: yesterday }));
  const { body } = await api.client.get('/stats');
  assert.equal(body['alerts_by_severity'], { MEDIUM: 120, HIGH: 0, CRITICAL: 30 });
});

test('a change keeps what was stored of the policy for all calls', async () => {
  api.admission.apply({
    policies: [{ scope: { kind: 'default' }, terms: { enforcement: 'shadow', threshold: 9 }, revision: 1 }],
  });
  await api.client.post('/acm/config', { cooldown_seconds: 60 });
  const { items } = await api.rules.listPolicies({ limit: 10, after: '' });
  assert.equal(items[0].terms, { enforcement: 'shadow', threshold: 9, cooldownMs: 60_000 });
});

test('a change does not store what the switch makes of the policy', async () => {
  api.admission.state.policies.switchOff(true);
  await api.client.post('/acm/config', { threshold: 6 });
  const { items } = await api.rules.listPolicies({ limit: 10, after: '' });
  assert.equal(items[0].terms, { threshold: 6 });
});

test('a defect is a 500 without a word of its cause, and is logged under the request id', async () => {
  api.alerts.find = () => Promise.reject(new Error('the cause'));
  const answer = await api.client.get('/acm/alerts/5d3c6f6e-3c0b-4f43-9a53-0c1b77f7a1a4');
  assert.is(answer.status, 500);
  assert.not.match(JSON.stringify(answer.body), 'the cause');
  const line = api.admission.logged.find(({ message }) => message === 'a request failed');
  assert.is(line?.fields['requestId'], answer.headers.get('x-request-id'));
});

test.run();
