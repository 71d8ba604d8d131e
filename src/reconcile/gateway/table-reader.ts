/**
 * The one reader of window_deltas: it takes every row once, in whatever order they are committed, and puts it into the
 * ring from which all followers read. It also finds out whether the database is there, and makes the epoch.
 *
 * A row that commits late has a lower sequence than rows that were seen already: such sequences are asked for until they
 * come, or until they cannot come any more.
 */
import { AcmError } from '../../errors.js';
import type { SequenceGaps } from '../sequence-gaps.js';
import type { DatabaseState } from './database-state.js';
import type { DeltaRing } from './delta-ring.js';
import type { DeltaTable } from './delta-table.js';
import { refusalOf } from './gateway-database.js';
import { entryOf } from './news-frames.js';

/** How often it reads when nothing wakes it: while it would be woken, and while it would not. */
const IDLE_MS = 1_000;
const POLL_MS = 20;
/** From one reading to the next at the least: what comes in between is read together. */
const READ_MS_MIN = 10;
/** While the database is away. */
const RETRY_MS = 250;
/** At the start sequences below the highest one count as missing: their rows may be in the making. */
const FIRST_GAPS = 1_000;

export interface TableReaderParts {
  readonly table: DeltaTable;
  readonly ring: DeltaRing;
  readonly gaps: SequenceGaps;
  readonly state: DatabaseState;
  /** What makes the database unfit for us, in words; '' for nothing. Asked at each connect. */
  readonly examine: () => Promise<string>;
  /** Whether wake() is called for each change. */
  readonly tells: () => boolean;
  /** Whether anybody waits for rows. */
  readonly isWanted: () => boolean;
  /** There is something new: rows in the ring, or another epoch. */
  readonly onNews: () => void;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

export class TableReader {
  readonly #parts: TableReaderParts;
  #epoch = '';
  #highest = 0;
  #rows = 0;
  #epochs = 0;
  #stopped = false;
  #woken = false;
  #rouse: () => void = () => {};
  #loop: Promise<void> | undefined;

  constructor(parts: TableReaderParts) {
    this.#parts = parts;
  }

  /** Of the rows in the ring; '' until it is known. */
  get epoch(): string {
    return this.#epoch;
  }

  /** Rows taken since the start. */
  get rows(): number {
    return this.#rows;
  }

  /** Epochs that have begun since the start; the first one is none. */
  get newEpochs(): number {
    return Math.max(0, this.#epochs - 1);
  }

  /** Reads once, and goes on by itself; settles after the first reading, which the deadlines of the database bound. */
  async start(): Promise<void> {
    await this.#turn();
    this.#loop = this.#run();
  }

  /** There may be something new. */
  wake(): void {
    this.#woken = true;
    if (this.#parts.isWanted()) this.#rouse();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#rouse();
    await this.#loop;
  }

  async #run(): Promise<void> {
    let isFull = false;
    while (!this.#stopped) {
      if (!isFull) await this.#pause();
      if (!this.#stopped) isFull = await this.#turn();
    }
  }

  #pause(): Promise<void> {
    const { isWanted, tells, state } = this.#parts;
    const restMs = !state.isUp ? RETRY_MS : isWanted() && !tells() ? POLL_MS : IDLE_MS;
    return new Promise((resolve) => {
      let timer = setTimeout(resolve, this.#woken && isWanted() ? READ_MS_MIN : restMs);
      const begunMs = this.#parts.nowMs();
      this.#rouse = () => {
        clearTimeout(timer);
        this.#rouse = () => {};
        if (this.#stopped || !state.isUp) resolve();
        else timer = setTimeout(resolve, Math.max(0, READ_MS_MIN - (this.#parts.nowMs() - begunMs)));
      };
    });
  }

  /** @returns whether there is more to be read at once. */
  async #turn(): Promise<boolean> {
    const { state } = this.#parts;
    this.#woken = false;
    try {
      if (!state.isUp && !(await this.#isFit())) return false;
      const isFull = await this.#read();
      state.up();
      return isFull;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal !== undefined)
        state.unfit(`${refusal.message}; run \`acm lumadb-gateway prepare\`, see its --help`);
      else if (error instanceof AcmError) state.away(error);
      else throw error;
      return false;
    }
  }

  async #isFit(): Promise<boolean> {
    const complaint = await this.#parts.examine();
    if (complaint !== '') this.#parts.state.unfit(complaint);
    return complaint === '';
  }

  async #read(): Promise<boolean> {
    const { table, gaps } = this.#parts;
    gaps.expire(this.#parts.nowMs());
    const page = this.#epoch === '' ? undefined : await table.newer(this.#epoch, this.#highest, gaps.list());
    if (page === undefined) {
      await this.#begin();
      return true;
    }
    const nowMs = this.#parts.nowMs();
    for (const row of page.rows) {
      if (row.sequence > this.#highest) {
        gaps.open(this.#highest + 1, row.sequence, nowMs);
        this.#highest = row.sequence;
      } else gaps.close(row.sequence);
      this.#parts.ring.add(entryOf(row), nowMs);
    }
    this.#rows += page.rows.length;
    if (page.rows.length > 0) this.#parts.onNews();
    return page.isFull;
  }

  /** Another life of the table: what is in the ring is of the one before. */
  async #begin(): Promise<void> {
    const { table, gaps, ring, nowMs, onNews } = this.#parts;
    const { epoch, highest } = await table.begin();
    ring.clear();
    gaps.clear();
    gaps.open(Math.max(1, highest + 1 - FIRST_GAPS), highest + 1, nowMs());
    this.#highest = highest;
    this.#epoch = epoch;
    this.#epochs++;
    onNews();
  }
}
