/** How often an address may fail to say who it is: ten times at once, then once every six seconds. */
import { headOfIpv6, parseIpv6 } from './ip-address.js';

const BURST = 10;
const REFILL_MS = 6_000;
/** Most addresses that are remembered; the one that failed longest ago goes. */
const ADDRESSES_MAX = 10_000;
/** Whoever has one IPv6 address has all of a /64 (RFC 6177). */
const IPV6_BITS = 64;

interface Failures {
  /** Tries that were left at that time. */
  left: number;
  atMs: number;
}

export class FailedLogins {
  readonly #byAddress = new Map<string, Failures>();

  /** Whether an address may try (again) now. */
  mayTry(address: string, nowMs: number): boolean {
    return this.#left(this.#byAddress.get(keyOf(address)), nowMs) >= 1;
  }

  /** Counts a try that failed. */
  count(address: string, nowMs: number): void {
    const key = keyOf(address);
    const left = Math.max(0, this.#left(this.#byAddress.get(key), nowMs) - 1);
    this.#byAddress.delete(key);
    this.#byAddress.set(key, { left, atMs: nowMs });
    if (this.#byAddress.size <= ADDRESSES_MAX) return;
    const [oldest] = this.#byAddress.keys();
    this.#byAddress.delete(oldest!);
  }

  #left(failures: Failures | undefined, nowMs: number): number {
    if (failures === undefined) return BURST;
    return Math.min(BURST, failures.left + (nowMs - failures.atMs) / REFILL_MS);
  }
}

function keyOf(address: string): string {
  return address.includes(':') ? headOfIpv6(parseIpv6(address), IPV6_BITS).toString(16) : address;
}
