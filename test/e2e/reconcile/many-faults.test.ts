/** One fault after another, drawn from a seed, while calls go on: in the end every sidecar knows what all have seen, each once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SeededRandom } from '../../../bench/random.js';
import { freshNumber } from '../../support/grpc-sidecar.js';
import { inOwnNetwork } from '../../support/network-namespaces.js';
import { within } from '../store/attack.js';
import { Cluster } from './cluster.js';

const test = suite('e2e/reconcile/many-faults');

/** ACM_TEST_SEED tries another sequence. */
const SEED = Number(process.env['ACM_TEST_SEED'] ?? 6);
const FAULTS = 6;
const B_NUMBERS = 20;
const CALLERS_MAX = 30;
/** Longer than the test lasts: nothing is forgotten, so that every call can be asked for. */
const WINDOW_SECONDS = 120;
/** Far more than a switch waits: only what was lost takes longer, on a busy machine too. */
const DEADLINE_MS = 2_000;

let cluster: Cluster;

test.before(async () => {
  const env = { ACM_AUTO_BLOCK: 'false', ACM_WINDOW_SECONDS: String(WINDOW_SECONDS) };
  cluster = await Cluster.start({ env });
});

test.after(() => cluster.stop());

/** Each is set right again before it returns. */
function faultsOf(random: SeededRandom): (readonly [string, (ms: number) => Promise<void>])[] {
  const { gateway, postgres, members } = cluster;
  const link = () => members[random.below(members.length)].link!;
  return [
    [
      'a link is cut',
      async (ms) => {
        const cut = link();
        cut.cut();
        await sleep(ms);
        cut.heal();
      },
    ],
    [
      'the gateway is killed',
      async () => {
        await gateway.kill();
        await gateway.start();
      },
    ],
    [
      'the gateway stands still',
      async (ms) => {
        gateway.process.signal('SIGSTOP');
        await sleep(ms);
        gateway.process.signal('SIGCONT');
      },
    ],
    [
      'PostgreSQL is killed',
      async (ms) => {
        await postgres.kill();
        await sleep(ms);
        await postgres.start();
      },
    ],
    [
      'PostgreSQL stands still',
      async (ms) => {
        postgres.freeze();
        await sleep(ms);
        postgres.thaw();
      },
    ],
  ];
}

test('agrees with the union of all calls after any sequence of faults', async () => {
  const random = new SeededRandom(SEED);
  // Of its own, so that the faults of a seed are the same however many calls fit in between.
  const fate = new SeededRandom(SEED + 1);
  const bNumbers = Array.from({ length: B_NUMBERS }, () => freshNumber());
  const callers = bNumbers.map(() => new Set<string>());
  const failures: string[] = [];
  let isOver = false;
  const calling = (async () => {
    while (!isOver) {
      const b = random.below(B_NUMBERS);
      const aNumber = `+1555400${1_000 + random.below(CALLERS_MAX)}`;
      callers[b].add(aNumber);
      cluster.members[random.below(3)]
        .check(aNumber, bNumbers[b], DEADLINE_MS)
        .catch((error: Error) => failures.push(error.message));
      await sleep(20);
    }
  })();
  const faults = faultsOf(fate);
  const happened: string[] = [];
  for (let i = 0; i < FAULTS; i++) {
    const [name, happen] = faults[fate.below(faults.length)];
    happened.push(name);
    await happen(500 + fate.below(2_000));
    await sleep(fate.below(1_000));
  }
  isOver = true;
  await calling;
  const what = `seed ${SEED}: ${happened.join(', ')}`;
  await cluster.reconciled(10_000);
  for (const [b, bNumber] of bNumbers.entries()) {
    const [known] = callers[b];
    const counts = () =>
      Promise.all(
        cluster.members.map(async (member) => (await member.check(known, bNumber)).distinct_a_count),
      );
    const wanted = cluster.members.map(() => callers[b].size);
    await within('the union', async () => String(await counts()) === String(wanted), 2_000).catch(async () =>
      assert.equal(await counts(), wanted, what),
    );
  }
  assert.equal(failures, [], what);
});

await inOwnNetwork(import.meta.url, () => test.run());
