/** Who changed what, as people see it with the commands, and what somebody with the database's password can do to it. */
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freshNumber } from '../../support/grpc-sidecar.js';
import { type PostgresServer, startPostgres } from '../../support/postgres.js';
import { type SidecarProcess, startSidecarProcess } from '../../support/sidecar-process.js';
import { acm, acmRefused, tokenIn } from './acm-command.js';

const test = suite('e2e/access/audit');

let postgres: PostgresServer;
let sidecar: SidecarProcess;
let owner: pg.Client;
let env: Record<string, string>;
let anchor: string;

test.before(async () => {
  postgres = await startPostgres();
  sidecar = await startSidecarProcess({ DATABASE_URL: postgres.url });
  owner = new pg.Client({ connectionString: postgres.url });
  await owner.connect();
  const token = tokenIn(await acm({ DATABASE_URL: postgres.url }, 'token', 'init', '--name', 'ops'));
  env = { ACM_SIDECAR_ADDRESS: sidecar.address, ACM_TOKEN: token };
});

test.after(async () => {
  await owner?.end();
  await sidecar?.process.kill();
  await postgres.stop();
});

/** As somebody who owns the tables; set right again afterwards. */
async function tampering(change: string, work: () => Promise<void>): Promise<void> {
  await owner.query('ALTER TABLE audit_log DISABLE TRIGGER ALL');
  await owner.query('CREATE TABLE kept AS SELECT * FROM audit_log');
  await owner.query(change);
  await work();
  await owner.query('DELETE FROM audit_log');
  await owner.query('INSERT INTO audit_log SELECT * FROM kept');
  await owner.query('DROP TABLE kept');
  await owner.query('ALTER TABLE audit_log ENABLE TRIGGER ALL');
}

test('tells who changed what, from where, and what it was before', async () => {
  const bNumber = freshNumber();
  const digits = bNumber.slice(1);
  await acm(env, 'policy', 'set', '--b', bNumber, '--threshold', '9', '--reason', 'a hotline');
  await acm(env, 'policy', 'set', '--b', bNumber, '--threshold', '7', '--author', 'mallory');
  const listed = await acm(env, 'audit', 'list', '--target', `b_number ${digits}`);
  const [, newest = '', older = ''] = listed.split('\n');
  const origin = `grpc localhost, token ${env['ACM_TOKEN'].slice(4, 16)}`;
  for (const fact of ['ops', origin, 'policy.set', `b_number ${digits}`, 'threshold 9 -> 7'])
    assert.match(newest, fact);
  assert.match(older, 'threshold - -> 9');
  assert.not.match(listed, 'mallory', 'the name of the token counts');
  const json = JSON.parse(await acm(env, 'audit', 'list', '--action', 'token.create', '--json'));
  assert.is(json.length, 1);
  assert.is(json[0].origin, 'command line, beside the data');
});

test('is whole, and says what to note of it', async () => {
  const verified = await acm(env, 'audit', 'verify');
  assert.match(verified, /The audit log is whole: entries 1 to \d+, each as it was written\./);
  anchor = /^ {2}(\d+:[\da-f]{64})$/m.exec(verified)?.[1] ?? '';
  await acm(env, 'enforcement', 'off', '--reason', 'storm');
  assert.match(await acm(env, 'audit', 'verify', '--anchor', anchor), 'The audit log is whole');
});

test('cannot be changed with the password of the sidecar alone', async () => {
  for (const statement of [
    "UPDATE audit_log SET actor = 'eve'",
    'DELETE FROM audit_log',
    'TRUNCATE audit_log',
  ])
    assert.match(
      await owner.query(statement).then(
        () => '',
        ({ message }) => message,
      ),
      'the audit log is append-only',
    );
});

test('betrays by name an entry that was changed, and one that is gone', async () => {
  await tampering(`UPDATE audit_log SET actor = 'eve' WHERE entry_id = 2`, async () => {
    assert.match(
      await acmRefused(env, 'audit', 'verify'),
      'acm: the audit log was tampered with: entry 2 was changed, or one before it was put in its place',
    );
  });
  await tampering('DELETE FROM audit_log WHERE entry_id = 3', async () => {
    assert.match(await acmRefused(env, 'audit', 'verify'), 'tampered with: entry 3 is missing');
  });
  assert.match(await acm(env, 'audit', 'verify'), 'The audit log is whole');
});

test('betrays a chain that was made anew, by what was noted of the old one', async () => {
  const [entryId] = anchor.split(':');
  assert.match(
    await acmRefused(env, 'audit', 'verify', '--anchor', `${entryId}:${'0'.repeat(64)}`),
    `entry ${entryId} is not the one that was noted: the log was made anew`,
  );
  assert.match(
    await acmRefused(env, 'audit', 'verify', '--anchor', `999:${'0'.repeat(64)}`),
    'entry 999 is not the one that was noted',
  );
  assert.match(await acmRefused(env, 'audit', 'verify', '--anchor', '17'), 'It takes the number of an entry');
});

test('is not shown to who may not see it', async () => {
  const { ACM_TOKEN: _, ...without } = env;
  assert.match(await acmRefused(without, 'audit', 'list'), 'lacks the scope admin');
});

test('stands with its last entry in the log of the sidecar, which is kept elsewhere', async () => {
  const { head } = await sidecar.process.logged('the audit log reaches this entry');
  assert.match(String(head), /^\d+:[\da-f]{64}$/);
});

test.run();
