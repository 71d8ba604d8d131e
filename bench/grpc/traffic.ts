/** Calls to ask about, no two alike, from a fixed seed. */
import type { CheckCallRequest } from '../../src/gen/acm/v1/detection.js';
import { SeededRandom } from '../random.js';

export class Traffic {
  readonly #random: SeededRandom;
  #calls = 0;

  constructor(seed = 42) {
    this.#random = new SeededRandom(seed);
  }

  next(): CheckCallRequest {
    const random = this.#random;
    return {
      callId: `${this.#calls++}-${random.below(2 ** 32)}@198.51.100.7`,
      aNumber: `+234${8_030_000_000 + random.below(50_000_000)}`,
      bNumber: `+234${8_090_000_000 + random.below(5_000_000)}`,
      sourceIp: '198.51.100.7',
      switchId: 'switch-1',
      trunk: '',
      fromTag: random.below(2 ** 32).toString(16),
      emergency: false,
    };
  }
}
