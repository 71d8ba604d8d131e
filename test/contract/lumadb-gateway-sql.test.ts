/** What the gateway does with SQL that is not of sidecars, over each of its databases. */
import * as assert from 'uvu/assert';
import { POLL, READ_BACK } from '../../src/reconcile/luma-statements.js';
import { deltaOf, gatewaySuite, type HOMES, newSidecar } from '../support/gateway-fixture.js';
import { until } from '../support/until.js';

function contractOf(kind: keyof typeof HOMES) {
  const test = gatewaySuite('contract/lumadb-gateway-sql', kind);

  test('refuses other dialects, and payloads that are none, by the name of the field', async ({ client }) => {
    const cases: [string, Uint8Array | readonly unknown[], string, string][] = [
      ['SELECT 1', [], 'sql-mysql', 'dialect: '],
      ['SELECT 1', [], '', 'dialect: '],
      ['SELECT 1', Buffer.from('[1'), 'sql-pg', 'payload: '],
      ['SELECT $1::text', ['a\0b'], 'sql-pg', 'payload[0]: '],
      ['SELECT 1', Buffer.from([0x5b, 0xff, 0x5d]), 'sql-pg', 'payload: '],
      ['SELECT 1', Buffer.alloc(1024 * 1024 + 1), 'sql-pg', 'payload: '],
      [READ_BACK, [], 'sql-pg', 'payload: '],
      [POLL, [1], 'sql-pg', 'payload: '],
      ['', [], 'sql-pg', 'query: '],
      ['\0', [], 'sql-pg', 'query: '],
      ['SELECT \0', [], 'sql-pg', 'query: '],
      [`SELECT '${'x'.repeat(70_000)}'`, [], 'sql-pg', 'query: '],
    ];
    for (const [query, payload, dialect, beginning] of cases) {
      const { success, error } = await client.execute(query, payload, dialect);
      assert.is(success, false);
      assert.ok(error.startsWith(beginning), `${query.slice(0, 40)}: ${error}`);
    }
  });

  test('answers parameters that the database refuses with its SQLSTATE', async ({ client }) => {
    for (const parameter of ['nonsense', {}, 1e40]) {
      const { success, error } = await client.execute(READ_BACK, [parameter]);
      assert.is(success, false);
      assert.match(error, /22P02|22003/);
    }
    assert.is((await client.execute('SELECT 1', [])).success, true);
  });

  test('runs other SQL with parameters of all kinds', async ({ client }) => {
    const sql = `SELECT $1::int8 AS n, $2::text AS t, $3::bool AS b, $4::int8[] AS list, $5::text AS nothing, $6::jsonb AS j,
      $7::text[] AS texts, '\\x00ff'::bytea AS bytes`;
    const rows = await client.rows(sql, [
      7,
      'it"s',
      true,
      [1, null, 3],
      null,
      { a: [1] },
      ['a"b', 'c\\d', 'NULL', ''],
    ]);
    assert.equal(rows, [
      {
        n: 7,
        t: 'it"s',
        b: true,
        list: [1, null, 3],
        nothing: null,
        j: { a: [1] },
        texts: ['a"b', 'c\\d', 'NULL', ''],
        bytes: '\\x00ff',
      },
    ]);
    assert.equal(await client.rows('  -- why\n /* because */ ( VALUES (1), (2) )'), [
      { column1: 1 },
      { column1: 2 },
    ]);
  });

  test('lets others store and delete rows, and followers hear of them', async ({ client }) => {
    const heard = client.follow(Date.now() - 1_000);
    await until(() => heard.caughtUp > 0, 'it is through');
    const [row] = await client.rows(
      'INSERT INTO window_deltas (epoch, delta) SELECT epoch, $1::text::bytea FROM window_epoch RETURNING sequence',
      ['from elsewhere'],
    );
    await until(() => heard.deltas.some(({ sequence }) => sequence === row?.['sequence']), 'it is told of');
    const { rowsAffected } = await client.execute('DELETE FROM window_deltas WHERE sequence = $1::int8', [
      row?.['sequence'],
    ]);
    assert.is(rowsAffected, 1);
    heard.stream.cancel();
  });

  test('takes no other kinds of statements', async ({ client }) => {
    for (const sql of [
      'SET search_path = pg_temp',
      'DO $$ BEGIN END $$',
      "COPY window_deltas TO PROGRAM 'id'",
      'LISTEN window_deltas',
      'DROP TABLE window_deltas',
      'TRUNCATE window_deltas',
      'BEGIN',
      'CREATE TEMP TABLE window_deltas (a int)',
      'EXPLAIN SELECT 1',
      '/* SELECT */ SET ROLE postgres',
      'RESET ROLE',
    ]) {
      const { success, error } = await client.execute(sql);
      assert.is(success, false, sql);
      assert.ok(error.startsWith('query: '), error);
    }
  });

  test('refuses two statements in one text, and what the role may not', async ({ client }) => {
    const refused: [string, RegExp][] = [
      ['SELECT 1; DELETE FROM window_deltas', /42601/],
      ['UPDATE window_epoch SET epoch = 1', /42501|42804/],
      ['SELECT pg_read_file($1)', /42501|08P01/],
      ['SELECT * FROM pg_authid', /42501/],
      ['SELECT * FROM nowhere', /42P01/],
      ['SELECT 1/0', /22012/],
      ['SELECT $1::text', /08P01/],
      ['WITH gone AS (DELETE FROM window_epoch RETURNING 1) SELECT 1/0', /22012/],
    ];
    for (const [sql, state] of refused) {
      const { success, error } = await client.execute(sql);
      assert.is(success, false, sql);
      assert.match(error, state, sql);
    }
    assert.ok((await client.publish(deltaOf(newSidecar().id, 1))).sequence > 0);
  });

  test('lets nobody forge the time and the place of a row, nor store what is too large to be told', async ({
    client,
  }) => {
    const forged: [string, string][] = [
      ["INSERT INTO window_deltas (sequence, epoch, delta) VALUES (9e15::int8, 'e', '')", '42501'],
      ["INSERT INTO window_deltas (stored_at_ms, epoch, delta) VALUES (9e15::int8, 'e', '')", '42501'],
      ["INSERT INTO window_deltas (epoch, delta) VALUES ('e', repeat('x', 1048577)::bytea)", '23514'],
      ["INSERT INTO window_deltas (epoch, delta) VALUES ('e', null)", '23502'],
      ["INSERT INTO window_epoch VALUES (false, 'e')", '23514'],
      ["INSERT INTO window_epoch VALUES (true, 'e')", '23505'],
    ];
    for (const [sql, state] of forged) {
      const { success, error } = await client.execute(sql);
      assert.is(success, false, sql);
      assert.match(error, state, sql);
    }
  });

  test('bounds the size of an answer', async ({ client }) => {
    for (const sql of [
      "SELECT repeat('x', 4000000) AS long",
      'SELECT n, repeat(chr(97), 1000) FROM generate_series(1, 5000) AS n',
    ]) {
      const { success, error } = await client.execute(sql);
      assert.is(success, false);
      assert.match(error, 'the result is too large, at most');
    }
    assert.is((await client.rows("SELECT repeat('x', 1000000) AS long")).length, 1);
  });

  test('leaves nothing of a statement behind for others', async ({ client }) => {
    for (const sql of [
      "SELECT set_config('search_path', 'pg_temp', false)",
      "SELECT set_config('statement_timeout', '1', false)",
      "SELECT set_config('role', 'acm_gateway', false)",
      'SELECT 1 AS sequence INTO TEMP window_deltas',
      'SELECT 1 AS sequence INTO window_deltas_of_mine',
      "UPDATE pg_settings SET setting = 'off' WHERE name = 'row_security'",
    ])
      await client.execute(sql);
    const sidecar = newSidecar();
    const { sequence } = await client.publish(deltaOf(sidecar.id, 1));
    assert.is((await client.rows(READ_BACK, [sequence])).length, 1);
    assert.is((await client.rows('SELECT count(*) AS n FROM window_epoch'))[0]?.['n'], 1);
  });

  return test;
}

const postgresql = contractOf('postgresql');
const embedded = contractOf('embedded');
postgresql.run();
embedded.run();
