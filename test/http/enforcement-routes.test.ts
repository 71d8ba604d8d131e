import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ApiFixture, startApi } from './api-fixture.js';

const test = suite('http/enforcement-routes');

let api: ApiFixture;

test.before.each(async () => {
  api = await startApi();
});
test.after.each(() => api.stop());

test('throws the switch here while the store is away, and says so', async () => {
  api.rules.away = true;
  const { status, body } = await api.client.put('/acm/enforcement', { on: false, reason: 'storm' });
  assert.is(status, 200);
  assert.equal(body, { on: false, everywhere: false, enforcement: 'shadow' });
  assert.ok(api.admission.state.policies.switchedOff);
  assert.is((await api.client.get('/acm/enforcement')).body['reason'], 'storm');
});

test('is shadow while one policy only observes, though the switch is on', async () => {
  api.admission.apply({
    policies: [{ scope: { kind: 'trunk', name: 'lagos' }, terms: { enforcement: 'shadow' }, revision: 1 }],
  });
  const { body } = await api.client.get('/acm/enforcement');
  assert.is(body['on'], true);
  assert.is(body['enforcement'], 'shadow');
});

test('does not take a switch that is left open for off', async () => {
  for (const body of [{}, { on: null }, { on: 'false' }, { on: 0 }])
    assert.is((await api.client.put('/acm/enforcement', body)).status, 422);
  assert.is((await api.client.get('/acm/enforcement')).body['on'], true);
});

test.run();
