/** Deletes what is older than any window, a bounded number of rows at a time; several gateways may do so at once. */
import { AcmError } from '../../errors.js';
import type { DatabaseState } from './database-state.js';
import type { DeltaTable } from './delta-table.js';

/** The longest window that can be configured, and half a minute for clocks and delays. */
const KEPT_MS = 330_000;
const PAUSE_MS = 5_000;
/** While there is more. */
const NEXT_MS = 200;

export interface PrunerParts {
  readonly table: Pick<DeltaTable, 'prune'>;
  readonly state: DatabaseState;
}

export class Pruner {
  readonly #parts: PrunerParts;
  #pruned = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #underWay: Promise<void> = Promise.resolve();

  constructor(parts: PrunerParts) {
    this.#parts = parts;
  }

  /** Rows deleted since the start. */
  get pruned(): number {
    return this.#pruned;
  }

  start(afterMs = PAUSE_MS): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#underWay = this.#prune().then((more) => this.start(more ? NEXT_MS : PAUSE_MS));
    }, afterMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#underWay;
  }

  /** @returns whether there is more. */
  async #prune(): Promise<boolean> {
    const { table, state } = this.#parts;
    if (!state.isUp) return false;
    try {
      const { pruned, more } = await table.prune(KEPT_MS);
      this.#pruned += pruned;
      return more;
    } catch (error) {
      // The reader finds out what is wrong with the database, and tells.
      if (error instanceof AcmError) return false;
      throw error;
    }
  }
}
