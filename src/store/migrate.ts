/** Brings the schema up to date: each step once, also when several sidecars start together. */
import type { Log } from '../admission/ports.js';
import { AcmError } from '../errors.js';
import { type Database, DatabaseRefusal } from './database.js';
import type { Migration } from './migration.js';
import { MIGRATIONS } from './schema.js';

/** A step may have to build an index over millions of rows. */
const STEP_MS_MAX = 60_000;
const UNIQUE_VIOLATION = '23505';
/** Sidecars that start together and meet in CREATE TABLE IF NOT EXISTS. */
const ATTEMPTS_MAX = 5;

/**
 * @throws AcmError ACM_STORE_UNAVAILABLE if the database does not answer, ACM_CONFLICT if its schema is newer than ours,
 * DatabaseRefusal if it refuses a step.
 */
export async function migrate(database: Database, log: Log, steps = MIGRATIONS): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await prepare(database);
      break;
    } catch (error) {
      if (!isTaken(error) || attempt >= ATTEMPTS_MAX) throw error;
    }
  }
  const done = await versionOf(database);
  const known = steps.at(-1)?.version ?? 0;
  if (done > known)
    throw new AcmError(
      'ACM_CONFLICT',
      `the store has schema version ${done}, this version of acm knows ${known}: update acm`,
    );
  for (const step of steps) if (step.version > done) await take(database, step, log);
}

async function prepare(database: Database): Promise<void> {
  await database.run([
    {
      text: `CREATE TABLE IF NOT EXISTS schema_versions (
               version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    },
  ]);
}

async function versionOf(database: Database): Promise<number> {
  const [found] = await database.run([
    { text: 'SELECT COALESCE(max(version), 0) AS version FROM schema_versions' },
  ]);
  return Number(found.rows[0]['version']);
}

/** The row comes first: whoever is second waits for it, then finds it there, and has nothing left to do. */
async function take(database: Database, step: Migration, log: Log): Promise<void> {
  const claim = {
    text: 'INSERT INTO schema_versions (version, name) VALUES ($1, $2)',
    values: [step.version, step.name],
  };
  try {
    await database.run([claim, ...step.statements.map((text) => ({ text }))], STEP_MS_MAX);
    log.info({ version: step.version, step: step.name }, 'schema brought up to date');
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof DatabaseRefusal && error.sqlState === UNIQUE_VIOLATION;
}
