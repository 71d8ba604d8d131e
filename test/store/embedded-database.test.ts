import { cpSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AcmError } from '../../src/errors.js';
import { EmbeddedDatabase } from '../../src/store/embedded-database.js';
import { OtherProcess } from './other-process.js';

interface Context {
  /** A directory with an empty database in it, which takes seconds to make. */
  template: string;
  path: string;
  opened: EmbeddedDatabase[];
  other: OtherProcess | undefined;
}

const test = suite<Context>('store/embedded-database');
const PATIENT_MS = 30_000;

test.before(async (context) => {
  context.template = mkdtempSync(join(tmpdir(), 'acm-embedded-'));
  await (await EmbeddedDatabase.open(context.template)).close();
});

test.after(({ template }) => rmSync(template, { recursive: true }));

test.before.each((context) => {
  context.path = mkdtempSync(join(tmpdir(), 'acm-embedded-'));
  cpSync(join(context.template, 'cluster'), join(context.path, 'cluster'), { recursive: true });
  context.opened = [];
  context.other = undefined;
});

test.after.each(async ({ path, opened, other }) => {
  await other?.kill();
  for (const database of opened) await database.close();
  rmSync(path, { recursive: true });
});

async function open({ path, opened }: Context): Promise<EmbeddedDatabase> {
  const database = await EmbeddedDatabase.open(path);
  opened.push(database);
  return database;
}

async function failureOf(work: Promise<unknown>): Promise<AcmError> {
  try {
    await work;
  } catch (error) {
    return error as AcmError;
  }
  return assert.unreachable('it did not fail') as never;
}

async function rowsOf(database: EmbeddedDatabase, text: string): Promise<readonly Record<string, unknown>[]> {
  return (await database.run([{ text }], PATIENT_MS))[0]!.rows;
}

/** Looks again and again until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  const started = performance.now();
  while (!isSo()) {
    assert.ok(performance.now() - started < PATIENT_MS, 'it never came to that');
    await pause(10);
  }
}

/** How long a count over so many made-up rows takes does not matter: long enough to be under way. */
const counting = (rows: number) => [{ text: `SELECT count(*)::int8 AS n FROM generate_series(1, ${rows})` }];

test('keeps every committed row, and no half of a transaction, when its process is killed', async (context) => {
  context.other = new OtherProcess('writer-process.ts', context.path);
  await context.other.says(200);
  await context.other.kill();
  const acknowledged = Number(context.other.lines.at(-1));
  const database = await open(context);
  const [figures] = await rowsOf(
    database,
    `SELECT max(n) AS newest, count(*) AS rows, count(DISTINCT n) AS pairs FROM pairs`,
  );
  assert.ok(Number(figures?.['newest']) >= acknowledged);
  assert.is(figures?.['pairs'], Number(figures?.['newest']) + 1);
  assert.is(figures?.['rows'], 2 * Number(figures?.['pairs']));
});

test('begins anew when its process was killed while it made the database', async (context) => {
  rmSync(join(context.path, 'cluster'), { recursive: true });
  context.other = new OtherProcess('writer-process.ts', context.path);
  await until(() => existsSync(join(context.path, 'cluster.new', 'PG_VERSION')));
  await context.other.kill();
  assert.not.ok(existsSync(join(context.path, 'cluster')));
  const database = await open(context);
  assert.equal(await rowsOf(database, 'SELECT 1 AS one'), [{ one: 1 }]);
  assert.is(statSync(join(context.path, 'cluster')).mode & 0o777, 0o700);
  assert.not.ok(existsSync(join(context.path, 'cluster.new')));
});

test('refuses to open a directory that is in use, and leaves its user alone', async (context) => {
  const database = await open(context);
  const error = await failureOf(EmbeddedDatabase.open(context.path));
  assert.is(error.code, 'ACM_STORE_UNAVAILABLE');
  assert.match(error.message, `in use by process ${process.pid}`);
  assert.equal(await rowsOf(database, 'SELECT 1 AS one'), [{ one: 1 }]);
});

test('says why it cannot open ruined data, and lets go of the directory', async (context) => {
  await (await open(context)).close();
  writeFileSync(join(context.path, 'cluster', 'global', 'pg_control'), Buffer.alloc(8_192, 7));
  for (let attempt = 0; attempt < 2; attempt++) {
    const error = await failureOf(EmbeddedDatabase.open(context.path));
    assert.is(error.code, 'ACM_STORE_UNAVAILABLE');
    assert.match(error.message, 'database files are incompatible with server');
    assert.match(error.message, 'begin anew');
  }
  rmSync(join(context.path, 'cluster', 'global', 'pg_control'));
  assert.match((await failureOf(EmbeddedDatabase.open(context.path))).message, 'could not open file');
});

test('is lost when the database cannot go on, fails what is asked of it, and can be opened anew', async (context) => {
  const database = await open(context);
  await database.run([{ text: 'CREATE TABLE kept AS SELECT 42 AS n' }, { text: 'SELECT 1' }]);
  await database.run([{ text: 'CHECKPOINT' }]);
  assert.not.ok(database.lost);
  // The journal has no place any more, as on a disk that is full.
  rmSync(join(context.path, 'cluster', 'pg_wal'), { recursive: true });
  const runs = [
    database.run([{ text: 'SELECT pg_switch_wal()' }]),
    ...Array.from({ length: 3 }, () => database.run([{ text: 'INSERT INTO kept VALUES (43)' }])),
  ];
  for (const run of runs.slice(1).map(failureOf)) {
    const error = await run;
    assert.is(error.code, 'ACM_STORE_UNAVAILABLE');
    assert.match(error.message, 'must be opened anew');
  }
  assert.ok(database.lost);
  assert.match((await failureOf(database.run(counting(1)))).message, 'must be opened anew');
  await database.close();
  assert.match((await failureOf(EmbeddedDatabase.open(context.path))).message, 'cannot be opened');
});

test('lets the run under way finish when it is closed, and turns away those that wait', async (context) => {
  const database = await open(context);
  const [first, second] = [database.run(counting(100_000)), failureOf(database.run(counting(1)))];
  await database.close();
  assert.equal((await first)[0]?.rows, [{ n: 100_000 }]);
  assert.match((await second).message, 'has been closed');
  assert.ok(database.lost);
});

test('closes within two seconds though a run goes on for longer, and frees the directory', async (context) => {
  const database = await open(context);
  const endless = failureOf(database.run(counting(2_000_000_000), PATIENT_MS));
  const started = performance.now();
  await database.close();
  assert.ok(performance.now() - started < 2_000);
  assert.is((await endless).code, 'ACM_STORE_UNAVAILABLE');
  assert.equal(await rowsOf(await open(context), 'SELECT 1 AS one'), [{ one: 1 }]);
});

test('writes checkpoints, which nothing else would do', async (context) => {
  const database = await open(context);
  const redo = 'SELECT redo_lsn::text AS at FROM pg_control_checkpoint()';
  await database.run([{ text: 'CREATE TABLE many (n int)' }]);
  const before = await rowsOf(database, redo);
  for (let n = 0; n < 1_000; n++)
    await database.run([{ text: 'INSERT INTO many VALUES ($1)', values: [n] }], PATIENT_MS);
  assert.not.equal(await rowsOf(database, redo), before);
});

test.run();
