/** Debian's PostgreSQL in the place of the image: set up by its environment and its initdb script, found at its usual port. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { pipeline } from 'node:stream';
import pg from 'pg';
import type { Service } from '../../sidecar/compose/project.js';
import { type PostgresServer, startPostgres } from '../../support/postgres.js';

/** In a network of the test's own nobody else has it. */
const PORT = 5_432;
const SCRIPTS = '/docker-entrypoint-initdb.d';
/** As the image runs it. */
const PSQL_OPTIONS = ['-v', 'ON_ERROR_STOP=1', '--no-password', '--no-psqlrc', '--quiet'];

export class StandInPostgres {
  private constructor(
    private readonly server: PostgresServer,
    private readonly password: string,
    private readonly door: Server,
  ) {}

  /** @param host where others find it. */
  static async start({ environment = {}, volumes = [] }: Service, host: string): Promise<StandInPostgres> {
    const server = await startPostgres({ user: 'postgres', port: PORT });
    try {
      const password = environment['POSTGRES_PASSWORD']!;
      await ask(server.url, `ALTER ROLE postgres PASSWORD ${pg.escapeLiteral(password)}`);
      const postgres = new StandInPostgres(server, password, await openDoor(host));
      for (const mount of volumes.filter(({ target }) => target.startsWith(SCRIPTS)))
        execFileSync('psql', [...PSQL_OPTIONS, '-f', mount.source, postgres.#urlOf('postgres')], {
          env: { PATH: process.env['PATH'], ...environment },
          stdio: 'pipe',
        });
      return postgres;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Asks a database as the superuser. */
  query(database: string, text: string): Promise<Record<string, unknown>[]> {
    return ask(this.#urlOf(database), text);
  }

  #urlOf(database: string): string {
    return `postgres://postgres:${this.password}@127.0.0.1:${PORT}/${database}`;
  }

  async stop(): Promise<void> {
    this.door.close();
    await this.server.stop();
  }
}

async function ask(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

/** Lets other hosts in: the server itself listens on loopback alone. */
async function openDoor(host: string): Promise<Server> {
  const door = createServer((client) => {
    const server = connect(PORT, '127.0.0.1');
    pipeline(client, server, client, () => undefined);
  });
  door.listen(PORT, host);
  await once(door, 'listening');
  return door;
}
