/** Addresses and CIDR ranges, as trunks and allowlist entries name them: a million are searched in a few probes. */
import { isIP, isIPv6 } from 'node:net';
import { headOfIpv4, headOfIpv6, mappedIpv4, NO_ADDRESS, parseIpv4, parseIpv6 } from './ip-address.js';
import { KeyMap } from './key-map.js';

/** True for `10.0.0.0/8`, `2001:db8::/32`, or a single address. */
export function isAddressRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** The ranges of IPv6 of one length, by the bits that the addresses of a range share. */
interface Level<T> {
  readonly bits: number;
  readonly ranges: Map<bigint, T>;
}

/** Shared, so that an address that lies in no range costs no array. */
const NONE: never[] = [];

/** What each of many ranges leads to. An IPv4-mapped address or range of IPv6 is one of IPv4. */
export class AddressMap<T> {
  readonly #ipv4 = new KeyMap<T>();
  /** How many ranges there are of each length, so that only lengths in use cost a probe. */
  readonly #ipv4OfBits = new Int32Array(33);
  readonly #ipv6: Level<T>[] = [];

  /** @param range `10.1.0.0/16`, `2001:db8::/32` or a single address, valid. */
  get(range: string): T | undefined {
    const { bits, ipv4, ipv6 } = parseRange(range);
    return ipv6 === undefined
      ? this.#ipv4.get(keyOfIpv4(ipv4, bits))
      : this.#levelOf(bits)?.ranges.get(headOfIpv6(ipv6, bits));
  }

  set(range: string, value: T): void {
    const { bits, ipv4, ipv6 } = parseRange(range);
    if (ipv6 !== undefined) {
      this.#setIpv6(headOfIpv6(ipv6, bits), bits, value);
      return;
    }
    const before = this.#ipv4.size;
    this.#ipv4.set(keyOfIpv4(ipv4, bits), value);
    this.#ipv4OfBits[bits] += this.#ipv4.size - before;
  }

  delete(range: string): void {
    const { bits, ipv4, ipv6 } = parseRange(range);
    if (ipv6 !== undefined) this.#deleteIpv6(headOfIpv6(ipv6, bits), bits);
    else if (this.#ipv4.delete(keyOfIpv4(ipv4, bits))) this.#ipv4OfBits[bits]--;
  }

  clear(): void {
    this.#ipv4.clear();
    this.#ipv4OfBits.fill(0);
    this.#ipv6.length = 0;
  }

  /** What the ranges that contain an address lead to; nothing for what is no address. */
  matches(address: string): readonly T[] {
    if (this.#ipv4.size === 0 && this.#ipv6.length === 0) return NONE;
    const ipv4 = parseIpv4(address);
    if (ipv4 !== NO_ADDRESS) return this.#matchesIpv4(ipv4);
    if (!isIPv6(address)) return NONE;
    const ipv6 = parseIpv6(address);
    const mapped = mappedIpv4(ipv6);
    return mapped === NO_ADDRESS ? this.#matchesIpv6(ipv6) : this.#matchesIpv4(mapped);
  }

  #matchesIpv4(address: number): readonly T[] {
    let found: T[] = NONE;
    for (let bits = 0; bits <= 32; bits++) {
      if (this.#ipv4OfBits[bits] === 0) continue;
      const value = this.#ipv4.get(keyOfIpv4(address, bits));
      if (value !== undefined) found = [...found, value];
    }
    return found;
  }

  #matchesIpv6(address: bigint): readonly T[] {
    let found: T[] = NONE;
    for (const { bits, ranges } of this.#ipv6) {
      const value = ranges.get(headOfIpv6(address, bits));
      if (value !== undefined) found = [...found, value];
    }
    return found;
  }

  #levelOf(bits: number): Level<T> | undefined {
    return this.#ipv6.find((level) => level.bits === bits);
  }

  #setIpv6(head: bigint, bits: number, value: T): void {
    const level = this.#levelOf(bits);
    if (level === undefined) this.#ipv6.push({ bits, ranges: new Map([[head, value]]) });
    else level.ranges.set(head, value);
  }

  #deleteIpv6(head: bigint, bits: number): void {
    const level = this.#levelOf(bits);
    level?.ranges.delete(head);
    if (level?.ranges.size === 0) this.#ipv6.splice(this.#ipv6.indexOf(level), 1);
  }
}

export class AddressRanges {
  readonly #ranges = new AddressMap<true>();

  /** @param ranges `10.1.0.0/16`, `2001:db8::/32` or single addresses, which the configuration has accepted. */
  constructor(ranges: readonly string[]) {
    for (const range of ranges) this.#ranges.set(range, true);
  }

  /** True if the address lies in one of the ranges. */
  contains(address: string): boolean {
    return this.#ranges.matches(address).length > 0;
  }
}

/** A range of IPv4, or of IPv6 if `ipv6` is defined, and how many bits its addresses share. */
interface ParsedRange {
  readonly bits: number;
  readonly ipv4: number;
  readonly ipv6: bigint | undefined;
}

function parseRange(range: string): ParsedRange {
  const [address = '', length] = range.split('/');
  const ipv4 = parseIpv4(address);
  if (ipv4 !== NO_ADDRESS) return { bits: Number(length ?? 32), ipv4, ipv6: undefined };
  const ipv6 = parseIpv6(address);
  const bits = Number(length ?? 128);
  const mapped = mappedIpv4(ipv6);
  if (mapped !== NO_ADDRESS && bits >= 96) return { bits: bits - 96, ipv4: mapped, ipv6: undefined };
  return { bits, ipv4: 0, ipv6 };
}

/** One number for a range: the bits that its addresses share, and how many. */
function keyOfIpv4(address: number, bits: number): number {
  return headOfIpv4(address, bits) * 64 + bits;
}
