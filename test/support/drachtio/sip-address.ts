/** Addresses in SIP: name-addr with tags (RFC 3261 section 20.10), SIP URIs and the endpoints that they name, Via. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { RemoteInfo } from 'node:dgram';

/** An IPv4 address and a UDP port. */
export type Endpoint = Pick<RemoteInfo, 'address' | 'port'>;

const SIP_PORT_DEFAULT = 5060;

/** RFC 3261 section 8.1.1.7: every branch begins so. */
const MAGIC_COOKIE = 'z9hG4bK';

export function newTag(): string {
  return randomBytes(8).toString('hex');
}

export function newBranch(): string {
  return MAGIC_COOKIE + randomUUID();
}

/** The branch of a stateless proxy: the same for a retransmission as for the original (RFC 3261 section 16.11). */
export function derivedBranch(incomingVia: string): string {
  return `${MAGIC_COOKIE}.${createHash('sha1').update(incomingVia).digest('base64url')}`;
}

/** The tag of a From or To header; parameters of the URI inside the angle brackets do not count. */
export function tagOf(address: string): string | undefined {
  return /;\s*tag=([^\s;,>]+)/i.exec(address.slice(address.lastIndexOf('>') + 1))?.[1];
}

export function uriOf(address: string): string {
  return /<([^>]*)>/.exec(address)?.[1] ?? address.split(';')[0].trim();
}

/** Adds a tag where there is none; a bare URI gets angle brackets first, so that the tag is not taken for its parameter. */
export function withTag(address: string, tag: string): string {
  if (tagOf(address) !== undefined) return address;
  return `${bracketed(address)};tag=${tag}`;
}

export function bracketed(address: string): string {
  return address.includes('<') ? address : `<${address}>`;
}

/** drachtio-server fills in its own address where the application wrote `@localhost`. */
export function replaceLocalhost(address: string, own: Endpoint): string {
  return address.replace(/@localhost(?![\w.-])(?::\d+)?/, `@${own.address}:${own.port}`);
}

/** The endpoint of a SIP URI; undefined unless its host is a loopback address (or `localhost`). */
export function endpointOf(uri: string): Endpoint | undefined {
  const match = /^sip:(?:[^@]*@)?([^:;?>]+)(?::(\d+))?/i.exec(uri);
  if (!match) return undefined;
  const address = match[1] === 'localhost' ? '127.0.0.1' : match[1];
  if (!/^127(\.\d{1,3}){3}$/.test(address)) return undefined;
  return { address, port: match[2] === undefined ? SIP_PORT_DEFAULT : Number(match[2]) };
}

export function isSameEndpoint(a: Endpoint | undefined, b: Endpoint): boolean {
  return a !== undefined && a.address === b.address && a.port === b.port;
}

export function makeVia(own: Endpoint, branch: string): string {
  return `SIP/2.0/UDP ${own.address}:${own.port};rport;branch=${branch}`;
}

export function branchOf(via: string): string {
  return /;\s*branch=([^\s;,]+)/i.exec(via)?.[1] ?? '';
}

/** The host and port that a Via names (RFC 3261 section 18.2.1: part of what identifies a transaction). */
export function sentBy(via: string): string {
  return /^SIP\s*\/\s*2\.0\s*\/\s*\w+\s+([^\s;]+)/i.exec(via)?.[1] ?? '';
}

/** RFC 3581 section 4: writes where the request really came from into the top Via; the port even when not asked for. */
export function stampVia(via: string, source: Endpoint): string {
  const bare = via.replace(/;\s*(rport|received)(=[^;,]*)?/gi, '');
  const received = sentBy(via).split(':')[0] === source.address ? '' : `;received=${source.address}`;
  return `${bare}${received};rport=${source.port}`;
}

/** Where a response goes: RFC 3261 section 18.2.2 with RFC 3581. */
export function responseTarget(via: string): Endpoint | undefined {
  const [host, port] = sentBy(via).split(':');
  const received = /;\s*received=([^\s;,]+)/i.exec(via)?.[1];
  const rport = /;\s*rport=(\d+)/i.exec(via)?.[1];
  return endpointOf(`sip:${received ?? host}:${rport ?? port ?? SIP_PORT_DEFAULT}`);
}
