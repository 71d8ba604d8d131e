/** The gateway, its PostgreSQL and a sidecar die in the middle of traffic: calls do not notice, and windows agree again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freshNumber } from '../../support/grpc-sidecar.js';
import { inOwnNetwork } from '../../support/network-namespaces.js';
import { CALLERS, within } from '../store/attack.js';
import { Cluster, type Member } from './cluster.js';
import { Lateness } from './lateness.js';
import { Traffic } from './traffic.js';

const test = suite('e2e/reconcile/crashes');

/** Long enough for PostgreSQL to come back within it. */
const WINDOW_SECONDS = 60;
/** How long something stays dead. */
const DEAD_MS = 2_000;
/** The deadline of a client that was configured no other. */
const P99_MS_MAX = 20;
const MISSING = 'DEGRADED_CAUSE_PEER_MISSING';

let cluster: Cluster;
let traffic: Traffic;
let lateness: Lateness;

test.before(async () => {
  const env = { ACM_AUTO_BLOCK: 'false', ACM_WINDOW_SECONDS: String(WINDOW_SECONDS) };
  cluster = await Cluster.start({ env });
  lateness = new Lateness();
});

test.after(async () => {
  lateness.stop();
  await cluster.stop();
});

test.before.each(() => {
  traffic = new Traffic(cluster.members);
});

test.after.each(async () => {
  await traffic.stop();
});

/** Lets traffic go on for a while with something dead; every verdict must come as if nothing had happened. */
async function assertUnmoved(): Promise<void> {
  traffic.takeP99();
  lateness.take();
  await sleep(DEAD_MS);
  const p99 = traffic.takeP99();
  const allowedMs = P99_MS_MAX + lateness.take();
  assert.ok(p99 <= allowedMs, `p99 of ${p99} ms, allowed are ${allowedMs}`);
  assert.equal(traffic.failures, []);
}

/** How many callers of B each sidecar knows of, by one that all have counted already. */
function countsOf(bNumber: string, aNumber: string): Promise<number[]> {
  return Promise.all(
    cluster.members.map(async (member) => (await member.check(aNumber, bNumber)).distinct_a_count),
  );
}

/** Waits until every sidecar knows of so many callers; then none may know of more. */
async function allCount(bNumber: string, aNumber: string, callers: number): Promise<void> {
  await within(`${callers} callers everywhere`, async () =>
    (await countsOf(bNumber, aNumber)).every((count) => count >= callers),
  );
  assert.equal(
    await countsOf(bNumber, aNumber),
    cluster.members.map(() => callers),
  );
}

async function isMissingSomebody(member: Member): Promise<boolean> {
  return (await member.check('+1', freshNumber())).degraded_causes.includes(MISSING);
}

test('goes on without the gateway, says so, and catches up when it is back', async () => {
  const bNumber = freshNumber();
  await cluster.members[0].check(CALLERS[0], bNumber);
  await allCount(bNumber, CALLERS[0], 1);
  await cluster.gateway.kill();
  await cluster.members[1].check(CALLERS[1], bNumber);
  await cluster.members[2].check(CALLERS[2], bNumber);
  await assertUnmoved();
  for (const member of cluster.members) {
    assert.ok(await isMissingSomebody(member));
    const { status, reconciliation } = await member.health();
    assert.equal([status, reconciliation.state], ['degraded', 'away']);
    assert.is.not(reconciliation.detail, '');
  }
  await cluster.gateway.start();
  await cluster.reconciled(5_000);
  await allCount(bNumber, CALLERS[0], 3);
  for (const member of cluster.members) assert.not.ok(await isMissingSomebody(member));
  assert.equal(traffic.failures, []);
});

test('agrees again after a crash of PostgreSQL has emptied the tables', async () => {
  const bNumber = freshNumber();
  await cluster.members[0].check(CALLERS[0], bNumber);
  await cluster.members[1].check(CALLERS[1], bNumber);
  await allCount(bNumber, CALLERS[0], 2);
  await cluster.postgres.kill();
  await cluster.members[1].check(CALLERS[2], bNumber);
  await cluster.members[2].check(CALLERS[3], bNumber);
  await assertUnmoved();
  await cluster.postgres.start();
  await cluster.reconciled();
  await allCount(bNumber, CALLERS[0], 4);
  assert.equal(traffic.failures, []);
  const fourth = await cluster.add();
  try {
    await cluster.reconciled();
    const { distinct_a_count: count } = await fourth.check(CALLERS[0], bNumber);
    assert.is(count, 4, 'one that starts now is told what was told before the crash');
  } finally {
    await cluster.remove(fourth);
  }
});

test('goes on without a sidecar that was killed, misses it, and tells its successor what it knew', async () => {
  const bNumber = freshNumber();
  const [one, other, victim] = cluster.members;
  const rest = new Traffic([one, other]);
  await traffic.stop();
  await victim.check(CALLERS[0], bNumber);
  await one.check(CALLERS[1], bNumber);
  await allCount(bNumber, CALLERS[0], 2);
  await victim.stop('at once');
  traffic = rest;
  await assertUnmoved();
  for (const member of [one, other]) {
    assert.ok(await isMissingSomebody(member));
    const { degraded, state_age_ms: age } = await member.check('+1', freshNumber());
    assert.ok(degraded && age >= DEAD_MS, `${age} ms`);
  }
  const successor = await cluster.replace(victim);
  await within('the successor', async () => (await successor.health()).reconciliation.state === 'reconciled');
  assert.is(
    (await successor.check(CALLERS[0], bNumber)).distinct_a_count,
    2,
    'the last window, first of all',
  );
  await allCount(bNumber, CALLERS[0], 2);
  assert.equal(traffic.failures, []);
});

test('does not miss a sidecar that has stopped by itself', async () => {
  const [one, other] = cluster.members;
  const leaver = await cluster.add();
  await cluster.reconciled();
  const { reconciliation: before } = await one.health();
  await cluster.remove(leaver);
  for (const member of [one, other]) {
    const { reconciliation } = await member.health();
    assert.is(reconciliation.peers.length, before.peers.length - 1);
    assert.ok(reconciliation.peers.every(({ id }) => before.peers.some((peer) => peer.id === id)));
  }
});

await inOwnNetwork(import.meta.url, () => test.run());
