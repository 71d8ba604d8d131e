/** Who asks over HTTP, and whether a page in somebody's browser makes them ask. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Caller, Scope } from '../admission/access.js';
import { certificateNames } from '../admission/certificate-names.js';
import type { Doorkeeper, Visitor } from '../admission/doorkeeper.js';
import { isLoopback, plainAddress } from '../admission/ip-address.js';
import { AcmError } from '../errors.js';

/** What is looked at of a request. */
export interface AccessRequest {
  readonly socket: Socket;
  /** The host that the request names, without its port; '' for none. */
  readonly hostname: string;
  readonly headers: Pick<IncomingHttpHeaders, 'authorization' | 'origin'>;
}

/**
 * @param anyOf scopes of which one is needed.
 * @param trustedOrigins whose pages may ask in the name of whoever reads them (API_CORS_ORIGINS).
 * @throws AcmError as Doorkeeper.admit() does, and ACM_FORBIDDEN for a page that uses its reader's being on this machine.
 */
export function callerOf(
  keeper: Doorkeeper,
  { socket, hostname, headers }: AccessRequest,
  anyOf: readonly Scope[],
  trustedOrigins: readonly string[],
): Caller {
  const visitor: Visitor = {
    protocol: 'http',
    address: plainAddress(socket.remoteAddress),
    authorization: headers.authorization,
    certificateNames: namesOf(socket),
  };
  const caller = keeper.admit(visitor, anyOf);
  if (caller.kind === 'local') checkNotLedHere(hostname, headers.origin, trustedOrigins);
  return caller;
}

/** Who only is on this machine must have meant to ask; a token is nothing that a strange page could send along. */
function checkNotLedHere(hostname: string, origin: string | undefined, trusted: readonly string[]): void {
  // A page may make its own name resolve to loopback (DNS rebinding).
  if (hostname !== '' && !isLoopback(hostname))
    throw new AcmError('ACM_FORBIDDEN', 'without a token, ask for localhost or a loopback address');
  // Or it may send a form here, which no CORS keeps it from doing.
  if (origin !== undefined && !isLoopback(hostOf(origin)) && !trusted.includes(origin))
    throw new AcmError('ACM_FORBIDDEN', 'without a token, pages from elsewhere may not ask');
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : '';
}

/** Reading a certificate takes a tenth of a millisecond, and a connection carries many requests. */
const namesBySocket = new WeakMap<TLSSocket, readonly string[]>();

function namesOf(socket: Socket): readonly string[] {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return [];
  const known = namesBySocket.get(socket);
  if (known !== undefined) return known;
  // There is none once the connection is gone, whatever the declarations say.
  const names = certificateNames(socket.getPeerCertificate() ?? {});
  namesBySocket.set(socket, names);
  return names;
}
