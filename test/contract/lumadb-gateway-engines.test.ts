/** The gateway over engines that can do less: without notifications, or with several databases. */
import { Client } from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareGateway } from '../../sidecar/compose-gateway-role.js';
import {
  deltaOf,
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
