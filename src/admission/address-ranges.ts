/** Addresses and CIDR ranges, as trunks and allowlist entries name them. */
import { BlockList, isIP } from 'node:net';

export class AddressRanges {
  readonly #list = new BlockList();

  /** @param ranges `10.1.0.0/16`, `2001:db8::/32` or single addresses, which the configuration has accepted. */
  constructor(ranges: readonly string[]) {
    for (const range of ranges) {
      const [address = '', bits] = range.split('/');
      const family = familyOf(address);
      const allBits = family === 'ipv6' ? 128 : 32;
      this.#list.addSubnet(address, bits === undefined ? allBits : Number(bits), family);
    }
  }

  /** True if the address lies in one of the ranges. Takes microseconds: remember the outcome on the hot path. */
  contains(address: string): boolean {
    return isIP(address) !== 0 && this.#list.check(address, familyOf(address));
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
