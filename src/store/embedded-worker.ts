/**
 * The thread in which the embedded database lives, since PGlite computes without a pause: on the main thread a batch
 * would delay calls by milliseconds. It does what it is told, one order after the other, and ends after `close`, and
 * after trouble of which the database says that it cannot go on.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { Client } from 'pg';
import type { Outcome } from './database.js';
import { PgliteStream } from './pglite-stream.js';
import type { SqlError } from './store-errors.js';
import { type Query, sqlErrorOf, transact } from './transaction.js';
import { columnParser } from './wire-values.js';

/** What the thread is started with: the directory of the cluster. One that is empty gets a new cluster. */
export type WorkerStart = string;

export type WorkerOrder =
  | { readonly kind: 'run'; readonly queries: readonly Query[] }
  | { readonly kind: 'close' };

export type WorkerReport =
  | { readonly kind: 'opened' }
  /** The statements have taken effect. */
  | { readonly kind: 'done'; readonly outcomes: readonly Outcome[] }
  /** They have not, and the next ones may. */
  | { readonly kind: 'refused'; readonly error: SqlError }
  /** Nothing works any more; the thread ends. */
  | { readonly kind: 'broken'; readonly reason: string };

/**
 * PGlite has no processes besides, so nothing ever writes a checkpoint, and the journal would grow without an end: we
 * do after so many runs, or so many milliseconds after the first of them.
 */
const CHECKPOINT_RUNS = 1_000;
const CHECKPOINT_MS = 60_000;

const SETTINGS = ['shared_buffers=16MB', 'max_wal_size=64MB', 'min_wal_size=32MB'];

/** What PostgreSQL says while it cannot go on; an ordinary ERROR is not among it. */
const FATAL_LINE = /\b(?:FATAL|PANIC): +(.*)/;

const port = parentPort!;
let lastWords = '';

function report(message: WorkerReport): void {
  port.postMessage(message);
}

async function openDatabase(directory: WorkerStart): Promise<PGlite> {
  return await PGlite.create(directory, {
    startParams: [...PGlite.defaultStartParams, ...SETTINGS.flatMap((setting) => ['-c', setting])],
    onStderr: (line) => {
      lastWords = FATAL_LINE.exec(line)?.[1] ?? lastWords;
      return false;
    },
  });
}

async function connect(db: PGlite): Promise<Client> {
  const client = new Client({
    stream: () => new PgliteStream(db),
    user: 'postgres',
    database: 'postgres',
    types: { getTypeParser: columnParser },
  });
  await client.connect();
  return client;
}

/** Ends the thread. A database that has panicked must not write another byte, so it is not closed. */
function giveUp(error: unknown): never {
  report({ kind: 'broken', reason: lastWords || String(error) });
  process.exit(1);
}

class Keeper {
  readonly #db: PGlite;
  readonly #client: Client;
  /** Orders are carried out one after the other, though they arrive while one is under way. */
  #last: Promise<void> = Promise.resolve();
  #runs = 0;
  #checkpointTimer: NodeJS.Timeout | undefined;

  constructor(db: PGlite, client: Client) {
    this.#db = db;
    this.#client = client;
  }

  take(order: WorkerOrder): void {
    this.#then(() => (order.kind === 'run' ? this.#run(order.queries) : this.#close()));
  }

  #then(work: () => Promise<void>): void {
    this.#last = this.#last.then(work).catch(giveUp);
  }

  async #run(queries: readonly Query[]): Promise<void> {
    try {
      report({ kind: 'done', outcomes: await transact(this.#client, queries) });
    } catch (error) {
      const refusal = sqlErrorOf(error);
      if (refusal === undefined) throw error;
      report({ kind: 'refused', error: refusal });
    }
    this.#checkpointTimer ??= setTimeout(() => this.#then(() => this.#checkpoint()), CHECKPOINT_MS);
    if (++this.#runs >= CHECKPOINT_RUNS) await this.#checkpoint();
  }

  async #checkpoint(): Promise<void> {
    clearTimeout(this.#checkpointTimer);
    this.#checkpointTimer = undefined;
    this.#runs = 0;
    await this.#client.query('CHECKPOINT');
  }

  async #close(): Promise<void> {
    await this.#db.close();
    process.exit(0);
  }
}

async function main(): Promise<void> {
  const db = await openDatabase(workerData as WorkerStart);
  const keeper = new Keeper(db, await connect(db));
  port.on('message', (order: WorkerOrder) => keeper.take(order));
  report({ kind: 'opened' });
}

main().catch(giveUp);
