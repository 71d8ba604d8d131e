/** What survives the sudden death of the sidecar and of the store, in the middle of an attack. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freshNumber } from '../../support/grpc-sidecar.js';
import { type PostgresServer, startPostgres } from '../../support/postgres.js';
import { startSidecarProcess } from '../../support/sidecar-process.js';
import { CALLERS, committedAlerts, Sidecar, within } from './attack.js';

const test = suite('e2e/store/survival');

let postgres: PostgresServer;
let directory: string;

test.before(async () => {
  postgres = await startPostgres();
  directory = mkdtempSync(join(tmpdir(), 'acm-survival-'));
});

test.after(async () => {
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
});

test('loses no committed alert when the sidecar is killed in the middle of attacks, and blocks go on', async () => {
  const env = { DATABASE_URL: postgres.url };
  const first = await Sidecar.start(env);
  const attacked: string[] = [];
  // Attacks go on until the process dies under them.
  const attacks = (async () => {
    for (;;) {
      const bNumber = freshNumber();
      await first.attack(bNumber);
      attacked.push(bNumber);
    }
  })().catch(() => undefined);
  await within('ten alerts', async () => (await committedAlerts(postgres.url)).length >= 10);
  const committed = await committedAlerts(postgres.url);
  await first.stop('at once');
  await attacks;
  const second = await Sidecar.start(env);
  try {
    for (const alertId of committed) {
      const { alert, calls } = await second.alert(alertId);
      assert.is(alert.alert_id, alertId);
      assert.is(calls.length, 5, 'with the calls of the burst');
    }
    const blocked = await second.check(CALLERS[0], attacked[0]);
    assert.equal([blocked.verdict, blocked.reason], ['VERDICT_REJECT', 'REASON_BLOCKED']);
    const again = await second.attack(attacked[0], ['+1', '+2', '+3', '+4', '+5']);
    assert.ok(
      committed.includes(again.alert_id),
      'a detection within the cooldown extends the alert of before',
    );
  } finally {
    await second.stop();
  }
});

test('keeps its alerts in the embedded store through the same death', async () => {
  const env = { ACM_DATA_DIR: directory };
  const first = await Sidecar.start(env);
  const bNumber = freshNumber();
  const { alert_id: alertId } = await first.attack(bNumber);
  await within('the alert', async () => (await first.alert(alertId)).calls.length === 5);
  await within('the blocks', async () => {
    const { blocks } = await first.management.ask('BlockService', 'listBlocks', { b_number: bNumber });
    return blocks.length === 5;
  });
  await first.stop('at once');
  const second = await Sidecar.start(env);
  try {
    assert.is((await second.alert(alertId)).calls.length, 5);
    assert.is((await second.check(CALLERS[1], bNumber)).reason, 'REASON_BLOCKED');
  } finally {
    await second.stop();
  }
});

test('ends on SIGTERM also while another process has the directory of its embedded store', async () => {
  const env = { ACM_DATA_DIR: directory };
  const holder = await Sidecar.start(env);
  try {
    const { process } = await startSidecarProcess(env);
    try {
      assert.match(process.output, `in use by process ${holder.running.process.pid}`);
      process.signal('SIGTERM');
      assert.equal(await process.end(), { code: 0, signal: null });
    } finally {
      await process.kill();
    }
  } finally {
    await holder.stop();
  }
});

test('goes on without PostgreSQL, and gives it everything when it is back', async () => {
  const sidecar = await Sidecar.start({ DATABASE_URL: postgres.url });
  try {
    const before = await sidecar.attack(freshNumber());
    await within('the first alert', async () =>
      (await committedAlerts(postgres.url)).includes(before.alert_id),
    );
    await postgres.kill();
    const during: string[] = [];
    for (let i = 0; i < 20; i++) {
      const verdict = await sidecar.attack(freshNumber());
      assert.is(verdict.verdict, 'VERDICT_REJECT');
      assert.not.ok(verdict.degraded, 'a store that is down is no matter of verdicts');
      during.push(verdict.alert_id);
    }
    await within('the bad news', async () => {
      const { status, database } = await sidecar.health();
      return status === 'degraded' && database.state === 'down' && database.detail !== '';
    });
    await postgres.restart();
    await within('every alert', async () => {
      const committed = new Set(await committedAlerts(postgres.url));
      return [before.alert_id, ...during].every((id) => committed.has(id));
    });
    await within('health', async () => (await sidecar.health()).status === 'ok');
    assert.is((await sidecar.alert(during[19])).calls.length, 5);
  } finally {
    await sidecar.stop();
  }
});

test('starts while the store is away, says so, and takes up its rules when it is back', async () => {
  await postgres.kill();
  const sidecar = await Sidecar.start({ DATABASE_URL: postgres.url });
  try {
    const bNumber = freshNumber();
    const verdict = await sidecar.check('+15551234567', bNumber);
    assert.equal(verdict.degraded_causes, ['DEGRADED_CAUSE_BLOCKS_NOT_LOADED']);
    assert.is((await sidecar.health()).status, 'degraded');
    const refused = await sidecar.management.ask('AlertService', 'listAlerts').catch((error) => error);
    assert.match(String(refused.details), /the store has not answered/);
    await postgres.restart();
    await within('health', async () => (await sidecar.health()).status === 'ok');
    assert.equal((await sidecar.check('+15551234568', bNumber)).degraded_causes, []);
    await within('the warning that there are no tokens', async () =>
      sidecar.running.process.logLines().some(({ msg }) => String(msg).includes('no access tokens yet')),
    );
  } finally {
    await sidecar.stop();
  }
});

test('writes what waits before it ends on SIGTERM', async () => {
  const sidecar = await Sidecar.start({ DATABASE_URL: postgres.url, ACM_OUTBOX_FLUSH_MS: '5000' });
  const { alert_id: alertId } = await sidecar.attack(freshNumber());
  await sidecar.stop();
  assert.ok((await committedAlerts(postgres.url)).includes(alertId));
});

test.run();
