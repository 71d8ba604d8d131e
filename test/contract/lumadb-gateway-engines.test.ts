/** The gateway over engines that can do less: without notifications, without unlogged tables, or without a server. */
import { status } from '@grpc/grpc-js';
import { Client } from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareGateway } from '../../sidecar/compose-gateway-role.js';
import {
  deltaOf,
  embeddedHome,
  GatewayClient,
  newSidecar,
  numbersOf,
  postgresHome,
  startTestGateway,
  untilAsync,
} from '../support/gateway-fixture.js';
import { until } from '../support/until.js';

const test = suite('contract/lumadb-gateway-engines');

test('asks often where the engine tells nothing, and where it tells and then stops', async () => {
  const home = await postgresHome();
  const admin = new Client({ connectionString: home.server!.url });
  await admin.connect();
  const gateways = [await startTestGateway(home), await startTestGateway(home)];
  const [one, other] = gateways.map(({ address }) => new GatewayClient(address));
  try {
    const heard = one!.follow(Date.now() - 1_000);
    await until(() => heard.caughtUp > 0, 'it is through');
    await admin.query('DROP TRIGGER tell_of_window_deltas ON window_deltas');
    // Whoever listens finds out when it connects.
    await admin.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_notify%' AND pid <> pg_backend_pid()",
    );
    const sidecar = newSidecar();
    let number = 0;
    await untilAsync(async () => {
      await other!.publish(deltaOf(sidecar.id, ++number));
      const begun = performance.now();
      while (performance.now() - begun < 300) {
        if (numbersOf(heard, sidecar.id).includes(number)) return true;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return false;
    }, 'it comes within 300 ms');
    await until(() => numbersOf(heard, sidecar.id).length === number, 'all are there');
  } finally {
    for (const client of [one, other]) client!.close();
    for (const gateway of gateways) await gateway.stop();
    await admin.end();
    await home.remove();
  }
});

test('ends a statement that nothing else can end, by opening the embedded store again', async () => {
  const home = await embeddedHome();
  const gateway = await startTestGateway(home);
  const client = new GatewayClient(gateway.address);
  try {
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
  } finally {
    client.close();
    await gateway.stop();
    await home.remove();
  }
});

test('keeps statements of others to their role in the embedded store', async () => {
  const home = await embeddedHome();
  const gateway = await startTestGateway(home);
  const client = new GatewayClient(gateway.address);
  try {
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
  } finally {
    client.close();
    await gateway.stop();
    await home.remove();
  }
});

test('refuses an embedded store that another gateway holds', async () => {
  const home = await embeddedHome();
  const gateway = await startTestGateway(home);
  try {
    const complaint = await startTestGateway(home).then(
      () => '',
      (error: Error) => error.message,
    );
    assert.match(complaint, /in use/);
  } finally {
    await gateway.stop();
    await home.remove();
  }
});

test('makes tables and a role for each database of a server', async () => {
  const home = await postgresHome();
  const admin = new Client({ connectionString: home.server!.url });
  await admin.connect();
  try {
    await admin.query('CREATE DATABASE second');
    const second = home.server!.url.replace(/postgres$/, 'second');
    const { isNewRole, url } = await prepareGateway(second, 'acm_gateway');
    assert.is(isNewRole, false);
    assert.match(url, /^postgres:\/\/acm_gateway@127\.0\.0\.1:\d+\/second$/);
    const password = new URL(home.env['ACM_GATEWAY_DATABASE_URL']!).password;
    const gateway = await startTestGateway({
      env: { ACM_GATEWAY_DATABASE_URL: url.replace('@', `:${password}@`) },
    });
    await gateway.stop();
  } finally {
    await admin.end();
    await home.remove();
  }
});

test.run();
