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

/** Lets calls go on at a steady pace meanwhile; none may fail, or be rejected. */
async function inTraffic(
  members: readonly Member[],
  act: (traffic: Traffic) => Promise<void>,
): Promise<void> {
  const traffic = new Traffic(members);
  try {
    await act(traffic);
  } finally {
    await traffic.stop();
  }
  assert.equal(traffic.failures, []);
}

/** Lets something die in the middle of traffic; every verdict must come as if nothing had happened. */
async function assertUnmoved(traffic: Traffic, kill: () => Promise<void>, act: () => Promise<void>) {
  traffic.takeP99();
  await sleep(DEAD_MS);
  const usual = traffic.takeP99();
  lateness.take();
  await kill();
  await act();
  await sleep(DEAD_MS);
  const p99 = traffic.takeP99();
  const allowedMs = usual + P99_MS_MAX + lateness.take();
  assert.ok(p99 <= allowedMs, `p99 of ${p99} ms, allowed are ${allowedMs}`);
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

test('goes on without the gateway, says so, and catches up when it is back', () =>
  inTraffic(cluster.members, async (traffic) => {
    const bNumber = freshNumber();
    const [one, other, third] = cluster.members;
    await one.check(CALLERS[0], bNumber);
    await allCount(bNumber, CALLERS[0], 1);
    const callTwice = async () => {
      await other.check(CALLERS[1], bNumber);
      await third.check(CALLERS[2], bNumber);
    };
    try {
      await assertUnmoved(traffic, () => cluster.gateway.kill(), callTwice);
      for (const member of cluster.members) {
        assert.ok(await isMissingSomebody(member));
        const { status, reconciliation } = await member.health();
        assert.equal([status, reconciliation.state], ['degraded', 'away']);
        assert.is.not(reconciliation.detail, '');
      }
    } finally {
      await cluster.gateway.start();
    }
    await cluster.reconciled(5_000);
    await allCount(bNumber, CALLERS[0], 3);
    for (const member of cluster.members) assert.not.ok(await isMissingSomebody(member));
  }));

test('agrees again after a crash of PostgreSQL has emptied the tables', async () => {
  const bNumber = freshNumber();
  const [one, other, third] = cluster.members;
  await inTraffic(cluster.members, async (traffic) => {
    await one.check(CALLERS[0], bNumber);
    await other.check(CALLERS[1], bNumber);
    await allCount(bNumber, CALLERS[0], 2);
    const callTwice = async () => {
      await other.check(CALLERS[2], bNumber);
      await third.check(CALLERS[3], bNumber);
    };
    try {
      await assertUnmoved(traffic, () => cluster.postgres.kill(), callTwice);
    } finally {
      await cluster.postgres.start();
    }
    await cluster.reconciled();
    await allCount(bNumber, CALLERS[0], 4);
  });
  const fourth = await cluster.add();
  try {
    await cluster.reconciled();
    const { distinct_a_count: count } = await fourth.check(CALLERS[0], bNumber);
    assert.is(count, 4, 'one that starts now is told what was told before the crash');
  } finally {
    await cluster.remove(fourth);
  }
});

test('does not miss a sidecar that has stopped by itself', async () => {
  const [one, other] = cluster.members;
  const leaver = await cluster.add();
  await cluster.reconciled();
  await cluster.remove(leaver);
  for (const member of [one, other]) {
    assert.is((await member.health()).reconciliation.peers.length, cluster.members.length - 1);
    assert.not.ok(await isMissingSomebody(member));
  }
});

test('goes on without a sidecar that was killed, misses it, and tells its successor what it knew', async () => {
  const bNumber = freshNumber();
  const [one, other, victim] = cluster.members;
  await victim.check(CALLERS[0], bNumber);
  await one.check(CALLERS[1], bNumber);
  await allCount(bNumber, CALLERS[0], 2);
  await inTraffic([one, other], async (traffic) => {
    await assertUnmoved(
      traffic,
      () => victim.stop('at once'),
      async () => undefined,
    );
    for (const member of [one, other]) {
      assert.ok(await isMissingSomebody(member));
      const { state_age_ms: age } = await member.check('+1', freshNumber());
      assert.ok(age >= DEAD_MS - 100, `${age} ms`);
    }
    const successor = await cluster.replace(victim);
    await within(
      'the successor',
      async () => (await successor.health()).reconciliation.state === 'reconciled',
    );
    const { distinct_a_count: count } = await successor.check(CALLERS[0], bNumber);
    assert.is(count, 2, 'the last window, first of all');
    await allCount(bNumber, CALLERS[0], 2);
  });
});

await inOwnNetwork(import.meta.url, () => test.run());
