/** `acm lumadb-gateway` as a process, on an address that stays the same when it is killed and started again. */
import { createHash, randomBytes } from 'node:crypto';
import { freeTcpPort } from '../../support/free-port.js';
import type { PostgresServer } from '../../support/postgres.js';
import { AcmProcess } from '../../support/sidecar-process.js';

export class Gateway {
  readonly token: string;
  readonly #listen: string;
  readonly #postgres: PostgresServer;
  readonly #env: Record<string, string>;
  #process: AcmProcess | undefined;
  #databaseUrl = '';

  /** @param listen host:port. */
  constructor(
    listen: string,
    postgres: PostgresServer,
    env: Record<string, string> = {},
    token = randomBytes(24).toString('base64url'),
  ) {
    this.token = token;
    this.#listen = listen;
    this.#postgres = postgres;
    this.#env = env;
  }

  /** Another one over the same tables, which takes the same token. */
  twin(listen: string): Gateway {
    const twin = new Gateway(listen, this.#postgres, this.#env, this.token);
    twin.#databaseUrl = this.#databaseUrl;
    return twin;
  }

  get address(): { host: string; port: number } {
    const [host, port] = this.#listen.split(':');
    return { host, port: Number(port) };
  }

  get process(): AcmProcess {
    return this.#process!;
  }

  async start(): Promise<void> {
    this.#process = new AcmProcess(['lumadb-gateway', '--listen', this.#listen], {
      ACM_GATEWAY_DATABASE_URL: this.#databaseUrl,
      ACM_GATEWAY_TOKEN_HASHES: createHash('sha256').update(this.token).digest('hex'),
      ACM_GATEWAY_METRICS_ADDRESS: `127.0.0.1:${await freeTcpPort()}`,
      ACM_ALLOW_PLAINTEXT: 'true',
      ...this.#env,
    });
    await this.#process.logged('ready');
  }

  /** Makes the tables and the role, as an operator would. */
  async prepare(): Promise<void> {
    const acm = new AcmProcess(['lumadb-gateway', 'prepare', '--admin-url', this.#postgres.url]);
    const { code } = await acm.end();
    const url = /^ACM_GATEWAY_DATABASE_URL=(\S+)$/m.exec(acm.output)?.[1];
    if (code !== 0 || url === undefined) throw new Error(`prepare: ${acm.output}${acm.errors}`);
    this.#databaseUrl = url;
  }

  /** Kills it where it stands. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  async stop(): Promise<void> {
    if (this.#process === undefined) return;
    this.#process.signal('SIGTERM');
    await this.#process.end();
  }
}
