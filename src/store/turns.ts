/** Work that takes turns, in the order in which it was asked for. */
import { unavailable } from './store-errors.js';

/** Works that may wait; beyond it the newest is turned away. */
const WAITING_MAX = 100;
/** Longest wait, in milliseconds: whoever asked may not be there any more. */
const WAIT_MS_MAX = 5_000;

export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @param nowMs milliseconds of a clock that never goes back. */
  constructor(private readonly nowMs: () => number) {}

  /**
   * Does the work when all that came before is done, whatever became of it.
   * @throws AcmError ACM_STORE_UNAVAILABLE when too many wait, or its turn comes too late; what the work throws.
   */
  take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= WAITING_MAX)
      return Promise.reject(unavailable(`too many changes at a time: ${WAITING_MAX} wait`));
    this.#waiting++;
    const askedMs = this.nowMs();
    const done = this.#last.then(() => {
      this.#waiting--;
      if (this.nowMs() - askedMs > WAIT_MS_MAX)
        throw unavailable(`the changes before this one took more than ${WAIT_MS_MAX / 1_000} s`);
      return work();
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}
