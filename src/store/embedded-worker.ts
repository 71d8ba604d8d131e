/**
 * The thread in which the embedded database lives, since PGlite computes without a pause: on the main thread a batch
 * would delay calls by milliseconds. It does what it is told, one order after the other, and ends after `close`, and
 * after trouble of which the database says that it cannot go on.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite, type Results } from '@electric-sql/pglite';
import type { Outcome } from './database.js';
import type { SqlError } from './store-errors.js';
import { BUILTIN_TYPES, columnParser } from './wire-values.js';

export interface TextStatement {
  readonly text: string;
  readonly values: readonly (string | null)[];
}

/** What the thread is started with: the directory of the cluster. One that is empty gets a new cluster. */
export type WorkerStart = string;

export type WorkerOrder =
  | { readonly kind: 'run'; readonly statements: readonly TextStatement[] }
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
  const db = await PGlite.create(directory, {
    startParams: [...PGlite.defaultStartParams, ...SETTINGS.flatMap((setting) => ['-c', setting])],
    onStderr: (line) => {
      lastWords = FATAL_LINE.exec(line)?.[1] ?? lastWords;
      return false;
    },
  });
  for (const oid of [...BUILTIN_TYPES, ...Object.keys(db.parsers).map(Number)])
    if (oid > 0) db.parsers[oid] = columnParser(oid);
  // Values are text already. What is wrong with one is for the database to say: an exception from here would end us.
  for (const type of Object.keys(db.serializers)) db.serializers[type] = (text) => text;
  return db;
}

/** One statement is a transaction by itself; some, such as VACUUM, allow no other around them. */
async function runAll(db: PGlite, statements: readonly TextStatement[]): Promise<Outcome[]> {
  const execute = async (on: Pick<PGlite, 'query'>, { text, values }: TextStatement): Promise<Outcome> =>
    outcomeOf(await on.query(text, [...values]));
  if (statements.length === 1) return [await execute(db, statements[0]!)];
  return await db.transaction(async (transaction) => {
    const outcomes: Outcome[] = [];
    for (const statement of statements) outcomes.push(await execute(transaction, statement));
    return outcomes;
  });
}

function outcomeOf({ rows, rowCount }: Results): Outcome {
  return { rows: rows as Outcome['rows'], count: rowCount ?? 0 };
}

/** What the database itself has said no to; undefined for anything else, after which its state is unknown. */
function refusalOf(error: unknown): SqlError | undefined {
  const { severity, code, message } = error as { severity?: string; code?: string; message: string };
  return severity === 'ERROR' && code !== undefined ? { sqlState: code, message } : undefined;
}

/** Ends the thread. A database that has panicked must not write another byte, so it is not closed. */
function giveUp(error: unknown): never {
  report({ kind: 'broken', reason: lastWords || String(error) });
  process.exit(1);
}

class Keeper {
  readonly #db: PGlite;
  /** Orders are carried out one after the other, though they arrive while one is under way. */
  #last: Promise<void> = Promise.resolve();
  #runs = 0;
  #checkpointTimer: NodeJS.Timeout | undefined;

  constructor(db: PGlite) {
    this.#db = db;
  }

  take(order: WorkerOrder): void {
    this.#then(() => (order.kind === 'run' ? this.#run(order.statements) : this.#close()));
  }

  #then(work: () => Promise<void>): void {
    this.#last = this.#last.then(work).catch(giveUp);
  }

  async #run(statements: readonly TextStatement[]): Promise<void> {
    try {
      report({ kind: 'done', outcomes: await runAll(this.#db, statements) });
    } catch (error) {
      const refusal = refusalOf(error);
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
    await this.#db.exec('CHECKPOINT');
  }

  async #close(): Promise<void> {
    await this.#db.close();
    process.exit(0);
  }
}

async function main(): Promise<void> {
  const keeper = new Keeper(await openDatabase(workerData as WorkerStart));
  port.on('message', (order: WorkerOrder) => keeper.take(order));
  report({ kind: 'opened' });
}

main().catch(giveUp);
