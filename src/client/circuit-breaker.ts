/**
 * A circuit breaker: after so many failures in a row calls stop asking the sidecar, so that each of them does not wait
 * out its deadline. It is pure: whoever owns it runs the probes and tells it what became of them.
 */
import { Backoff } from './backoff.js';

/** When the breaker opens and how often a sidecar that failed is probed. */
export interface BreakerOptions {
  /** Failures in a row after which it opens. Default 5. */
  readonly failuresMax: number;
  /** Delay before the first probe, in milliseconds. Default 20. */
  readonly probeMsMin: number;
  /** Longest delay between probes, in milliseconds. Default 1,000. */
  readonly probeMsMax: number;
}

export const BREAKER_DEFAULTS: BreakerOptions = { failuresMax: 5, probeMsMin: 20, probeMsMax: 1_000 };

/** Closed: calls may ask. Open: they must not. */
export class CircuitBreaker {
  #failures = 0;
  #open = false;
  readonly #backoff: Backoff;

  /** @param random from [0, 1), for the jitter of the probes. */
  constructor(
    readonly options: BreakerOptions,
    random: () => number = Math.random,
  ) {
    this.#backoff = new Backoff(options.probeMsMin, options.probeMsMax, random);
  }

  get open(): boolean {
    return this.#open;
  }

  /** A call or a probe was answered: calls may ask again. */
  recordSuccess(): void {
    this.#failures = 0;
    this.#open = false;
    this.#backoff.reset();
  }

  /** A call was not answered. Returns whether this very failure opened the breaker, so that probing begins once. */
  recordFailure(): boolean {
    this.#failures++;
    if (this.#open || this.#failures < this.options.failuresMax) return false;
    this.#open = true;
    return true;
  }

  /** Milliseconds to wait before the next probe while the breaker is open. */
  nextProbeDelayMs(): number {
    return this.#backoff.next();
  }
}
