/**
 * Hears of changes by LISTEN, on a connection of its own. An engine may take LISTEN and never tell: so we tell ourselves
 * something, at the start and again and again, and see whether it comes.
 */
import type { ClientConfig } from 'pg';
import { PostgresClient } from './postgres-client.js';
import { sqlErrorOf } from './transaction.js';

/** From one trial to the next, and how long one may take. */
const TRIAL_MS = 5_000;
const TRIAL_MS_MAX = 2_000;
/** From the end of one connection to the next one. */
const RECONNECT_MS = 500;

export interface PostgresNoticesOptions {
  readonly config: ClientConfig;
  /** A lower-case identifier, of the channel and of the table whose trigger tells by it. */
  readonly channel: string;
  readonly onNotice: () => void;
}

export class PostgresNotices {
  readonly #options: PostgresNoticesOptions;
  #client: PostgresClient | undefined;
  #works = false;
  #heard = false;
  #stopped = false;
  #wake: () => void = () => {};
  readonly #loop: Promise<void>;

  constructor(options: PostgresNoticesOptions) {
    this.#options = options;
    this.#loop = this.#run();
  }

  /** Whether every change is told of now. */
  get works(): boolean {
    return this.#works;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#client?.cut();
    this.#wake();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#listen().catch(() => undefined);
      this.#works = false;
      this.#client?.cut();
      await this.#pause(RECONNECT_MS);
    }
  }

  /** Until the connection is lost, which rejects. */
  async #listen(): Promise<void> {
    const { config, channel, onNotice } = this.#options;
    const client = new PostgresClient(config);
    this.#client = client;
    client.on('notification', () => {
      this.#heard = true;
      onNotice();
    });
    await this.#within(client, client.connect());
    const works = await this.#within(client, this.#begin(client, channel));
    while (!this.#stopped && !client.isCut) {
      this.#heard = false;
      if (works) await this.#within(client, client.query('SELECT pg_notify($1, $2)', [channel, '']));
      this.#works = works && this.#heard;
      await Promise.race([this.#pause(TRIAL_MS), client.closed]);
    }
  }

  /** @returns whether the engine takes LISTEN, and the table has a trigger. */
  async #begin(client: PostgresClient, channel: string): Promise<boolean> {
    try {
      await client.query(`LISTEN ${channel}`);
      const { rows } = await client.query(
        'SELECT 1 FROM pg_trigger WHERE tgrelid = to_regclass($1) AND NOT tgisinternal',
        [channel],
      );
      return rows.length > 0;
    } catch (error) {
      if (sqlErrorOf(error) === undefined) throw error;
      return false;
    }
  }

  async #within<T>(client: PostgresClient, work: Promise<T>): Promise<T> {
    const patience = setTimeout(() => client.cut(), TRIAL_MS_MAX);
    try {
      return await work;
    } finally {
      clearTimeout(patience);
    }
  }

  #pause(ms: number): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
