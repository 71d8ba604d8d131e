/** How late this machine is with a timer: what it owes to others cannot be asked of the sidecars either. */
import { setTimeout as sleep } from 'node:timers/promises';

const TICK_MS = 5;

export class Lateness {
  #worstMs = 0;
  #isOver = false;

  constructor() {
    void this.#watch();
  }

  async #watch(): Promise<void> {
    while (!this.#isOver) {
      const began = performance.now();
      await sleep(TICK_MS);
      this.#worstMs = Math.max(this.#worstMs, performance.now() - began - TICK_MS);
    }
  }

  /** The worst since the last time it was asked, ms. */
  take(): number {
    const worstMs = this.#worstMs;
    this.#worstMs = 0;
    return worstMs;
  }

  stop(): void {
    this.#isOver = true;
  }
}
