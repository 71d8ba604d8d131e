/** A store that is frozen (SIGSTOP), or that never answers at all: no verdict waits for it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freshNumber } from '../../support/grpc-sidecar.js';
import { startMuteServer } from '../../support/mute-server.js';
import { startPostgres } from '../../support/postgres.js';
import { Sidecar, within } from './attack.js';

const test = suite('e2e/store/frozen');

const CHECKS = 1_000;
const ROUNDS = 5;

/** Round-trip times of checks, one after the other, every tenth B-number under attack; the 99th percentile, ms. */
async function p99Of(sidecar: Sidecar): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < CHECKS; i += 5) {
    const bNumber = freshNumber();
    const attacked = i % 50 === 0;
    for (let caller = 0; caller < 5; caller++) {
      const began = performance.now();
      await sidecar.check(attacked ? `+1555000000${caller}` : '+15551234567', bNumber);
      times.push(performance.now() - began);
    }
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)];
}

test('delays no verdict by more than a millisecond at the 99th percentile while PostgreSQL is frozen', async () => {
  const postgres = await startPostgres();
  const sidecar = await Sidecar.start({ DATABASE_URL: postgres.url });
  try {
    await p99Of(sidecar);
    // In turn, so that what else the machine does strikes both; the quietest round of each is compared.
    const [answering, frozen]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      answering.push(await p99Of(sidecar));
      postgres.freeze();
      frozen.push(await p99Of(sidecar));
      postgres.thaw();
    }
    const [usual, delayed] = [Math.min(...answering), Math.min(...frozen)];
    assert.ok(delayed - usual <= 1, `${usual} ms with the store, ${delayed} ms without`);
    await within('what was written meanwhile', async () => (await sidecar.health()).status === 'ok');
  } finally {
    await sidecar.stop();
    await postgres.stop();
  }
});

test('ends in its time although the store is frozen', async () => {
  const postgres = await startPostgres();
  const sidecar = await Sidecar.start({ DATABASE_URL: postgres.url, ACM_DRAIN_MS: '1000' });
  try {
    await sidecar.attack(freshNumber());
    postgres.freeze();
    await sidecar.attack(freshNumber());
    const began = performance.now();
    await sidecar.stop();
    assert.ok(performance.now() - began < 5_000);
  } finally {
    postgres.thaw();
    await sidecar.stop('at once');
    await postgres.stop();
  }
});

test('starts beside a server that accepts connections and never answers, and says what is wrong', async () => {
  const mute = await startMuteServer();
  const began = performance.now();
  const sidecar = await Sidecar.start({
    LUMADB_PG_HOST: '127.0.0.1',
    LUMADB_PG_PORT: String(mute.port),
    LUMADB_PG_PASSWORD: 'secret-of-the-test',
  });
  try {
    assert.ok(performance.now() - began < 15_000);
    assert.is((await sidecar.attack(freshNumber())).verdict, 'VERDICT_REJECT');
    const health = await sidecar.health();
    assert.is(health.status, 'degraded');
    assert.match(health.database.detail, /did not answer within|cannot be reached/);
    assert.not.match(sidecar.running.process.output, 'secret-of-the-test');
  } finally {
    await sidecar.stop();
    await mute.close();
  }
});

test.run();
