/**
 * `acm` as the first process of a container: the kernel hands it only signals that it takes, and nobody else is there to
 * pass them on or to clear up behind it.
 */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SMALL } from '../../support/grpc-sidecar.js';
import { startMuteServer } from '../../support/mute-server.js';
import { AcmProcess } from '../../support/sidecar-process.js';
import { until } from '../../support/until.js';

const test = suite('e2e/service/first-process');

const UNSHARE = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
let container: AcmProcess | undefined;

test.after.each(() => container?.kill());

function start(env: Record<string, string> = {}): AcmProcess {
  container = new AcmProcess(['serve'], { ...SMALL, ...env }, [], UNSHARE);
  return container;
}

function childrenOf(pid: number): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
}

/** The process that is number 1 in there, by the number that it has out here. */
function firstIn({ pid }: AcmProcess): number {
  return Number(childrenOf(pid));
}

async function stopped(acm: AcmProcess, signal: 'SIGTERM' | 'SIGINT'): Promise<void> {
  process.kill(firstIn(acm), signal);
  assert.equal(await acm.end(10_000), { code: 0, signal: null }, acm.output + acm.errors);
  // What is logged while the process exits may overtake the line before it.
  assert.ok(acm.logLines().some(({ msg }) => msg === 'stopped'));
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`stops with grace at ${signal}, and has started no process that it would have to wait for`, async () => {
    const acm = start();
    await acm.logged('ready');
    const first = firstIn(acm);
    assert.match(readFileSync(`/proc/${first}/status`, 'utf8'), /^NSpid:\t\d+\t1$/m);
    assert.is(childrenOf(first), '');
    await stopped(acm, signal);
  });
}

test('stops at SIGTERM while it starts: it waits for a store that says nothing', async () => {
  const store = await startMuteServer();
  const acm = start({ DATABASE_URL: `postgres://u:p@127.0.0.1:${store.port}/d` });
  await until(() => store.connections > 0, 'it asks the store');
  await stopped(acm, 'SIGTERM');
  assert.not.ok(acm.logLines().some(({ msg }) => msg === 'ready'));
  await store.close();
});

test.run();
