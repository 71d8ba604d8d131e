/** Two gateways over one PostgreSQL, each with sidecars of its own: what one is told, the other tells on. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freeTcpPort } from '../../support/free-port.js';
import { freshNumber } from '../../support/grpc-sidecar.js';
import { CALLERS, within } from '../store/attack.js';
import { Cluster, INTERVAL_MS, type Member } from './cluster.js';
import type { Gateway } from './gateway.js';
import { Lateness } from './lateness.js';

const test = suite('e2e/reconcile/two-gateways');

let cluster: Cluster;
let second: Gateway;
let lateness: Lateness;
let here: Member;
let there: Member;

test.before(async () => {
  lateness = new Lateness();
  cluster = await Cluster.start({ sidecars: 1, env: { ACM_AUTO_BLOCK: 'false', ACM_WINDOW_SECONDS: '30' } });
  [here] = cluster.members;
  const port = await freeTcpPort();
  second = cluster.gateway.twin(`127.0.0.1:${port}`);
  await second.start();
  there = await cluster.add({ LUMADB_GRPC_PORT: String(port) });
  await cluster.reconciled();
});

test.after(async () => {
  lateness.stop();
  await cluster.stop();
  await second?.stop();
});

async function untilCounted(
  member: Member,
  aNumber: string,
  bNumber: string,
  count: number,
): Promise<number> {
  return within(
    `${count} callers`,
    async () => (await member.check(aNumber, bNumber)).distinct_a_count === count,
    5_000,
    2,
  );
}

test('passes news from one to the other within two intervals', async () => {
  for (let round = 0; round < 5; round++) {
    const bNumber = freshNumber();
    for (const caller of CALLERS.slice(0, 2)) await here.check(caller, bNumber);
    for (const caller of CALLERS.slice(2, 4)) await there.check(caller, bNumber);
    lateness.take();
    const tookMs = await Promise.all([
      untilCounted(here, CALLERS[0], bNumber, 4),
      untilCounted(there, CALLERS[2], bNumber, 4),
    ]);
    const allowedMs = 2 * INTERVAL_MS + 2 * lateness.take();
    assert.ok(Math.max(...tookMs) <= allowedMs, `${tookMs} ms, allowed are ${allowedMs}`);
    assert.is((await there.check(CALLERS[4], bNumber)).verdict, 'VERDICT_REJECT');
  }
});

test('goes on when one of them is killed, and is told everything when it is back', async () => {
  const bNumber = freshNumber();
  await cluster.gateway.kill();
  await here.check(CALLERS[0], bNumber);
  await there.check(CALLERS[1], bNumber);
  await within('both missing each other', async () => {
    const verdicts = await Promise.all([here, there].map((member) => member.check('+1', freshNumber())));
    return verdicts.every(({ degraded }) => degraded);
  });
  assert.is((await there.health()).reconciliation.state, 'reconciled', 'its own gateway is there');
  await cluster.gateway.start();
  await untilCounted(here, CALLERS[0], bNumber, 2);
  await untilCounted(there, CALLERS[1], bNumber, 2);
});

test.run();
