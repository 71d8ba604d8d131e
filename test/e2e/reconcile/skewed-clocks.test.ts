/** Sidecars whose clocks are seconds apart, and whose numbers must not be read where they are stored. */

import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { packNumber } from '../../../src/detection/number.js';
import { freshNumber } from '../../support/grpc-sidecar.js';
import { CALLERS, within } from '../store/attack.js';
import { Cluster, INTERVAL_MS } from './cluster.js';
import { Lateness } from './lateness.js';

const test = suite('e2e/reconcile/skewed-clocks');

const SKEW_MS = 5_000;
/** So short that news with the time of a wrong clock would be outside it, or stay for ever. */
const WINDOW_MS = 3_000;
const PRIVACY = {
  ACM_NUMBER_PRIVACY: 'hash',
  ACM_NUMBER_PRIVACY_KEY: '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff',
};

let cluster: Cluster;
let lateness: Lateness;

test.before(async () => {
  lateness = new Lateness();
  const env = { ACM_AUTO_BLOCK: 'false', ACM_WINDOW_SECONDS: String(WINDOW_MS / 1_000), ...PRIVACY };
  cluster = await Cluster.start({ sidecars: 1, env });
  await Promise.all([SKEW_MS, -SKEW_MS].map((skewMs) => cluster.add({ NODE_OPTIONS: skewedBy(skewMs) })));
  await cluster.reconciled();
});

test.after(async () => {
  lateness.stop();
  await cluster.stop();
});

/** Options with which Node's clock is ahead of the machine's. */
function skewedBy(ms: number): string {
  const code = `const now=Date.now;Date.now=()=>now()+${ms};`;
  return `--import=data:text/javascript,${encodeURIComponent(code)}`;
}

test('counts for a window and no longer what is seen by clocks ten seconds apart', async () => {
  for (let round = 0; round < 3; round++) {
    const bNumber = freshNumber();
    const own = (i: number) => CALLERS[(i - round + 3) % 3];
    const counts = () =>
      Promise.all(
        cluster.members.map(async (member, i) => (await member.check(own(i), bNumber)).distinct_a_count),
      );
    lateness.take();
    for (const [i, caller] of CALLERS.slice(0, 4).entries())
      await cluster.members[(round + i) % 3].check(caller, bNumber);
    const began = performance.now();
    await within('four everywhere', async () => String(await counts()) === '4,4,4', 2_000, 2);
    const tookMs = performance.now() - began;
    assert.ok(tookMs <= 2 * INTERVAL_MS + 2 * lateness.take(), `${tookMs} ms`);
    // The fourth caller has called once; the others are those who ask.
    const goneMs = await within('three', async () => String(await counts()) === '3,3,3', 2 * WINDOW_MS, 2);
    const lastedMs = tookMs + goneMs;
    const toleranceMs = 2 * INTERVAL_MS + 2 * lateness.take();
    assert.ok(Math.abs(lastedMs - WINDOW_MS) <= toleranceMs, `${lastedMs} ms, not ${WINDOW_MS}`);
  }
});

test('stores no number that can be read', async () => {
  const bNumber = freshNumber();
  await cluster.members[0].check(CALLERS[0], bNumber);
  await cluster.members[0].check('A001', `desk-${bNumber}`);
  await within('the call', async () => {
    return (await cluster.members[1].check(CALLERS[1], bNumber)).distinct_a_count === 2;
  });
  const client = new pg.Client({ connectionString: cluster.postgres.url });
  await client.connect();
  const { rows } = await client.query('SELECT delta FROM window_deltas');
  await client.end();
  assert.ok(rows.length > 10);
  const stored = Buffer.concat(rows.map(({ delta }) => delta as Buffer));
  for (const number of [bNumber, CALLERS[0], CALLERS[1]]) {
    const digits = number.slice(1);
    const packed = Buffer.alloc(8);
    packed.writeBigUInt64BE(BigInt(packNumber(digits, undefined)));
    assert.not.ok(stored.includes(digits), digits);
    assert.not.ok(stored.includes(packed.subarray(1)), `${digits}, packed`);
  }
  assert.not.ok(stored.includes('A001'));
});

test.run();
