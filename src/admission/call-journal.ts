/** Writes down the calls that nothing speaks against, where that is wanted: after the answer, as far as there is room. */
import type { NumberKeys } from '../detection/number-keys.js';
import type { Bookkeeping } from './bookkeeping.js';
import type { JudgedCall } from './judged-call.js';
import type { Recorder } from './store-ports.js';

/** Most calls that wait to be written down; beyond it the newest is left out, and counted. */
const WAITING_MAX = 20_000;
/** Calls handed on before the event loop may answer calls again. */
const BATCH = 100;

export interface CallJournalParts {
  readonly keys: NumberKeys;
  readonly bookkeeping: Bookkeeping;
  readonly recorder: Recorder;
  readonly defer: (work: () => void) => void;
}

export class CallJournal {
  readonly #parts: CallJournalParts;
  #waiting: JudgedCall[] = [];
  #scheduled = false;
  #dropped = 0;

  constructor(parts: CallJournalParts) {
    this.#parts = parts;
  }

  /** Calls that were left out for want of room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a call; it is written down after the answer. */
  add(call: JudgedCall): void {
    if (this.#waiting.length >= WAITING_MAX) {
      this.#dropped++;
      return;
    }
    this.#parts.keys.retain(call.aKey);
    this.#parts.keys.retain(call.bKey);
    this.#waiting.push(call);
    if (!this.#scheduled) this.#schedule();
  }

  #schedule(): void {
    this.#scheduled = true;
    this.#parts.defer(() => this.#writeBatch());
  }

  #writeBatch(): void {
    const { keys, bookkeeping, recorder } = this.#parts;
    for (const call of this.#waiting.splice(0, BATCH)) {
      recorder.unflaggedCall(bookkeeping.recordOf(call));
      keys.release(call.aKey);
      keys.release(call.bKey);
    }
    this.#scheduled = false;
    if (this.#waiting.length > 0) this.#schedule();
  }
}
