/** How long it takes until a call on one sidecar is counted on another: one calls, and the other is asked every millisecond. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ChannelCredentials } from '@grpc/grpc-js';
import { type CheckCallResponse, DetectionServiceClient } from '../../src/gen/acm/v1/detection.js';
import { SeededRandom } from '../random.js';

/** A call that is not counted within this time is not coming. */
const LAG_MS_MAX = 5_000;

export class LagProbe {
  readonly #clients: readonly DetectionServiceClient[];
  readonly #random = new SeededRandom(11);
  #numbers = 0;

  constructor(addresses: readonly string[]) {
    this.#clients = addresses.map(
      (address) => new DetectionServiceClient(address, ChannelCredentials.createInsecure()),
    );
  }

  /** Lags in milliseconds, the way to and from the sidecar included. */
  async run(ms: number): Promise<number[]> {
    const lagsMs: number[] = [];
    const until = performance.now() + ms;
    while (performance.now() < until) {
      lagsMs.push(await this.#measureOne());
      // At any moment of an interval.
      await sleep(this.#random.below(50));
    }
    return lagsMs;
  }

  async #measureOne(): Promise<number> {
    const from = this.#random.below(this.#clients.length);
    const to = (from + 1 + this.#random.below(this.#clients.length - 1)) % this.#clients.length;
    const bNumber = `+23470${String(++this.#numbers).padStart(8, '0')}`;
    await this.#call(from, '+2348000000001', bNumber);
    const began = performance.now();
    for (;;) {
      const { distinctACount } = await this.#call(to, '+2348000000002', bNumber);
      const lagMs = performance.now() - began;
      if (distinctACount === 2) return lagMs;
      if (lagMs > LAG_MS_MAX) throw new Error(`a call was not counted within ${LAG_MS_MAX} ms`);
      await sleep(1);
    }
  }

  #call(sidecar: number, aNumber: string, bNumber: string): Promise<CheckCallResponse> {
    const call = {
      callId: crypto.randomUUID(),
      aNumber,
      bNumber,
      sourceIp: '',
      switchId: 'probe',
      trunk: '',
    };
    return new Promise((resolve, reject) => {
      this.#clients[sidecar].checkCall({ ...call, fromTag: '', emergency: false }, (error, response) =>
        error === null ? resolve(response) : reject(error),
      );
    });
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }
}
