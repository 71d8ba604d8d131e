/** What the gateway does about its embedded store alone. */
import { status } from '@grpc/grpc-js';
import * as assert from 'uvu/assert';
import {
  deltaOf,
  gatewaySuite,
  newSidecar,
  startTestGateway,
  untilAsync,
} from '../support/gateway-fixture.js';
import { until } from '../support/until.js';

const test = gatewaySuite('contract/lumadb-gateway-embedded', 'embedded');

test('keeps statements of others to their role in the embedded store', async ({ client }) => {
  for (const sql of [
    "SELECT set_config('role', 'postgres', true)",
    "UPDATE pg_settings SET setting = 'postgres' WHERE name = 'role'",
    'SELECT pg_sleep(1)',
    'SELECT lo_create(0)',
    'SELECT pg_terminate_backend(1)',
    "SELECT pg_read_file('/etc/passwd')",
    'SELECT rolpassword FROM pg_authid',
    'SELECT 1 AS a INTO TEMP window_deltas',
    'SELECT 1 AS a INTO mine',
    'UPDATE window_deltas SET epoch = epoch',
  ]) {
    const { success, error } = await client.execute(sql);
    assert.is(success, false, sql);
    assert.match(error, '42501', sql);
  }
  assert.equal(await client.rows('SELECT current_user::text AS name'), [{ name: 'acm_gateway_guest' }]);
  await client.publish(deltaOf(newSidecar().id, 1));
});

test('refuses an embedded store that another gateway holds', async ({ home }) => {
  const complaint = await startTestGateway(home).then(
    () => '',
    (error: Error) => error.message,
  );
  assert.match(complaint, /in use/);
});

test('ends a statement that nothing else can end, by opening the embedded store again', async ({
  client,
}) => {
  const { epoch } = await client.publish(deltaOf(newSidecar().id, 1));
  const heard = client.follow(0);
  await until(() => heard.caughtUp > 0, 'it is through');
  const endless = 'SELECT count(*) FROM generate_series(1, 1000000) AS a, generate_series(1, 1000000) AS b';
  const code = await client.execute(endless).then(
    () => undefined,
    (error: { code: number }) => error.code,
  );
  assert.is(code, status.UNAVAILABLE);
  await untilAsync(
    async () => (await client.publish(deltaOf(newSidecar().id, 2))).epoch !== epoch,
    'it serves',
  );
  await until(() => heard.epochs.length === 2, 'the follower hears of another epoch');
});

test.run();
