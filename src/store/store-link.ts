/**
 * The store as one sidecar lives with it: opened, migrated, its rules loaded, then watched for changes, for ever. While it
 * is away the sidecar goes on with what it knows, says so, and catches up when the store is back.
 */
import type { Incidents } from '../admission/incident.js';
import type { Log, WallClock } from '../admission/ports.js';
import type { RuleBook } from '../admission/rule-book.js';
import type { RuleWatch, StoreHealth } from '../admission/store-ports.js';
import { AcmError } from '../errors.js';
import type { Database } from './database.js';
import { migrate } from './migrate.js';
import { NEVER, openIncidents, readChanges } from './rule-changes.js';

/** How often the store is asked whether rules have changed: they are in force everywhere within a second. */
const POLL_MS = 250;
const PAUSE_MS_MIN = 250;
const PAUSE_MS_MAX = 5_000;
/** Rows of one page: many at once before the first call is served, few afterwards, so that no call waits for them. */
const ROWS_BEFORE_SERVING = 20_000;
const ROWS_WHILE_SERVING = 500;
const INCIDENTS_MAX = 100_000;
/** The store forgets removed rules after a day: who has not heard of it for half a day reads everything anew. */
const STALE_MS = 43_200_000;

export interface StoreLinkOptions {
  readonly kind: Database['kind'];
  readonly open: () => Promise<Database>;
  readonly book: RuleBook;
  readonly incidents: Incidents;
  readonly wallClock: WallClock;
  readonly log: Log;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
  /** Lets the calls that wait be answered. */
  readonly yieldTurn: () => Promise<void>;
  /** A number in [0, 1). */
  readonly random: () => number;
}

export class StoreLink implements RuleWatch {
  readonly #options: StoreLinkOptions;
  #opened: Database | undefined;
  /** Opened, and its schema is ours. */
  #ready: Database | undefined;
  #revision = NEVER;
  #caughtUpAt = 0;
  #failures = 0;
  #detail = '';
  #stopped = false;
  #serving = false;
  /** The reading under way, and the one that waits for it to end. */
  #reading: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(options: StoreLinkOptions) {
    this.#options = options;
  }

  get health(): StoreHealth {
    const { kind, book } = this.#options;
    const state = this.#failures > 0 ? 'down' : book.loaded ? 'up' : 'starting';
    return { kind, state, detail: this.#detail };
  }

  get revision(): number {
    return Math.max(this.#revision, 0);
  }

  /** @throws AcmError ACM_STORE_UNAVAILABLE until the store has been reached once. */
  get database(): Database {
    if (this.#ready !== undefined) return this.#ready;
    const because = this.#detail === '' ? 'it is still starting' : this.#detail;
    throw new AcmError('ACM_STORE_UNAVAILABLE', `the store is not there: ${because}`);
  }

  /** Settles when the rules are loaded, or at the first failure; goes on in the background either way. */
  async start(): Promise<void> {
    await this.#attempt();
    this.#serving = true;
    void this.#watch();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#opened?.close();
  }

  catchUp(): Promise<void> {
    if (this.#reading === undefined) return this.#read();
    // The reading under way may have begun before the caller's change was committed.
    this.#next ??= this.#reading.catch(() => undefined).then(() => this.#read());
    return this.#next;
  }

  async #watch(): Promise<void> {
    const { sleep, random } = this.#options;
    while (!this.#stopped) {
      const pauseMs = Math.min(PAUSE_MS_MIN * 2 ** (this.#failures - 1), PAUSE_MS_MAX);
      await sleep(this.#failures === 0 ? POLL_MS : pauseMs * (0.5 + random() / 2));
      if (!this.#stopped) await this.#attempt();
    }
  }

  async #attempt(): Promise<void> {
    try {
      await this.catchUp();
      if (this.#failures > 0) this.#options.log.info({ after: this.#failures }, 'the store is back');
      this.#failures = 0;
      this.#detail = '';
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Also a defect of ours must not end the process: calls are checked all the same. */
  #fail(error: unknown): void {
    const { log } = this.#options;
    this.#failures++;
    this.#detail = error instanceof AcmError ? error.message : 'a defect; see the log';
    if (this.#failures > 1 || this.#stopped) return;
    if (!(error instanceof AcmError)) log.error({ err: error }, 'reading the store failed');
    log.error({ reason: this.#detail }, 'the store is away; calls are checked by what is known');
  }

  #read(): Promise<void> {
    this.#next = undefined;
    this.#reading = this.#readOnce().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readOnce(): Promise<void> {
    const { book, log, now, yieldTurn } = this.#options;
    const database = await this.#reach();
    if (this.#revision !== NEVER && now().getTime() - this.#caughtUpAt > STALE_MS) {
      book.clear();
      this.#revision = NEVER;
    }
    const rows = this.#serving ? ROWS_WHILE_SERVING : ROWS_BEFORE_SERVING;
    const before = this.#revision;
    this.#revision = await readChanges(database, before, rows, now(), async (changes) => {
      book.apply(changes);
      await yieldTurn();
    });
    if (!book.loaded) {
      await this.#takeUpIncidents(database);
      book.markLoaded();
      log.info({ revision: this.#revision }, 'rules loaded from the store');
    } else if (this.#revision !== before) log.debug({ revision: this.#revision }, 'rules have changed');
    this.#caughtUpAt = now().getTime();
  }

  async #reach(): Promise<Database> {
    const { open, log } = this.#options;
    if (this.#opened?.lost === true) {
      await this.#opened.close();
      this.#opened = undefined;
      this.#ready = undefined;
    }
    this.#opened ??= await open();
    if (this.#ready === undefined) {
      await migrate(this.#opened, log);
      this.#ready = this.#opened;
    }
    return this.#ready;
  }

  async #takeUpIncidents(database: Database): Promise<void> {
    const { incidents, wallClock } = this.#options;
    for (const incident of await openIncidents(database, wallClock, INCIDENTS_MAX))
      incidents.restore(incident);
  }
}
