/** The gateway over a PostgreSQL that is killed, frozen or away, or whose transactions commit late. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ServiceError, status } from '@grpc/grpc-js';
import { Client } from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { POLL } from '../../src/reconcile/luma-statements.js';
import {
  deltaOf,
  GatewayClient,
  type GatewayHome,
  newSidecar,
  numbersOf,
  postgresHome,
  startTestGateway,
  type TestGateway,
  untilAsync,
} from '../support/gateway-fixture.js';
import { until } from '../support/until.js';

interface Context {
  home: GatewayHome;
  gateway: TestGateway;
  client: GatewayClient;
}

const test = suite<Context>('contract/lumadb-gateway-faults');

const INSERT =
  'INSERT INTO window_deltas (epoch, delta) SELECT epoch, $1::bytea FROM window_epoch RETURNING sequence';

test.before(async (context) => {
  context.home = await postgresHome();
});

test.after(async ({ home }) => {
  await home?.remove();
});

test.before.each(async (context) => {
  context.gateway = await startTestGateway(context.home);
  context.client = new GatewayClient(context.gateway.address);
});

test.after.each(async ({ gateway, client }) => {
  client.close();
  await gateway.stop();
});

async function connect({ server }: GatewayHome): Promise<Client> {
  const connection = new Client({ connectionString: server!.url });
  connection.on('error', () => {});
  await connection.connect();
  return connection;
}

async function healthOf({ metricsUrl }: TestGateway): Promise<Record<string, unknown>> {
  return (await (await fetch(`${metricsUrl}/health`)).json()) as Record<string, unknown>;
}

async function codeOf(work: Promise<unknown>): Promise<number | undefined> {
  return await work.then(
    () => undefined,
    (error: ServiceError) => error.code,
  );
}

test('tells of a row whose transaction commits after later ones', async ({ home, client }) => {
  const sidecar = newSidecar();
  const { stored_at_ms } = await client.publish(deltaOf(sidecar.id, 1));
  const early = client.follow(stored_at_ms);
  await until(() => early.caughtUp > 0, 'it is through');
  const slow = await connect(home);
  try {
    await slow.query('BEGIN');
    const { rows } = await slow.query(INSERT, [deltaOf(sidecar.id, 2)]);
    const { sequence } = await client.publish(deltaOf(sidecar.id, 3));
    assert.ok(Number(rows[0].sequence) < sequence);
    await until(() => numbersOf(early, sidecar.id).includes(3), 'the later one is there');
    // This one begins in between, and reads its backlog while the row cannot be seen.
    const between = client.follow(stored_at_ms);
    await until(() => between.caughtUp > 0, 'it is through as well');
    assert.equal(numbersOf(between, sidecar.id), [1, 3]);
    await slow.query('COMMIT');
    for (const heard of [early, between])
      await until(() => numbersOf(heard, sidecar.id).length === 3, 'the late one is there');
    const polled = await client.rows(POLL, [sequence, [Number(rows[0].sequence)], 0]);
    assert.is(polled.length, 1);
  } finally {
    await slow.end();
  }
});

test('finds a row that was in the making when the gateway began', async (context) => {
  const { home } = context;
  const sidecar = newSidecar();
  const slow = await connect(home);
  let gateway: TestGateway | undefined;
  let client: GatewayClient | undefined;
  try {
    await slow.query('BEGIN');
    await slow.query(INSERT, [deltaOf(sidecar.id, 1)]);
    await context.client.publish(deltaOf(sidecar.id, 2));
    gateway = await startTestGateway(home);
    client = new GatewayClient(gateway.address);
    const heard = client.follow(0);
    await until(() => numbersOf(heard, sidecar.id).includes(2), 'the later one is there');
    await slow.query('COMMIT');
    await until(() => numbersOf(heard, sidecar.id).length === 2, 'the late one is there');
  } finally {
    await slow.end();
    client?.close();
    await gateway?.stop();
  }
});

test('tells at once what was stored through another gateway', async ({ home, client }) => {
  const other = await startTestGateway(home);
  const asker = new GatewayClient(other.address);
  try {
    const sidecar = newSidecar();
    const heard = client.follow(Date.now() - 1_000);
    await until(() => heard.caughtUp > 0, 'it is through');
    // The first ones may come before notifications do.
    await untilAsync(async () => {
      const { sequence } = await asker.publish(deltaOf(sidecar.id, 1));
      const begun = performance.now();
      while (performance.now() - begun < 300) {
        if (heard.deltas.some((delta) => delta.sequence === sequence)) return true;
        await sleep(5);
      }
      return false;
    }, 'it comes within 300 ms');
  } finally {
    asker.close();
    await other.stop();
  }
});

test('begins another epoch after PostgreSQL was killed, and tells followers, without being started again', async ({
  home,
  gateway,
  client,
}) => {
  const sidecar = newSidecar();
  const before = await client.publish(deltaOf(sidecar.id, 1));
  const heard = client.follow(before.stored_at_ms);
  await until(() => heard.caughtUp > 0, 'it is through');
  await home.server!.kill();
  await untilAsync(
    async () => (await codeOf(client.publish(deltaOf(sidecar.id, 2)))) === status.UNAVAILABLE,
    'it says that the database is away',
  );
  const begun = performance.now();
  assert.is(await codeOf(client.publish(deltaOf(sidecar.id, 2))), status.UNAVAILABLE);
  assert.ok(performance.now() - begun < 500, 'nobody waits for what is away');
  const health = await healthOf(gateway);
  assert.is(health['status'], 'degraded');
  assert.is((health['database'] as Record<string, unknown>)['state'], 'away');
  await home.server!.start();
  await untilAsync(
    async () => (await client.publish(deltaOf(sidecar.id, 3))).epoch !== before.epoch,
    'it serves',
  );
  await until(
    () => heard.epochs.length === 2 && numbersOf(heard, sidecar.id).includes(3),
    'the follower hears',
  );
  assert.ok(heard.caughtUp >= 2);
  assert.is(heard.error, undefined);
  assert.is((await healthOf(gateway))['status'], 'ok');
  assert.match(await (await fetch(`${gateway.metricsUrl}/metrics`)).text(), 'acm_gateway_epochs_total 1');
});

test('makes an epoch when somebody has deleted it, and tells followers', async ({ client }) => {
  const heard = client.follow(Date.now());
  await until(() => heard.caughtUp > 0, 'it is through');
  assert.is((await client.execute('DELETE FROM window_epoch')).success, true);
  await until(() => heard.epochs.length === 2, 'another epoch');
  const { epoch } = await client.publish(deltaOf(newSidecar().id, 1));
  assert.is(heard.epochs[1], epoch);
});

test('answers within bounds while PostgreSQL is frozen, and goes on when it thaws', async ({
  home,
  client,
}) => {
  const sidecar = newSidecar();
  await client.publish(deltaOf(sidecar.id, 1));
  home.server!.freeze();
  try {
    const begun = performance.now();
    assert.is(await codeOf(client.publish(deltaOf(sidecar.id, 2))), status.UNAVAILABLE);
    assert.ok(performance.now() - begun < 3_000);
    const again = performance.now();
    assert.is(await codeOf(client.publish(deltaOf(sidecar.id, 2))), status.UNAVAILABLE);
    assert.ok(performance.now() - again < 500);
  } finally {
    home.server!.thaw();
  }
  await untilAsync(
    async () => (await client.publish(deltaOf(sidecar.id, 3))).sequence > 0,
    'it serves again',
  );
});

test('starts while PostgreSQL is away, and serves once it is there', async ({ home }) => {
  await home.server!.kill();
  const gateway = await startTestGateway(home);
  const client = new GatewayClient(gateway.address);
  try {
    assert.is(await codeOf(client.publish(deltaOf(newSidecar().id, 1))), status.UNAVAILABLE);
    const heard = client.follow(0);
    await until(() => heard.error !== undefined, 'it is told');
    assert.is(heard.error?.code, status.UNAVAILABLE);
    assert.is((await healthOf(gateway))['status'], 'degraded');
    await home.server!.start();
    await untilAsync(
      async () => (await client.publish(deltaOf(newSidecar().id, 1))).sequence > 0,
      'it serves',
    );
  } finally {
    client.close();
    await gateway.stop();
  }
});

test('ends a statement that takes too long, while others are served', async ({ client }) => {
  const begun = performance.now();
  const long = client.execute('SELECT pg_sleep(60)');
  await client.publish(deltaOf(newSidecar().id, 1));
  assert.ok(performance.now() - begun < 1_500);
  const { success, error } = await long;
  assert.is(success, false);
  assert.match(error, '57014');
  assert.ok(performance.now() - begun < 5_000);
});

test('turns away what is more than can wait', async ({ client }) => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => codeOf(client.execute('SELECT pg_sleep(0.05)'))),
  );
  assert.ok(answers.includes(status.RESOURCE_EXHAUSTED));
  assert.ok(answers.includes(undefined));
});

test('goes on when its own connections were ended by somebody', async ({ client }) => {
  const sql =
    'SELECT count(pg_terminate_backend(pid)) AS n FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()';
  const heard = client.follow(Date.now() - 1_000);
  await until(() => heard.caughtUp > 0, 'it is through');
  await client.execute(sql);
  const sidecar = newSidecar();
  await untilAsync(async () => (await client.publish(deltaOf(sidecar.id, 1))).sequence > 0, 'it serves');
  await until(() => numbersOf(heard, sidecar.id).length === 1, 'the follower hears');
});

test('deletes rows that are older than any window', async ({ home, client }) => {
  const admin = await connect(home);
  try {
    await admin.query(
      `INSERT INTO window_deltas (stored_at_ms, epoch, delta)
       SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint - 331000, 'old', '' FROM generate_series(1, 5000)`,
    );
    const { sequence } = await client.publish(deltaOf(newSidecar().id, 1));
    await untilAsync(async () => {
      const { rows } = await admin.query("SELECT count(*)::int AS n FROM window_deltas WHERE epoch = 'old'");
      return rows[0].n === 0;
    }, 'they are gone');
    assert.is(
      (await client.rows('SELECT 1 FROM window_deltas WHERE sequence = $1::int8', [sequence])).length,
      1,
    );
  } finally {
    await admin.end();
  }
});

test.run();
