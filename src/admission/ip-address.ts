/** IP addresses as numbers: IPv4 from 0 to 2^32 - 1, IPv6 as 128 bits. */

/** What `parseIpv4` returns for other text. */
export const NO_ADDRESS = -1;

const CODE_0 = 48;
const CODE_9 = 57;
const CODE_DOT = 46;
const IPV4_BITS = 0xffff_ffffn;

/** Four decimal numbers without leading zeros, or NO_ADDRESS. Allocates nothing. */
export function parseIpv4(text: string): number {
  let address = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= CODE_0 && code <= CODE_9) {
      if (digits > 0 && part === 0) return NO_ADDRESS;
      part = part * 10 + (code - CODE_0);
      digits++;
      if (part > 255) return NO_ADDRESS;
    } else if (code === CODE_DOT && digits > 0) {
      address = address * 256 + part;
      part = 0;
      digits = 0;
      dots++;
    } else return NO_ADDRESS;
  }
  return dots === 3 && digits > 0 ? address * 256 + part : NO_ADDRESS;
}

/** The 128 bits of a valid IPv6 address (RFC 4291, section 2.2); a zone (`%eth0`) is left out. */
export function parseIpv6(text: string): bigint {
  const [address = ''] = text.split('%');
  const lastColon = address.lastIndexOf(':');
  const ipv4 = parseIpv4(address.slice(lastColon + 1));
  const groups = ipv4 === NO_ADDRESS ? address : address.slice(0, lastColon + 1) + groupsOf(ipv4);
  const [head = [], tail] = groups.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const zeros = tail === undefined ? 0 : 8 - head.length - tail.length;
  const all = [...head, ...Array<string>(zeros).fill('0'), ...(tail ?? [])];
  return BigInt(`0x${all.map((group) => group.padStart(4, '0')).join('')}`);
}

/** The IPv4 address within an IPv4-mapped one, `::ffff:192.0.2.1` (RFC 4291, section 2.5.5.2), or NO_ADDRESS. */
export function mappedIpv4(ipv6: bigint): number {
  return ipv6 >> 32n === 0xffffn ? Number(ipv6 & IPV4_BITS) : NO_ADDRESS;
}

/** The first `bits` bits, 0 to 32. */
export function headOfIpv4(address: number, bits: number): number {
  // Shifting by 32 would shift by 0.
  return bits === 0 ? 0 : address >>> (32 - bits);
}

/** The first `bits` bits, 0 to 128. */
export function headOfIpv6(address: bigint, bits: number): bigint {
  return address >> BigInt(128 - bits);
}

function groupsOf(ipv4: number): string {
  return `${(ipv4 >>> 16).toString(16)}:${(ipv4 & 0xffff).toString(16)}`;
}

/** True for a host that only this machine can reach; an IPv6 one may stand in square brackets. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare);
}

/** An address as a socket has it, without the prefix by which IPv6 writes an IPv4 one; '' for none. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
}
