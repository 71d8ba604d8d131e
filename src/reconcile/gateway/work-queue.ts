/** Work that is done a few pieces at a time, while a bounded number of others wait for a bounded time. */
import { AcmError } from '../../errors.js';

export interface WorkQueueOptions {
  /** Pieces under way at once. */
  readonly underWayMax: number;
  readonly waitingMax: number;
  /** Milliseconds that a piece waits before it is given up. */
  readonly waitMsMax: number;
}

interface Waiting {
  readonly begin: () => void;
}

export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<Waiting>();
  #underWay = 0;
  #refused = 0;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** Pieces that were turned away or given up. */
  get refused(): number {
    return this.#refused;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** @throws AcmError ACM_RATE_LIMITED when too many wait, or it has waited for too long; and whatever the work throws. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#turn();
    try {
      return await work();
    } finally {
      this.#underWay--;
      const [next] = this.#waiting;
      next?.begin();
    }
  }

  #turn(): Promise<void> {
    const { underWayMax, waitingMax, waitMsMax } = this.#options;
    if (this.#underWay < underWayMax) {
      this.#underWay++;
      return Promise.resolve();
    }
    if (this.#waiting.size >= waitingMax)
      return Promise.reject(this.#refusal(`${waitingMax} queries wait already`));
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        begin: () => {
          clearTimeout(timer);
          this.#waiting.delete(waiting);
          this.#underWay++;
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        reject(this.#refusal(`the query has waited for ${waitMsMax} ms`));
      }, waitMsMax);
      this.#waiting.add(waiting);
    });
  }

  #refusal(because: string): AcmError {
    this.#refused++;
    return new AcmError('ACM_RATE_LIMITED', `too much is asked of the gateway: ${because}`);
  }
}
