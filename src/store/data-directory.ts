/**
 * The directory of the embedded database, and the lock that lets one process in. Two would ruin the data.
 *
 * The lock is the kernel's (fcntl, taken by SQLite on an empty file), so it is given up when its holder dies in whatever
 * way, and by nobody else: it is never stale and never stolen, and a holder that is frozen keeps it. SQLite knows the
 * connections of its own process too, which fcntl by itself does not. The file must never be removed, and nothing else
 * may open it: closing any descriptor of it would give the lock up.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { unavailable } from './store-errors.js';

const LOCK_FILE = 'lock';
const HOLDER_FILE = 'holder.json';
const PRIVATE_DIRECTORY = 0o700;
const PRIVATE_FILE = 0o600;
/** SQLITE_BUSY (sqlite.org/rescode.html). */
const BUSY = 5;

/** Who holds the directory: for messages and for people, never for a decision. */
interface Holder {
  readonly pid: number;
  /** Tells this machine since it was started from every other; absent where the system does not say. */
  readonly bootId?: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

export class DataDirectory {
  readonly #lock: DatabaseSync;

  private constructor(
    /** As it was given. */
    readonly path: string,
    lock: DatabaseSync,
  ) {
    this.#lock = lock;
  }

  /**
   * Makes the directory where there is none, for nobody else to read, and takes its lock.
   * @throws AcmError ACM_STORE_UNAVAILABLE when somebody has it (this process included), or it cannot be written.
   */
  static hold(path: string): DataDirectory {
    try {
      mkdirSync(path, { recursive: true, mode: PRIVATE_DIRECTORY });
      return new DataDirectory(path, takeLock(path));
    } catch (error) {
      if ((error as { errcode?: number }).errcode === BUSY) throw unavailable(heldBy(path), error);
      const { message } = error as Error;
      throw unavailable(
        `the data directory ${path} cannot be used (${message}): it must be on a local disk, and writable for us`,
        error,
      );
    }
  }

  /** Lets others in. */
  release(): void {
    this.#lock.close();
  }
}

function takeLock(path: string): DatabaseSync {
  const lock = new DatabaseSync(join(path, LOCK_FILE));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    writeHolder(path);
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

function writeHolder(path: string): void {
  const bootId = readBootId();
  const holder: Holder = {
    pid: process.pid,
    ...(bootId === undefined ? {} : { bootId }),
    startedAt: new Date(performance.timeOrigin).toISOString(),
  };
  writeFileSync(join(path, HOLDER_FILE), `${JSON.stringify(holder)}\n`, { mode: PRIVATE_FILE });
}

function heldBy(path: string): string {
  return `the data directory ${path} is in use by ${holderName(path)}: stop it, or give each process its own directory`;
}

function holderName(path: string): string {
  try {
    const { pid, bootId, startedAt } = JSON.parse(readFileSync(join(path, HOLDER_FILE), 'utf8')) as Holder;
    const where = bootId === readBootId() ? '' : ', on another machine';
    return `process ${pid} (started ${startedAt}${where})`;
  } catch {
    // The holder has the lock and has not written its name yet.
    return 'another process';
  }
}

function readBootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}
