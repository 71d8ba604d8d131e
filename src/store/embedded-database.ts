/**
 * The database for a sidecar that has no other: PostgreSQL in WebAssembly, in a thread of this process and a directory.
 *
 * What `run` has answered is in the kernel's hands: it survives kill -9, not a loss of power. PGlite vacuums nothing by
 * itself: whoever deletes many rows runs VACUUM, as a single statement.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { AcmError } from '../errors.js';
import { DataDirectory } from './data-directory.js';
import { type Database, type Outcome, RUN_MS_MAX, type Statement } from './database.js';
import type { WorkerOrder, WorkerReport, WorkerStart } from './embedded-worker.js';
import { RunQueue } from './run-queue.js';
import { type Schedule, schedule } from './schedule.js';
import { errorOfSqlState, unavailable } from './store-errors.js';
import { queryOf } from './transaction.js';

/** Recovery after a kill reads the journal since the last checkpoint: a second or two at the most. */
const OPEN_MS_MAX = 60_000;
/** Milliseconds that close() leaves to the run under way, and to the database to shut down. */
const CLOSE_MS_MAX = 1_500;

/**
 * Megabytes of the thread's JavaScript, which PGlite's own memory does not count among: results on their way to us, in
 * pages. Without a limit their remains pile up to twice as much; a thread that goes beyond it ends.
 */
const HEAP = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 8 };

/** The worker beside this file, compiled or not. */
const WORKER_URL = new URL(`./embedded-worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url);

type RunOrder = Extract<WorkerOrder, { kind: 'run' }>;

export class EmbeddedDatabase implements Database {
  readonly kind = 'embedded';
  readonly #peer: string;
  readonly #worker: Worker;
  readonly #queue: RunQueue<RunOrder, readonly Outcome[]>;
  readonly #ended: Promise<void>;
  #lost = false;

  private constructor(directory: DataDirectory, worker: Worker) {
    this.#peer = peerOf(directory);
    this.#worker = worker;
    this.#queue = new RunQueue({
      peer: this.#peer,
      send: (order) => worker.postMessage(order),
      giveUp: () => void worker.terminate(),
      schedule,
    });
    worker.on('message', (report: WorkerReport) => this.#hear(report));
    worker.on('error', (error) => this.#lose(error.message));
    this.#ended = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#lose('its thread has ended');
        directory.release();
        resolve();
      });
    });
  }

  /**
   * Opens the database in a directory, and makes both where there is none yet.
   *
   * Measured on two shared cores: 0.4 s, and 3 to 5 s for the first time. The process then holds 0.4 GB; for a second
   * it needs 0.75 GB, and the first time 1.2 GB, while V8 optimises one huge function of PGlite. Under
   * `node --liftoff-only` that does not happen, and statements take a quarter longer.
   * @throws AcmError ACM_STORE_UNAVAILABLE when the directory is in use, cannot be written, or holds ruined data.
   */
  static async open(path: string): Promise<EmbeddedDatabase> {
    const directory = DataDirectory.hold(path);
    try {
      await prepare(directory);
      return new EmbeddedDatabase(directory, await startWorker(directory, clusterOf(directory)));
    } catch (error) {
      directory.release();
      if (error instanceof AcmError) throw error;
      throw unavailable(`${peerOf(directory)} cannot be made: ${(error as Error).message}`, error);
    }
  }

  get lost(): boolean {
    return this.#lost;
  }

  async run(statements: readonly Statement[], deadlineMs: number = RUN_MS_MAX): Promise<readonly Outcome[]> {
    return await this.#queue.run({ kind: 'run', queries: statements.map(queryOf) }, deadlineMs);
  }

  /** Lets the run under way finish, turns away those that wait, and frees the directory. */
  async close(): Promise<void> {
    this.#queue.refuse(unavailable(`${this.#peer} has been closed`));
    this.#worker.postMessage({ kind: 'close' } satisfies WorkerOrder);
    const patience = schedule(() => void this.#worker.terminate(), CLOSE_MS_MAX);
    await this.#ended;
    patience.cancel();
  }

  #hear(report: WorkerReport): void {
    if (report.kind === 'done') this.#queue.settle(report.outcomes);
    else if (report.kind === 'refused')
      this.#queue.settle(errorOfSqlState(report.error, this.#peer, undefined));
    else if (report.kind === 'broken') this.#lose(report.reason);
  }

  #lose(reason: string): void {
    this.#lost = true;
    this.#queue.fail(unavailable(`${this.#peer} has stopped (${reason}), and must be opened anew`));
  }
}

/** Makes the cluster beside its place first: a process that is killed meanwhile leaves no half of one behind. */
async function prepare(directory: DataDirectory): Promise<void> {
  const cluster = clusterOf(directory);
  if (existsSync(cluster)) return;
  const draft = `${cluster}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  // In a thread of its own, with which the memory goes that only the making takes.
  await stopWorker(await startWorker(directory, draft));
  renameSync(draft, cluster);
}

async function startWorker(directory: DataDirectory, cluster: WorkerStart): Promise<Worker> {
  const worker = new Worker(WORKER_URL, {
    name: 'embedded-database',
    workerData: cluster,
    // Variables such as PGOPTIONS are for servers.
    env: {},
    resourceLimits: HEAP,
  });
  const reason = await failureToOpen(worker);
  if (reason === undefined) return worker;
  await worker.terminate();
  throw unavailable(
    `${peerOf(directory)} cannot be opened (${reason}): put a backup in its place, or move it away to begin anew`,
  );
}

/** Resolves to undefined once the database is open. */
async function failureToOpen(worker: Worker): Promise<string | undefined> {
  let patience: ReturnType<Schedule> | undefined;
  const reason = await new Promise<string | undefined>((resolve) => {
    patience = schedule(() => resolve('it takes too long'), OPEN_MS_MAX);
    worker.once('message', (report: WorkerReport) =>
      resolve(report.kind === 'broken' ? report.reason : undefined),
    );
    worker.on('error', (error) => resolve(error.message));
    worker.once('exit', () => resolve('its thread has ended'));
  });
  patience?.cancel();
  return reason;
}

async function stopWorker(worker: Worker): Promise<void> {
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  worker.postMessage({ kind: 'close' } satisfies WorkerOrder);
  await ended;
}

function clusterOf({ path }: DataDirectory): string {
  return join(path, 'cluster');
}

function peerOf(directory: DataDirectory): string {
  return `the embedded database in ${clusterOf(directory)}`;
}
