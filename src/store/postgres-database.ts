/** PostgreSQL, and distributed databases that speak its protocol, behind a pool of connections. */
import { DatabaseError, Pool, type PoolClient } from 'pg';
import { AcmError, ConfigError } from '../errors.js';
import { type Database, type Outcome, RUN_MS_MAX, type Statement } from './database.js';
import { PostgresClient } from './postgres-client.js';
import { errorOfSqlState, isPassing, unavailable } from './store-errors.js';
import { type Query, queryOf, sqlErrorOf, transact } from './transaction.js';
import { columnParser } from './wire-values.js';

/** Connections at the most: the outbox has one write under way, and people read. */
const CONNECTIONS_MAX = 4;
const CONNECT_MS_MAX = 2_000;
const IDLE_MS_MAX = 60_000;
/** Milliseconds of silence before TCP asks whether the other side is there. */
const KEEP_ALIVE_MS = 10_000;
/** Milliseconds that close() leaves to what is under way, and to the server's good-bye. */
const CLOSE_MS_MAX = 1_000;

/** A whole connection string (`postgres://user:password@host:port/database?sslmode=...`), or its parts. */
export type PostgresOptions =
  | { readonly connectionString: string }
  | {
      /** A name, an address, or the directory of a UNIX socket. */
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly password: string;
      readonly database: string;
    };

type PooledClient = PostgresClient & Pick<PoolClient, 'release'>;

/** What a deadline may have to break off. */
interface Attempt {
  client: PooledClient | undefined;
  abandoned: boolean;
}

/**
 * Connects when it is first used, and again after every loss; the constructor does not touch the network. Behind
 * PgBouncer use its session mode: limits are set for a session.
 */
export class PostgresDatabase implements Database {
  readonly kind = 'postgresql';
  /** Never: the pool connects anew. */
  readonly lost = false;
  readonly #pool: Pool;
  readonly #clients = new Set<PostgresClient>();
  /** For messages: host, port and database, never the password. */
  readonly #peer: string;
  #closing: Promise<void> | undefined;

  /** @throws ConfigError for a connection string that cannot be read. */
  constructor(options: PostgresOptions) {
    const config = {
      ...options,
      application_name: 'acm-sidecar',
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      types: { getTypeParser: columnParser },
    };
    this.#peer = peerOf(options);
    const clients = this.#clients;
    // The pool would construct clients from its own options, in which it hides the password.
    class OwnClient extends PostgresClient {
      constructor() {
        super(config);
        clients.add(this);
        void this.closed.then(() => clients.delete(this));
      }
    }
    this.#pool = new Pool({
      Client: OwnClient,
      max: CONNECTIONS_MAX,
      idleTimeoutMillis: IDLE_MS_MAX,
      connectionTimeoutMillis: CONNECT_MS_MAX,
    });
    this.#pool.on('acquire', (client) => markIdle(client, false));
    this.#pool.on('release', (_error, client) => markIdle(client, true));
    // An idle connection was lost: the pool has dropped it, and the next run finds out whether the server is there.
    this.#pool.on('error', () => {});
  }

  async run(statements: readonly Statement[], deadlineMs: number = RUN_MS_MAX): Promise<readonly Outcome[]> {
    const queries = statements.map(queryOf);
    return await new Promise((resolve, reject) => {
      const attempt: Attempt = { client: undefined, abandoned: false };
      const timer = setTimeout(() => {
        this.#abandon(attempt);
        reject(unavailable(`${this.#peer} did not answer within ${deadlineMs} ms`));
      }, deadlineMs);
      this.#perform(attempt, queries, deadlineMs)
        .then(resolve, (error) => reject(this.#errorOf(error)))
        .finally(() => clearTimeout(timer));
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    const patience = setTimeout(() => {
      for (const client of this.#clients) client.cut();
    }, CLOSE_MS_MAX);
    await this.#pool.end();
    await Promise.all([...this.#clients].map((client) => client.closed));
    clearTimeout(patience);
  }

  /** Always settles: at the latest when the pool gives up connecting, or when the client has been cut. */
  async #perform(attempt: Attempt, queries: readonly Query[], deadlineMs: number): Promise<Outcome[]> {
    const client = await this.#connect();
    if (attempt.abandoned) {
      client.release();
      throw unavailable('nobody waits for it any more');
    }
    attempt.client = client;
    try {
      await client.limit(deadlineMs);
      const outcomes = await transact(client, queries);
      client.release();
      return outcomes;
    } catch (error) {
      client.release(!isRefusal(error));
      throw error;
    }
  }

  /** A connection that has been cut may still be in the pool, until its socket has closed. */
  async #connect(): Promise<PooledClient> {
    for (;;) {
      const client = (await this.#pool.connect()) as unknown as PooledClient;
      if (!client.isCut) return client;
      client.release(true);
    }
  }

  /** A server that does not answer on one connection is not trusted with those that wait for work either. */
  #abandon(attempt: Attempt): void {
    attempt.abandoned = true;
    attempt.client?.cut();
    for (const client of this.#clients) if (client.idle) client.cut();
  }

  #errorOf(error: unknown): AcmError {
    if (error instanceof AcmError) return error;
    if (error instanceof DatabaseError && error.code !== undefined)
      return errorOfSqlState({ sqlState: error.code, message: error.message }, this.#peer, error);
    if (this.#closing !== undefined)
      return unavailable(`${this.#peer}: the connections have been closed`, error);
    const { code, message } = error as NodeJS.ErrnoException;
    return unavailable(
      `${this.#peer} cannot be reached (${code ?? message}): is it running, and does the network reach it?`,
      error,
    );
  }
}

function peerOf(options: PostgresOptions): string {
  try {
    const { host, port, database } = new PostgresClient(options);
    return `PostgreSQL at ${host}:${port} (database ${database})`;
  } catch {
    // The cause would quote the string, and the password with it.
    throw new ConfigError(['the connection string of PostgreSQL cannot be read']);
  }
}

function markIdle(client: unknown, idle: boolean): void {
  (client as PostgresClient).idle = idle;
}

/** Whether the server has understood and said no, after which the connection is as good as before. */
function isRefusal(error: unknown): boolean {
  const sqlError = sqlErrorOf(error);
  return sqlError !== undefined && !isPassing(sqlError.sqlState);
}
