/** The database behind the gateway: PostgreSQL where one is configured, else the embedded one. */
import { AcmError, ConfigError } from '../src/errors.js';
import { GUEST_ROLE, GUEST_SETUP } from '../src/reconcile/gateway/embedded-guest.js';
import {
  type GatewayDatabase,
  GUEST_MS_MAX,
  RESULT_BYTES_MAX,
  refusalOf,
} from '../src/reconcile/gateway/gateway-database.js';
import { CHANNEL, TABLES } from '../src/reconcile/gateway/gateway-schema.js';
import { type Database, DatabaseRefusal } from '../src/store/database.js';
import { EmbeddedDatabase } from '../src/store/embedded-database.js';
import { runGuestStatement } from '../src/store/guest-statement.js';
import { PostgresDatabase } from '../src/store/postgres-database.js';
import { PostgresNotices } from '../src/store/postgres-notices.js';

const CONNECT_MS_MAX = 2_000;
const SETUP_MS_MAX = 10_000;
/** As it comes over the wire; the JSON made of it has the same limit. */
const GUEST_LIMITS = { msMax: GUEST_MS_MAX, bytesMax: RESULT_BYTES_MAX };
/** A refusal that passes is described so; see src/store/store-errors.ts. */
const SQL_STATE = /SQLSTATE ([\dA-Z]{5}): (.*)\)/;

export interface OwnedDatabase extends GatewayDatabase {
  close(): Promise<void>;
}

/** Does not wait for the server. @throws ConfigError for a URL that cannot be read. */
export function postgresOf(connectionString: string): OwnedDatabase {
  const statements = new PostgresDatabase({ connectionString });
  // So that what followers wait for does not wait for what is published.
  const readings = new PostgresDatabase({ connectionString });
  const config = { connectionString, connectionTimeoutMillis: CONNECT_MS_MAX };
  const notices = new PostgresNotices({
    config,
    channel: CHANNEL,
    onNotice: () => database.onChange(),
  });
  const database: OwnedDatabase = {
    kind: 'postgresql',
    run: (list, deadlineMs) => statements.run(list, deadlineMs),
    read: (list, deadlineMs) => readings.run(list, deadlineMs),
    runGuest: (text, values) => runGuestStatement(config, text, values, GUEST_LIMITS),
    get tells() {
      return notices.works;
    },
    onChange: () => {},
    async close() {
      await Promise.all([notices.stop(), statements.close(), readings.close()]);
    },
  };
  return database;
}

/**
 * Opens the embedded database and makes the tables in it.
 * @throws AcmError when the directory is in use, cannot be written or holds ruined data; ConfigError when it is a sidecar's.
 */
export async function embeddedOf(directory: string): Promise<OwnedDatabase> {
  const embedded = new EmbeddedGatewayDatabase(directory);
  await embedded.open();
  return embedded;
}

/** Opens it again when it is lost, and when somebody's statement does not end: nothing else can end one. */
class EmbeddedGatewayDatabase implements OwnedDatabase {
  readonly kind = 'embedded';
  /** All changes go through this process, which knows of them. */
  readonly tells = true;
  onChange = (): void => {};
  #database: Database | undefined;
  #opening: Promise<void> | undefined;
  #closed = false;

  constructor(private readonly directory: string) {}

  async open(): Promise<void> {
    const database = await EmbeddedDatabase.open(this.directory);
    try {
      const [found] = await database.run([{ text: "SELECT to_regclass('schema_versions') AS name" }]);
      if (found!.rows[0]!['name'] !== null)
        throw new ConfigError([
          `ACM_GATEWAY_DATA_DIR: ${this.directory} holds the store of a sidecar; the gateway needs a directory of its own`,
        ]);
      await database.run(
        [...TABLES, ...GUEST_SETUP].map(({ text }) => ({ text })),
        SETUP_MS_MAX,
      );
      this.#database = database;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  run: GatewayDatabase['run'] = (statements, deadlineMs) => this.#opened().run(statements, deadlineMs);

  read: GatewayDatabase['read'] = (statements, deadlineMs) => this.#opened().run(statements, deadlineMs);

  runGuest: GatewayDatabase['runGuest'] = async (text, values) => {
    const database = this.#opened();
    try {
      const statements = [{ text: `SET LOCAL ROLE ${GUEST_ROLE}` }, { text, values }];
      const outcome = (await database.run(statements, GUEST_MS_MAX))[1]!;
      return { ...outcome, rows: outcome.rows.map(withTextBytes) };
    } catch (error) {
      const refusal = refusalOf(error) ?? passingRefusalOf(error);
      if (refusal !== undefined) return refusal;
      this.#reopen(database);
      throw error;
    }
  };

  async close(): Promise<void> {
    this.#closed = true;
    await this.#opening;
    await this.#database?.close();
  }

  #opened(): Database {
    if (this.#database?.lost === true) this.#reopen(this.#database);
    if (this.#database === undefined)
      throw new AcmError('ACM_STORE_UNAVAILABLE', 'the embedded database is being opened again');
    return this.#database;
  }

  #reopen(old: Database): void {
    if (this.#closed || this.#opening !== undefined) return;
    this.#database = undefined;
    this.#opening = old
      .close()
      .then(() => this.open())
      .catch((error: unknown) => {
        // Whoever asks next finds it lost, and tries again.
        if (!(error instanceof AcmError)) throw error;
        this.#database = old;
      })
      .finally(() => {
        this.#opening = undefined;
      });
  }
}

function passingRefusalOf(error: unknown) {
  if (error instanceof DatabaseRefusal) return undefined;
  const [, sqlState, message] = SQL_STATE.exec((error as Error).message) ?? [];
  return sqlState === undefined ? undefined : { sqlState, message: message ?? '' };
}

/** Bytes as PostgreSQL writes them: `\x...`. */
function withTextBytes(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : value,
    ]),
  );
}
