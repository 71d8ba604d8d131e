/** Debian's PostgreSQL in the place of the image: set up by its environment and its initdb script, found at its usual port. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { pipeline } from 'node:stream';
import pg from 'pg';
import { pathOutside, type Service } from '../../sidecar/compose/project.js';
import { type PostgresServer, startPostgres } from '../../support/postgres.js';

const PORT = 5_432;
const SCRIPTS = '/docker-entrypoint-initdb.d';

export class StandInPostgres {
  private constructor(
    private readonly server: PostgresServer,
    private readonly door: Server,
  ) {}

  /** @param host where others find it. */
  static async start(service: Service, host: string): Promise<StandInPostgres> {
    const server = await startPostgres();
    try {
      const { environment = {}, volumes = [] } = service;
      const url = await makeSuperuser(server, environment['POSTGRES_PASSWORD']!);
      for (const { target } of volumes.filter((mount) => mount.target.startsWith(SCRIPTS)))
        execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', pathOutside(service, target), url], {
          env: { PATH: process.env['PATH'], ...environment },
          stdio: 'pipe',
        });
      return new StandInPostgres(server, await openDoor(host, server.port));
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Asks a database as the server's own superuser. */
  async query(database: string, text: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({
      connectionString: this.server.url.replace(/postgres$/, database).replace('//acm:', '//bootstrap:'),
    });
    await client.connect();
    try {
      return (await client.query(text)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    this.door.close();
    await this.server.stop();
  }
}

/** Lets other hosts in: the server itself listens on loopback alone. */
async function openDoor(host: string, port: number): Promise<Server> {
  const door = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    pipeline(client, server, client, () => undefined);
  });
  door.listen(PORT, host);
  await once(door, 'listening');
  return door;
}

/** The server's own superuser has a name that the initdb script wants for somebody else. @returns the URL of `postgres`. */
async function makeSuperuser(server: PostgresServer, password: string): Promise<string> {
  const own = new pg.Client({ connectionString: server.url });
  await own.connect();
  await own.query(`CREATE ROLE postgres SUPERUSER LOGIN PASSWORD ${pg.escapeLiteral(password)}`);
  await own.end();
  const url = new URL(server.url);
  url.username = 'postgres';
  url.password = password;
  const superuser = new pg.Client({ connectionString: url.toString() });
  await superuser.connect();
  await superuser.query('ALTER ROLE acm RENAME TO bootstrap');
  await superuser.end();
  return url.toString();
}
