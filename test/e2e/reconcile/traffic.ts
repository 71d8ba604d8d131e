/** Calls that go on at a steady pace while something else happens: how long their verdicts took, and which failed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../../../bench/statistics.js';
import { freshNumber } from '../../support/grpc-sidecar.js';
import type { Member } from './cluster.js';

/** Between two calls on one sidecar. */
const APART_MS = 10;
/** Far more than a switch waits: what is late shows in the percentile, and here only what was lost. */
const DEADLINE_MS = 2_000;

export class Traffic {
  readonly failures: string[] = [];
  #latenciesMs: number[] = [];
  #isOver = false;
  readonly #lanes: Promise<void>[];
  readonly #calls = new Set<Promise<void>>();

  constructor(members: readonly Member[]) {
    this.#lanes = members.map((member) => this.#call(member));
  }

  async #call(member: Member): Promise<void> {
    while (!this.#isOver) {
      const began = performance.now();
      const call = member
        .check('+15551234567', freshNumber(), DEADLINE_MS)
        .then(({ verdict }) => {
          if (verdict !== 'VERDICT_ALLOW') this.failures.push(verdict);
          this.#latenciesMs.push(performance.now() - began);
        })
        .catch((error: Error) => void this.failures.push(error.message))
        .finally(() => this.#calls.delete(call));
      this.#calls.add(call);
      await sleep(APART_MS);
    }
  }

  /** The 99th percentile since the last time it was asked, ms. */
  takeP99(): number {
    const latenciesMs = this.#latenciesMs;
    this.#latenciesMs = [];
    return quantile(latenciesMs, 0.99);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#lanes);
    await Promise.all(this.#calls);
  }
}
