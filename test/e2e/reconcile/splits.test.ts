/** One attack spread over three sidecars: whatever the split, all find it as if it had come in by one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SeededRandom } from '../../../bench/random.js';
import { freshCallId, freshNumber } from '../../support/grpc-sidecar.js';
import { inOwnNetwork } from '../../support/network-namespaces.js';
import { CALLERS, within } from '../store/attack.js';
import { Cluster, INTERVAL_MS, type Member } from './cluster.js';
import { Lateness } from './lateness.js';
import { boundsOf, type SeenCall } from './union.js';

const test = suite('e2e/reconcile/splits');

const APART_MS = 20;
const WINDOW_MS = 5_000;
const THRESHOLD = 5;
const SEED = 20_261_125;

let cluster: Cluster;
let lateness: Lateness;

test.before(async () => {
  // Without blocks, so that what is rejected is rejected for the count alone.
  cluster = await Cluster.start({ env: { ACM_AUTO_BLOCK: 'false' } });
  lateness = new Lateness();
});

test.after(async () => {
  lateness.stop();
  await cluster.stop();
});

/** Two intervals, and what the machine was late. */
function newsMs(): number {
  return 2 * INTERVAL_MS + 2 * lateness.take();
}

/** Milliseconds until a sidecar knows of all callers; it is asked by one that it has seen itself, who adds nothing. */
async function untilCounted(member: Member, aNumber: string, bNumber: string): Promise<number> {
  const began = performance.now();
  for (;;) {
    const { verdict } = await member.check(aNumber, bNumber);
    const tookMs = performance.now() - began;
    if (verdict === 'VERDICT_REJECT') return tookMs;
    if (tookMs > 2_000) throw new Error(`lets callers through after ${tookMs} ms`);
    await sleep(2);
  }
}

for (const split of ['00012', '01222', '00112', '01201', '01120', '20100'])
  test(`finds five callers that come in as ${split}, within two intervals`, async () => {
    const bNumber = freshNumber();
    lateness.take();
    for (const [i, place] of [...split].entries()) {
      const { verdict } = await cluster.members[Number(place)].check(CALLERS[i], bNumber);
      if (i < THRESHOLD - 1) assert.is(verdict, 'VERDICT_ALLOW', `caller ${i + 1}`);
      if (i < THRESHOLD - 1) await sleep(APART_MS);
    }
    const asked = cluster.members.map((member, i) =>
      untilCounted(member, CALLERS[split.indexOf(String(i))], bNumber),
    );
    const tookMs = Math.max(...(await Promise.all(asked)));
    const allowedMs = newsMs();
    assert.ok(tookMs <= allowedMs, `${tookMs} ms, allowed are ${allowedMs}`);
    for (const member of cluster.members) {
      const { distinct_a_count: count, verdict } = await member.check('+15550000009', bNumber);
      assert.equal([verdict, count], ['VERDICT_REJECT', THRESHOLD + 1], 'the next caller, everywhere');
    }
  });

test('counts as the oracle does over the union of all calls, wherever they come in', async () => {
  const random = new SeededRandom(SEED);
  const bNumbers = Array.from({ length: 12 }, () => freshNumber());
  const byB = bNumbers.map((): SeenCall[] => []);
  lateness.take();
  const calls: Promise<void>[] = [];
  const until = performance.now() + 2.5 * WINDOW_MS;
  while (performance.now() < until) {
    const [bKey, aKey, sidecar] = [random.below(12), random.below(14), random.below(3)];
    const sentMs = performance.now();
    const call = cluster.members[sidecar].check(`+1555000${1_000 + aKey}`, bNumbers[bKey]);
    calls.push(
      call.then((verdict) => {
        byB[bKey].push({ aKey, bKey, sidecar, sentMs, answeredMs: performance.now(), verdict });
      }),
    );
    await sleep(random.below(60));
  }
  await Promise.all(calls);
  const toleranceMs = newsMs();
  const verdicts = { rejected: 0, allowed: 0 };
  for (const seen of byB)
    for (const call of seen) {
      const { least, most } = boundsOf(call, seen, WINDOW_MS, toleranceMs);
      const { distinct_a_count: count, verdict } = call.verdict;
      const what = `seed ${SEED}: B ${call.bKey} at ${call.sentMs}: ${count}, not ${least} to ${most}`;
      assert.ok(count >= least && count <= most, what);
      assert.is(verdict, count >= THRESHOLD ? 'VERDICT_REJECT' : 'VERDICT_ALLOW');
      verdicts[count >= THRESHOLD ? 'rejected' : 'allowed'] += 1;
    }
  assert.ok(verdicts.rejected > 20 && verdicts.allowed > 20, JSON.stringify(verdicts));
});

test('counts names as it does numbers, and a caller once, however many switches carry the calls', async () => {
  const bNumber = `desk-${freshNumber().slice(1)}`;
  const callers = ['A001', '+15550000001', 'A002', '007', 'A001', '+15550000001', 'A002', '007'];
  for (const [i, caller] of callers.entries()) {
    const { verdict } = await cluster.members[i % 3].check(caller, bNumber);
    assert.is(verdict, 'VERDICT_ALLOW', `call ${i + 1}`);
  }
  const counts = () => Promise.all(cluster.members.map((member) => member.check('A001', bNumber)));
  await within('four callers everywhere', async () =>
    (await counts()).every(({ distinct_a_count: count }) => count >= 4),
  );
  for (const { distinct_a_count: count } of await counts()) assert.is(count, 4);
  assert.is((await cluster.members[2].check('A003', bNumber)).verdict, 'VERDICT_REJECT');
});

test('counts hidden callers by the place they call from, wherever that is seen', async () => {
  const bNumber = freshNumber();
  for (const [i, member] of cluster.members.entries())
    for (const source_ip of ['198.51.100.1', `198.51.100.${i + 2}`])
      await member.detection.checkCall({
        a_number: 'anonymous',
        b_number: bNumber,
        call_id: freshCallId(),
        source_ip,
      });
  const ask = (member: Member) =>
    member.detection.checkCall({
      a_number: '',
      b_number: bNumber,
      call_id: freshCallId(),
      source_ip: '198.51.100.1',
    });
  await within('four places everywhere', async () =>
    (await Promise.all(cluster.members.map(ask))).every(({ distinct_a_count: count }) => count >= 4),
  );
  for (const { distinct_a_count: count } of await Promise.all(cluster.members.map(ask))) assert.is(count, 4);
});

test('says how old its news is, and misses nobody', async () => {
  for (const member of cluster.members) {
    const { degraded, degraded_causes: causes, state_age_ms: age } = await member.check('+1', freshNumber());
    assert.equal([degraded, causes], [false, []]);
    assert.ok(age >= 0 && age <= 4 * INTERVAL_MS + newsMs(), `${age} ms`);
    const { status, reconciliation } = await member.health();
    assert.equal([status, reconciliation.state, reconciliation.detail], ['ok', 'reconciled', '']);
    assert.is(reconciliation.peers.length, 2);
  }
});

await inOwnNetwork(import.meta.url, () => test.run());
