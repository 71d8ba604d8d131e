/**
 * A statement of somebody else, on a connection of its own that is closed afterwards: whatever it does to its session, no
 * other is touched. Its time and the size of its answer are bounded.
 */
import { Socket } from 'node:net';
import { Client, type ClientConfig, type QueryConfig } from 'pg';
import type { Outcome } from './database.js';
import { type SqlError, unavailable } from './store-errors.js';
import { sqlErrorOf } from './transaction.js';
import { columnParser } from './wire-values.js';

/** Milliseconds for connecting, and those that the server's own limit comes before ours. */
const GRACE_MS = 1_000;
const BYTEA = 17;

export interface GuestLimits {
  readonly msMax: number;
  /** Of the answer, as it comes over the wire. */
  readonly bytesMax: number;
}

/** PostgreSQL's program_limit_exceeded: what we say of an answer that is too large. */
const TOO_LARGE = '54000';

/**
 * @param values texts in PostgreSQL's format, or null.
 * @returns rows whose bytea are text (`\x...`), or the server's complaint.
 * @throws AcmError ACM_STORE_UNAVAILABLE
 */
export async function runGuestStatement(
  config: ClientConfig,
  text: string,
  values: readonly (string | null)[],
  { msMax, bytesMax }: GuestLimits,
): Promise<Outcome | SqlError> {
  const socket = new Socket();
  const client = new Client({ ...config, stream: () => socket, types: { getTypeParser: guestParser } });
  // The query under way rejects as well.
  client.on('error', () => {});
  const patience = setTimeout(() => socket.destroy(), msMax + GRACE_MS);
  let tooLarge = false;
  try {
    await client.connect();
    // It can be changed by the statement itself, for the next one that there is not.
    await client.query(`SET statement_timeout = ${msMax}; SET lock_timeout = ${msMax}`);
    watchBytes(client, bytesMax, () => {
      tooLarge = true;
      socket.destroy();
    });
    const query: QueryConfig & { queryMode: 'extended' } = {
      text,
      values: [...values],
      queryMode: 'extended',
    };
    const { rows, rowCount } = await client.query<Record<string, unknown>>(query);
    return { rows, count: rowCount ?? 0 };
  } catch (error) {
    if (tooLarge)
      return { sqlState: TOO_LARGE, message: `the result is too large, at most ${bytesMax} bytes` };
    const complaint = sqlErrorOf(error);
    if (complaint !== undefined) return complaint;
    throw unavailable(`PostgreSQL did not run a statement: ${(error as Error).message}`, error);
  } finally {
    clearTimeout(patience);
    socket.destroy();
  }
}

/** Counts what comes over the connection, which with TLS is not the socket that we gave it. */
function watchBytes(client: Client, bytesMax: number, onTooMany: () => void): void {
  const { stream } = (client as unknown as { connection: { stream: NodeJS.ReadableStream } }).connection;
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > bytesMax) onTooMany();
  });
}

function guestParser(oid: number): (text: string) => unknown {
  return oid === BYTEA ? (text) => text : columnParser(oid);
}
