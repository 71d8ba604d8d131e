/** Statements as both databases run them, over a client of pg. */
import { type ClientBase, DatabaseError, type QueryConfig } from 'pg';
import type { Outcome, Statement } from './database.js';
import type { SqlError } from './store-errors.js';
import { parameterText } from './wire-values.js';

/** A statement whose values are text already. */
export interface Query {
  readonly text: string;
  readonly values: readonly (string | null)[];
}

/** @throws TypeError for a value that cannot be a parameter. */
export function queryOf({ text, values = [] }: Statement): Query {
  return { text, values: values.map(parameterText) };
}

/** One statement is a transaction by itself; some, such as VACUUM, allow no other around them. */
export async function transact(client: ClientBase, queries: readonly Query[]): Promise<Outcome[]> {
  if (queries.length === 1) return [await execute(client, queries[0]!)];
  await client.query('BEGIN');
  try {
    const outcomes: Outcome[] = [];
    for (const query of queries) outcomes.push(await execute(client, query));
    await client.query('COMMIT');
    return outcomes;
  } catch (error) {
    // After anything worse there is no transaction any more, or nobody who could end it.
    if (sqlErrorOf(error) !== undefined) await client.query('ROLLBACK');
    throw error;
  }
}

/** By the extended protocol also without values, so that a text is one statement. */
async function execute(client: ClientBase, { text, values }: Query): Promise<Outcome> {
  const config: QueryConfig & { queryMode: 'extended' } = {
    text,
    values: [...values],
    queryMode: 'extended',
  };
  const { rows, rowCount } = await client.query<Record<string, unknown>>(config);
  return { rows, count: rowCount ?? 0 };
}

/** What the database has said no to, and after which it goes on; undefined for anything worse. */
export function sqlErrorOf(error: unknown): SqlError | undefined {
  if (!(error instanceof DatabaseError) || error.severity !== 'ERROR' || error.code === undefined)
    return undefined;
  return { sqlState: error.code, message: error.message };
}
