/**
 * Which addresses are public: what a webhook may lead to unless it is allowed more. Somebody who can choose a name, or what
 * it resolves to, must not reach through the sidecar what only the sidecar can reach. After the registries of special-purpose
 * addresses (RFC 6890 and iana.org/assignments/iana-ipv4-special-registry, iana-ipv6-special-registry).
 */
import { isIPv6 } from 'node:net';
import { AddressRanges } from '../admission/address-ranges.js';
import { NO_ADDRESS, parseIpv4, parseIpv6 } from '../admission/ip-address.js';

export const REFUSED_RANGES: readonly string[] = [
  // This network, private (RFC 1918), shared by carriers (RFC 6598), loopback, link-local.
  '0.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  // Protocol assignments, documentation, 6to4 relays, benchmarks, multicast, reserved.
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Within global unicast: protocol assignments (Teredo among them), documentation, and 6to4, which leads to IPv4.
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
];

const refused = new AddressRanges(REFUSED_RANGES);
/** Global unicast (RFC 4291, section 2.4, as far as it is given out): all else of IPv6 is refused. */
const globalUnicast = new AddressRanges(['2000::/3']);
/** IPv4 addresses within IPv6: mapped ones (RFC 4291, section 2.5.5.2), and those of NAT64 (RFC 6052, section 2.1). */
const EMBEDDING_PREFIXES: ReadonlySet<bigint> = new Set([0xffffn, 0x64ff9b_0000_0000_0000_0000n]);

/** @param address IPv4 or IPv6 as text, perhaps with a zone; anything else is not public. */
export function isPublicAddress(address: string): boolean {
  if (parseIpv4(address) !== NO_ADDRESS) return !refused.contains(address);
  if (!isIPv6(address)) return false;
  const bits = parseIpv6(address);
  if (EMBEDDING_PREFIXES.has(bits >> 32n)) return isPublicAddress(ipv4Text(Number(bits & 0xffff_ffffn)));
  return globalUnicast.contains(address) && !refused.contains(address);
}

function ipv4Text(address: number): string {
  return [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join('.');
}
