/** A sidecar beside each of LumaDB's public servers: it is never reconciled, says why, and calls go on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freshNumber, readMetrics } from '../../support/grpc-sidecar.js';
import {
  type PublicServer,
  startDocumentServer,
  startPublishedServer,
  startQueryServer,
} from '../../support/luma/public-servers.js';
import { CALLERS, within } from '../store/attack.js';
import { Member } from './cluster.js';
import { Traffic } from './traffic.js';

const test = suite('e2e/reconcile/public-servers');

/** Long enough for several probes. */
const WATCHED_MS = 1_000;
const STATE = 'acm_reconcile_state';

/** Starts a sidecar beside a server, and watches it for a while. */
async function assertNeverReconciled(
  server: PublicServer,
  state: 'away' | 'not-stored',
  detail: RegExp,
): Promise<void> {
  const member = await Member.start({ LUMADB_GRPC_HOST: '127.0.0.1', LUMADB_GRPC_PORT: portOf(server) });
  const traffic = new Traffic([member]);
  try {
    await within('a complaint', async () => {
      const { status, reconciliation } = await member.health();
      return status === 'degraded' && reconciliation.state === state && detail.test(reconciliation.detail);
    });
    const until = performance.now() + WATCHED_MS;
    while (performance.now() < until) {
      assert.is((await member.health()).reconciliation.state, state);
      await sleep(20);
    }
    const bNumber = freshNumber();
    for (const caller of CALLERS.slice(0, 4)) await member.check(caller, bNumber);
    const verdict = await member.check(CALLERS[4], bNumber);
    assert.equal([verdict.verdict, verdict.distinct_a_count], ['VERDICT_REJECT', 5]);
    assert.equal(verdict.degraded_causes, ['DEGRADED_CAUSE_PEER_MISSING']);
    const complaints = member.process.logLines().filter(({ reason }) => detail.test(String(reason)));
    assert.ok(complaints.length >= 1, 'it is in the log');
    assert.ok(complaints.length <= 3, `and not again and again: ${complaints.length} times`);
    assert.is((await readMetrics(member.url)).get(`${STATE}{state="${state}"}`), 1);
  } finally {
    await traffic.stop();
    await member.stop();
    server.close();
  }
  assert.equal(traffic.failures, []);
}

function portOf({ address }: PublicServer): string {
  return address.slice(address.lastIndexOf(':') + 1);
}

test('is away beside the published server, which has no gRPC port', async () =>
  assertNeverReconciled(await startPublishedServer(), 'away', /connection refused/));

test('is away beside the second, which speaks another contract', async () =>
  assertNeverReconciled(await startQueryServer(), 'away', /another contract/));

test('is not stored by the third, which answers all documents whatever it is asked', async () => {
  const documents = [
    { id: 1, sequence: 1, stored_at_ms: Date.now(), epoch: 'e' },
    { id: 2, delta: 'CgA=' },
  ];
  await assertNeverReconciled(await startDocumentServer(documents), 'not-stored', /does not store/);
});

test('is not stored by the third where the collection is empty', async () =>
  assertNeverReconciled(await startDocumentServer([]), 'not-stored', /does not store/));

test('is not stored by the third where it has one document that looks like a receipt', async () => {
  const documents = [{ sequence: 1, stored_at_ms: Date.now(), epoch: 'e', delta: 'CgA=' }];
  await assertNeverReconciled(await startDocumentServer(documents), 'not-stored', /does not store/);
});

test.run();
