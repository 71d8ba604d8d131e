/** How the gateway keeps deltas and tells of them, over each of its databases. */
import { status } from '@grpc/grpc-js';
import * as assert from 'uvu/assert';
import { POLL, READ_BACK } from '../../src/reconcile/luma-statements.js';
import {
  deltaOf,
  GatewayClient,
  gatewaySuite,
  type HOMES,
  newSidecar,
  numbersOf,
  startTestGateway,
} from '../support/gateway-fixture.js';
import { until } from '../support/until.js';

function contractOf(kind: keyof typeof HOMES) {
  const test = gatewaySuite('contract/lumadb-gateway', kind);

  test('stores a delta, and reads it back', async ({ client }) => {
    const delta = deltaOf(newSidecar().id, 1, 1_000);
    const { sequence, stored_at_ms, epoch } = await client.publish(delta);
    assert.ok(sequence > 0);
    assert.ok(Math.abs(stored_at_ms - Date.now()) < 60_000);
    assert.match(epoch, /^[\da-f-]{36}$/);
    const [row] = await client.rows(READ_BACK, [sequence]);
    assert.ok(Buffer.from(String(row?.['delta']), 'base64').equals(delta));
    assert.equal(await client.rows(READ_BACK, [sequence + 1_000]), []);
  });

  test('keeps any bytes that are no JSON array, and an array in its place', async ({ client }) => {
    for (const bytes of [Buffer.from([0]), Buffer.from([0xff, 0, 0x5b]), Buffer.from('{"a":1}')]) {
      const { sequence } = await client.publish(bytes);
      const [row] = await client.rows(READ_BACK, [sequence]);
      assert.ok(Buffer.from(String(row?.['delta']), 'base64').equals(bytes));
    }
  });

  test('answers a poll with what is newer, and with gaps that are there', async ({ client }) => {
    const sidecar = newSidecar().id;
    const rows = [];
    for (const number of [1, 2, 3]) rows.push(await client.publish(deltaOf(sidecar, number)));
    const [first, second, third] = rows;
    const newer = await client.rows(POLL, [first!.sequence, [], 0]);
    assert.equal(
      newer.map((row) => row['sequence']),
      [second!.sequence, third!.sequence],
    );
    assert.is(newer[0]?.['epoch'], first!.epoch);
    const withGap = await client.rows(POLL, [second!.sequence, [first!.sequence], 0]);
    assert.equal(
      withGap.map((row) => row['sequence']),
      [first!.sequence, third!.sequence],
    );
    assert.equal(await client.rows(POLL, [first!.sequence, [], third!.stored_at_ms + 1_000]), []);
  });

  test('cuts the answer to a poll before it is too large, and no row is lost', async ({ client }) => {
    const sidecar = newSidecar().id;
    const start = (await client.publish(deltaOf(sidecar, 0))).sequence;
    for (let number = 1; number <= 6; number++) await client.publish(deltaOf(sidecar, number, 700_000));
    const seen: unknown[] = [];
    for (let high = start; ; ) {
      const rows = await client.rows(POLL, [high, [], 0]);
      if (rows.length === 0) break;
      assert.ok(rows.length <= 3);
      seen.push(...rows.map((row) => row['sequence']));
      high = Number(rows.at(-1)?.['sequence']);
    }
    assert.equal(
      seen,
      [1, 2, 3, 4, 5, 6].map((each) => start + each),
    );
  });

  test('sends followers the backlog, says so, and then what is new, but for their own', async ({
    client,
  }) => {
    const one = newSidecar();
    const other = newSidecar();
    const { stored_at_ms } = await client.publish(deltaOf(one.id, 1));
    await client.publish(deltaOf(other.id, 1));
    const all = client.follow(stored_at_ms);
    const butOne = client.follow(stored_at_ms, one.uuid);
    await until(() => all.caughtUp > 0 && butOne.caughtUp > 0, 'both are through');
    assert.equal(numbersOf(all, one.id), [1]);
    assert.equal(numbersOf(butOne, other.id), [1]);
    for (const number of [2, 3]) for (const { id } of [one, other]) await client.publish(deltaOf(id, number));
    await until(
      () => numbersOf(all, one.id).length === 3 && numbersOf(all, other.id).length === 3,
      'all are there',
    );
    await until(() => numbersOf(butOne, other.id).length === 3, 'the others are there');
    assert.equal(numbersOf(butOne, one.id), []);
    assert.is(all.epochs.length, 1);
    for (const heard of [all, butOne]) heard.stream.cancel();
  });

  test('leaves out of the backlog what is older than it was asked for', async ({ client }) => {
    const sidecar = newSidecar();
    const { stored_at_ms } = await client.publish(deltaOf(sidecar.id, 1));
    const heard = client.follow(stored_at_ms + 60_000);
    await until(() => heard.caughtUp > 0, 'it is through');
    assert.is(heard.deltas.length, 0);
    heard.stream.cancel();
  });

  test('says something at least once a second', async ({ client }) => {
    const heard = client.follow(Date.now() + 60_000);
    await until(() => heard.caughtUp > 0, 'it is through');
    const before = heard.news.length;
    const begun = performance.now();
    await until(() => heard.news.length >= before + 3, 'three signs of life');
    assert.ok(performance.now() - begun < 4_000);
    assert.ok(heard.news.every(({ epoch }) => epoch === heard.epochs[0]));
    heard.stream.cancel();
  });

  test('tells many followers of many deltas, in messages of a bounded size', async ({ client }) => {
    const sidecar = newSidecar();
    const { stored_at_ms } = await client.publish(deltaOf(sidecar.id, 1));
    const followers = Array.from({ length: 10 }, () => client.follow(stored_at_ms));
    for (let number = 2; number <= 21; number++) await client.publish(deltaOf(sidecar.id, number, 100_000));
    const late = client.follow(stored_at_ms);
    for (const heard of [...followers, late]) {
      await until(() => numbersOf(heard, sidecar.id).length === 21, 'all are there');
      for (const { deltas } of heard.news)
        assert.ok(deltas.reduce((sum, { delta }) => sum + delta.length, 0) <= 1_100_000);
      heard.stream.cancel();
    }
  });

  test('refuses to follow what it does not know, and says which field is wrong', async ({ client }) => {
    const wrong: [Record<string, unknown>, string][] = [
      [{ collection: 'calls' }, 'collection'],
      [{ query: 'SELECT 1' }, 'query'],
      [{ dialect: 'cql' }, 'dialect'],
      [{ payload: Buffer.from('nonsense') }, 'payload'],
      [{ payload: Buffer.from('[]') }, 'payload.since_ms'],
      [{ payload: Buffer.from('null') }, 'payload'],
      [{ payload: Buffer.from('{"since_ms":1.5,"except":""}') }, 'payload.since_ms'],
      [{ payload: Buffer.from('{"since_ms":1,"except":"me"}') }, 'payload.except'],
    ];
    for (const [request, field] of wrong) {
      const heard = client.follow(0, '', request);
      await until(() => heard.ended, 'it has ended');
      assert.is(heard.refusals.length, 1);
      assert.ok(heard.refusals[0]?.startsWith(`${field}: `), heard.refusals[0]);
      assert.is(heard.error, undefined);
    }
  });

  test('says how it is over HTTP', async ({ gateway }) => {
    const health = (await (await fetch(`${gateway.metricsUrl}/health`)).json()) as Record<string, unknown>;
    assert.is(health['status'], 'ok');
    const metrics = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
    assert.match(metrics, 'acm_gateway_database_up 1');
    assert.match(metrics, /acm_gateway_queries_total\{outcome="ok"\} [1-9]/);
    assert.match(metrics, /acm_gateway_deltas_total [1-9]/);
  });

  test('goes on with what was stored after it has been started again', async (context) => {
    const sidecar = newSidecar();
    const { stored_at_ms, epoch } = await context.client.publish(deltaOf(sidecar.id, 1));
    const cut = context.client.follow(stored_at_ms);
    await until(() => cut.caughtUp > 0, 'it is through');
    await context.gateway.stop();
    await until(() => cut.error !== undefined, 'it is told');
    assert.is(cut.error?.code, status.UNAVAILABLE);
    context.client.close();
    context.gateway = await startTestGateway(context.home);
    context.client = new GatewayClient(context.gateway.address);
    const heard = context.client.follow(stored_at_ms);
    await until(() => heard.caughtUp > 0, 'it is through again');
    assert.equal(numbersOf(heard, sidecar.id), [1]);
    assert.is((await context.client.publish(deltaOf(sidecar.id, 2))).epoch, epoch);
    await until(() => numbersOf(heard, sidecar.id).length === 2, 'the next one is there');
    heard.stream.cancel();
  });

  return test;
}

const postgresql = contractOf('postgresql');
const embedded = contractOf('embedded');
postgresql.run();
embedded.run();
