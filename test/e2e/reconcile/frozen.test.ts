/** Processes that stand still: they keep their connections, answer nothing, and go on later as if no time had passed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freshNumber } from '../../support/grpc-sidecar.js';
import { CALLERS, within } from '../store/attack.js';
import { Cluster, type Member } from './cluster.js';
import { Traffic } from './traffic.js';

const test = suite('e2e/reconcile/frozen');

const FROZEN_MS = 3_000;
const MISSING = 'DEGRADED_CAUSE_PEER_MISSING';

let cluster: Cluster;

test.before(async () => {
  cluster = await Cluster.start({ env: { ACM_AUTO_BLOCK: 'false', ACM_WINDOW_SECONDS: '30' } });
});

test.after(() => cluster.stop());

async function degradedCauses(member: Member): Promise<readonly string[]> {
  return (await member.check('+1', freshNumber())).degraded_causes;
}

/** What three sidecars saw while something stood still, they all know once it goes on. */
async function assertAgreesAfter(freeze: () => void, thaw: () => void): Promise<void> {
  const bNumber = freshNumber();
  const { members } = cluster;
  const traffic = new Traffic(members);
  try {
    freeze();
    for (const [i, member] of members.entries()) await member.check(CALLERS[i], bNumber);
    await sleep(FROZEN_MS);
    for (const member of members) assert.ok((await degradedCauses(member)).includes(MISSING));
  } finally {
    thaw();
  }
  await within(
    'agreement',
    async () => {
      const verdicts = await Promise.all(members.map((member, i) => member.check(CALLERS[i], bNumber)));
      return verdicts.every(({ distinct_a_count: count }) => count === 3);
    },
    5_000,
  );
  await within(
    'all well',
    async () => {
      const causes = await Promise.all(members.map(degradedCauses));
      return causes.flat().length === 0;
    },
    5_000,
  );
  await traffic.stop();
  assert.equal(traffic.failures, []);
}

test('waits for no gateway that stands still', () => {
  const { process } = cluster.gateway;
  return assertAgreesAfter(
    () => process.signal('SIGSTOP'),
    () => process.signal('SIGCONT'),
  );
});

test('waits for no PostgreSQL that stands still', () =>
  assertAgreesAfter(
    () => cluster.postgres.freeze(),
    () => cluster.postgres.thaw(),
  ));

test('hears from a sidecar that stood still what it saw before, at the time at which that was', async () => {
  const bNumber = freshNumber();
  const [one, other, still] = cluster.members;
  const checks = CALLERS.slice(0, 3).map((caller) => still.check(caller, bNumber));
  await Promise.all(checks);
  still.process.signal('SIGSTOP');
  try {
    await sleep(FROZEN_MS);
    for (const member of [one, other]) assert.ok((await degradedCauses(member)).includes(MISSING));
  } finally {
    still.process.signal('SIGCONT');
  }
  await within('its calls', async () => (await one.check(CALLERS[0], bNumber)).distinct_a_count === 3);
  await other.check(CALLERS[3], bNumber);
  await within('ours', async () => (await still.check(CALLERS[0], bNumber)).distinct_a_count === 4, 2_000);
  await within('all well', async () => (await degradedCauses(one)).length === 0, 2_000);
});

test.run();
