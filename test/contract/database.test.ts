/** What both databases promise, asked of each. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AcmError } from '../../src/errors.js';
import { type Database, DatabaseRefusal, type Statement } from '../../src/store/database.js';
import { EmbeddedDatabase } from '../../src/store/embedded-database.js';
import { PostgresDatabase } from '../../src/store/postgres-database.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';

/** Where a database lives, which outlasts its being opened and closed. */
interface Home {
  open(): Promise<Database>;
  remove(): Promise<void>;
}

interface Context {
  home: Home;
  database: Database;
}

/** Longer than any case takes on a loaded machine, for runs that are not about time. */
const PATIENT_MS = 30_000;

function contractOf(name: string, build: () => Promise<Home>) {
  const test = suite<Context>(`contract/database: ${name}`);

  test.before(async (context) => {
    context.home = await build();
    context.database = await context.home.open();
  });

  test.after(async ({ home, database }) => {
    await database.close();
    await home.remove();
  });

  test('runs statements together or not at all', async ({ database }) => {
    await database.run([{ text: 'CREATE TABLE atoms (n int PRIMARY KEY)' }]);
    const insert = (n: number): Statement => ({ text: 'INSERT INTO atoms VALUES ($1)', values: [n] });
    await refusedWith('23505', database.run([insert(1), insert(2), insert(1)]));
    assert.equal(await rowsOf(database, 'SELECT n FROM atoms'), []);
    await database.run([insert(1), insert(2)]);
    assert.equal(await rowsOf(database, 'SELECT n FROM atoms ORDER BY n'), [{ n: 1 }, { n: 2 }]);
  });

  test('undoes everything when the commit itself is refused', async ({ database }) => {
    await database.run([
      { text: 'CREATE TABLE parents (n int PRIMARY KEY)' },
      { text: 'CREATE TABLE children (n int REFERENCES parents DEFERRABLE INITIALLY DEFERRED)' },
    ]);
    const orphan = [{ text: 'INSERT INTO children VALUES (5)' }, { text: 'INSERT INTO parents VALUES (6)' }];
    await refusedWith('23503', database.run(orphan));
    assert.equal(await rowsOf(database, 'SELECT n FROM parents'), []);
  });

  test('gives values back as they went in', async ({ database }) => {
    const at = new Date('2026-11-22T19:48:14.123Z');
    const text = `
      SELECT $1::int4 AS small, $2::int8 AS big, $3::numeric AS exact, $4::float8 AS real, $5::text AS words,
        $6::boolean AS flag, $7::timestamptz AS at, $8::jsonb AS document, $9::text AS nothing,
        $10::text[] AS list, $11::int8[] AS numbers, $12::timestamptz[] AS times`;
    const words = `quote ' double " back \\ brace { comma , Ọ̀ṣun 🜚`;
    const list = ['', 'NULL', null, words];
    const document = { a: [1, 'two', null], b: words };
    const values = [
      7,
      Number.MAX_SAFE_INTEGER,
      0.25,
      1.5e300,
      words,
      true,
      at,
      JSON.stringify(document),
      null,
    ];
    const [outcome] = await database.run([{ text, values: [...values, list, [1, null, -3], [at, null]] }]);
    assert.equal(outcome?.rows, [
      {
        ...{ small: 7, big: Number.MAX_SAFE_INTEGER, exact: 0.25, real: 1.5e300, words, flag: true, at },
        ...{ document, nothing: null, list, numbers: [1, null, -3], times: [at, null] },
      },
    ]);
  });

  test('gives every list of texts back as it went in', async ({ database }) => {
    const words = fc.string({ unit: 'grapheme' }).filter((each) => !each.includes('\0'));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(words)), async (list) => {
        const [outcome] = await database.run([{ text: 'SELECT $1::text[] AS list', values: [list] }]);
        assert.equal(outcome?.rows, [{ list }]);
      }),
      { numRuns: 50 },
    );
  });

  test('counts the rows that a statement has read or changed', async ({ database }) => {
    const outcomes = await database.run([
      { text: 'CREATE TABLE counted (n int)' },
      { text: 'INSERT INTO counted SELECT generate_series(1, 5)' },
      { text: 'UPDATE counted SET n = n + 1 WHERE n > 3' },
      { text: 'DELETE FROM counted WHERE n = 1' },
      { text: 'SELECT n FROM counted' },
    ]);
    assert.equal(
      outcomes.map(({ count }) => count),
      [0, 5, 2, 1, 4],
    );
    assert.equal(await database.run([]), []);
  });

  test('refuses what can never succeed, says why, and goes on', async ({ database }) => {
    await refusedWith('42P01', database.run([{ text: 'SELECT * FROM nowhere' }]));
    await refusedWith('22P02', database.run([{ text: 'SELECT $1::boolean', values: ['neither'] }]));
    await refusedWith(
      '22P02',
      database.run([{ text: 'SELECT $1::jsonb', values: ['{'] }, { text: 'SELECT 1' }]),
    );
    await refusedWith('42601', database.run([{ text: 'SELECT 1; SELECT 2' }]));
    assert.equal(await rowsOf(database, 'SELECT 1 AS one'), [{ one: 1 }]);
  });

  test('writes thousands of rows with one statement', async ({ database }) => {
    await database.run([{ text: 'CREATE TABLE calls (id int8, number text, at timestamptz)' }]);
    const ids = Array.from({ length: 5_000 }, (_, i) => i);
    const numbers = ids.map((id) => `+23480300${String(id).padStart(5, '0')}`);
    const times = ids.map((id) => new Date(1_700_000_000_000 + id));
    const text = 'INSERT INTO calls SELECT * FROM unnest($1::int8[], $2::text[], $3::timestamptz[])';
    const [outcome] = await database.run([{ text, values: [ids, numbers, times] }], PATIENT_MS);
    assert.is(outcome?.count, 5_000);
    const rows = await rowsOf(database, 'SELECT * FROM calls ORDER BY id');
    assert.equal(rows[4_999], { id: 4_999, number: numbers[4_999], at: times[4_999] });
  });

  test('does what fifty ask for at the same time', async ({ database }) => {
    await database.run([{ text: 'CREATE TABLE sums (n int)' }, { text: 'INSERT INTO sums VALUES (0)' }]);
    const increment = [{ text: 'UPDATE sums SET n = n + 1' }, { text: 'SELECT n FROM sums' }];
    const runs = Array.from({ length: 50 }, () => database.run(increment, PATIENT_MS));
    const seen = (await Promise.all(runs)).map((outcomes) => Number(outcomes[1]?.rows[0]?.['n']));
    assert.is(new Set(seen).size, 50);
    assert.equal(await rowsOf(database, 'SELECT n FROM sums'), [{ n: 50 }]);
  });

  test('runs a single statement that allows no transaction around it', async ({ database }) => {
    assert.is((await database.run([{ text: 'VACUUM' }], PATIENT_MS)).length, 1);
    await refusedWith('25001', database.run([{ text: 'VACUUM' }, { text: 'SELECT 1' }]));
  });

  test('settles at its deadline, and answers again', async ({ database }) => {
    const long = [{ text: 'SELECT count(*) FROM generate_series(1, 3000000)' }];
    const started = performance.now();
    await unavailableFor('did not answer within 20 ms', database.run(long, 20));
    assert.ok(performance.now() - started < 1_000);
    assert.is((await database.run([{ text: 'SELECT 1' }], PATIENT_MS)).length, 1);
  });

  test('keeps its data when it is closed and opened again', async (context) => {
    await context.database.run([{ text: 'CREATE TABLE kept AS SELECT 42 AS n' }]);
    await context.database.close();
    await unavailableFor('closed', context.database.run([{ text: 'SELECT 1' }]));
    await context.database.close();
    context.database = await context.home.open();
    assert.equal(await rowsOf(context.database, 'SELECT n FROM kept'), [{ n: 42 }]);
  });

  return test;
}

async function rowsOf(database: Database, text: string): Promise<readonly object[]> {
  return (await database.run([{ text }], PATIENT_MS))[0]!.rows;
}

async function failureOf(work: Promise<unknown>): Promise<AcmError> {
  try {
    await work;
  } catch (error) {
    return error as AcmError;
  }
  return assert.unreachable('it did not fail') as never;
}

async function refusedWith(sqlState: string, work: Promise<unknown>): Promise<void> {
  const error = await failureOf(work);
  assert.instance(error, DatabaseRefusal, error.message);
  assert.is((error as DatabaseRefusal).sqlState, sqlState);
}

async function unavailableFor(reason: string, work: Promise<unknown>): Promise<void> {
  const error = await failureOf(work);
  assert.is(error.code, 'ACM_STORE_UNAVAILABLE', error.message);
  assert.match(error.message, reason);
}

async function buildPostgres(): Promise<Home> {
  const server: PostgresServer = await startPostgres();
  return {
    open: async () => new PostgresDatabase({ connectionString: server.url }),
    remove: () => server.stop(),
  };
}

async function buildEmbedded(): Promise<Home> {
  const directory = mkdtempSync(join(tmpdir(), 'acm-embedded-'));
  return {
    open: () => EmbeddedDatabase.open(directory),
    remove: async () => rmSync(directory, { recursive: true }),
  };
}

const postgresql = contractOf('postgresql', buildPostgres);
const embedded = contractOf('embedded', buildEmbedded);
postgresql.run();
embedded.run();
