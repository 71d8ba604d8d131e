import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AcmError } from '../../src/errors.js';
import { PostgresDatabase, type PostgresOptions } from '../../src/store/postgres-database.js';
import { type MuteServer, startMuteServer } from '../support/mute-server.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';

interface Context {
  server: PostgresServer;
  mute: MuteServer;
  opened: PostgresDatabase[];
}

const test = suite<Context>('store/postgres-database');
const ONE = [{ text: 'SELECT 1 AS one' }];
/** Milliseconds by which a loaded machine may be late. */
const LATE_MS = 1_000;

test.before(async (context) => {
  context.server = await startPostgres();
  context.mute = await startMuteServer();
});

test.after(async ({ server, mute }) => {
  await server.stop();
  await mute.close();
});

test.before.each((context) => {
  context.opened = [];
});

test.after.each(async ({ server, opened }) => {
  server.thaw();
  for (const database of opened) await database.close();
});

function open({ server, opened }: Context, options?: PostgresOptions): PostgresDatabase {
  const database = new PostgresDatabase(options ?? { connectionString: server.url });
  opened.push(database);
  return database;
}

function partsOf(server: PostgresServer): Extract<PostgresOptions, { host: string }> {
  return {
    host: '127.0.0.1',
    port: server.port,
    user: 'acm',
    password: server.password,
    database: 'postgres',
  };
}

/** How something failed, and how many milliseconds it took. */
async function failure(work: Promise<unknown>): Promise<{ error: AcmError; ms: number }> {
  const started = performance.now();
  try {
    await work;
  } catch (error) {
    return { error: error as AcmError, ms: performance.now() - started };
  }
  return assert.unreachable('it did not fail') as never;
}

/** Fails unless the work gives up in time, for a reason that may pass, and the message matches. */
async function givesUp(work: Promise<unknown>, withinMs: number, message: string): Promise<void> {
  const { error, ms } = await failure(work);
  assert.is(error.code, 'ACM_STORE_UNAVAILABLE');
  assert.match(error.message, message);
  assert.ok(ms < withinMs + LATE_MS, `it took ${Math.round(ms)} ms`);
}

test('connects by parts as well as by a connection string', async (context) => {
  const database = open(context, partsOf(context.server));
  assert.equal((await database.run(ONE))[0]?.rows, [{ one: 1 }]);
});

test('tells the server who it is, and how long a statement may take', async (context) => {
  const [outcome] = await open(context).run([
    {
      text: `SELECT current_setting('application_name') AS name, current_setting('statement_timeout') AS ms`,
    },
  ]);
  assert.equal(outcome?.rows, [{ name: 'acm-sidecar', ms: '2500ms' }]);
});

test('gives up at the deadline when the server is frozen, and goes on when it is thawed', async (context) => {
  const database = open(context);
  await Promise.all([database.run(ONE), database.run(ONE), database.run(ONE)]);
  context.server.freeze();
  await givesUp(database.run(ONE, 300), 300, 'did not answer within 300 ms');
  await givesUp(database.run(ONE, 300), 300, 'did not answer within 300 ms');
  context.server.thaw();
  assert.equal((await database.run(ONE))[0]?.rows, [{ one: 1 }]);
});

test('settles every run of many while the server is frozen', async (context) => {
  const database = open(context);
  context.server.freeze();
  const runs = Array.from({ length: 20 }, () => givesUp(database.run(ONE, 300), 300, '300 ms'));
  await Promise.all(runs);
});

test('gives up within its deadline, and the server does soon after, when a statement takes too long', async (context) => {
  const database = open(context);
  await givesUp(database.run([{ text: 'SELECT pg_sleep(60)' }], 200), 200, '200 ms');
  const sleeping = `SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'`;
  const started = performance.now();
  while ((await database.run([{ text: sleeping }]))[0]?.rows[0]?.['n'] !== 0)
    assert.ok(performance.now() - started < 5_000, 'the server still works for nobody');
});

test('settles when a server takes connections and never answers', async (context) => {
  const { mute } = context;
  const database = open(context, { ...partsOf(context.server), port: mute.port });
  await givesUp(database.run(ONE, 300), 300, 'did not answer within 300 ms');
  await givesUp(database.run(ONE, 10_000), 2_000, `127.0.0.1:${mute.port}`);
  await database.close();
  const started = performance.now();
  while (mute.connections > 0) {
    assert.ok(performance.now() - started < LATE_MS, 'connections are left');
    await new Promise((resolve) => setImmediate(resolve));
  }
});

test('says that nobody is there when nobody is, and that the server must be looked at', async (context) => {
  const gone = await startMuteServer();
  await gone.close();
  const database = open(context, { ...partsOf(context.server), port: gone.port });
  await givesUp(database.run(ONE), 0, 'ECONNREFUSED');
});

test('goes on after the server was killed and has recovered, with all that was committed', async (context) => {
  const database = open(context);
  await database.run([{ text: 'CREATE TABLE survivors (n int)' }]);
  await database.run([{ text: 'INSERT INTO survivors VALUES (1)' }]);
  await context.server.kill();
  await givesUp(database.run(ONE, 500), 500, '127.0.0.1');
  await context.server.start();
  const [outcome] = await database.run([{ text: 'SELECT n FROM survivors' }]);
  assert.equal(outcome?.rows, [{ n: 1 }]);
});

test('takes a connection that the server ends as something that passes', async (context) => {
  const database = open(context);
  const suicide = [{ text: 'SELECT pg_terminate_backend(pg_backend_pid())' }, { text: 'SELECT 1' }];
  await givesUp(database.run(suicide), 2_000, '57P01');
  assert.is((await database.run(ONE)).length, 1);
});

test('says that the password is wrong without repeating it, and lets an operator put it right', async (context) => {
  const { server } = context;
  const database = open(context, { ...partsOf(server), password: 'not-the-secret' });
  const { error } = await failure(database.run(ONE));
  assert.is(error.code, 'ACM_STORE_UNAVAILABLE');
  assert.match(error.message, /password authentication failed for user "acm"/);
  assert.not.match(JSON.stringify([error.message, error.stack, String(error.cause)]), 'not-the-secret');
});

test('says that a database does not exist as something that an operator may put right', async (context) => {
  const database = open(context, { ...partsOf(context.server), database: 'nowhere' });
  await givesUp(database.run(ONE), 0, 'database "nowhere" does not exist');
});

test('takes a connection string that makes no sense as a mistake, and does not repeat it', () => {
  try {
    new PostgresDatabase({ connectionString: 'postgres://acm:not-the-secret@127.0.0.1:port/x' });
    assert.unreachable();
  } catch (error) {
    assert.is((error as AcmError).code, 'ACM_CONFIG');
    assert.not.match(String((error as AcmError).stack), 'not-the-secret');
  }
});

test('closes within two seconds when the server is frozen, and answers no more', async (context) => {
  const database = open(context);
  await Promise.all([database.run(ONE), database.run(ONE)]);
  context.server.freeze();
  const pending = failure(database.run(ONE, 10_000));
  const started = performance.now();
  await database.close();
  assert.ok(performance.now() - started < 2_000);
  assert.is((await pending).error.code, 'ACM_STORE_UNAVAILABLE');
  await givesUp(database.run(ONE), 0, 'closed');
});

test('lets a run under way finish when it is closed', async (context) => {
  const database = open(context);
  const run = database.run([{ text: 'SELECT pg_sleep(0.2)' }]);
  await database.run(ONE);
  await database.close();
  assert.is((await run).length, 1);
});

test.run();
