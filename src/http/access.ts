/** Who may use the API, until tokens exist: who is on the sidecar's machine, or has shown a certificate. */
import type { Socket } from 'node:net';
import { type PeerCertificate, TLSSocket } from 'node:tls';
import { AcmError } from '../errors.js';
import { isLoopback } from '../tls.js';

/**
 * @param hostname the host that the request names, without its port; '' for none.
 * @throws AcmError ACM_FORBIDDEN
 */
export function checkMayCall(socket: Socket, hostname: string): void {
  if (hasCertificate(socket)) return;
  if (!isLoopback(plainAddress(socket)))
    throw new AcmError(
      'ACM_FORBIDDEN',
      'the API is for callers on the machine of the sidecar: ask over loopback, or let the sidecar demand client ' +
        'certificates (ACM_TLS_CLIENT_CA) and present one',
    );
  // A page in a browser on this machine may make its own name resolve to loopback (DNS rebinding).
  if (hostname !== '' && !isLoopback(hostname))
    throw new AcmError('ACM_FORBIDDEN', 'ask for localhost or a loopback address, not for another host name');
}

/** Who makes a change, as far as it is known: the name in the certificate, or the address. */
export function callerOf(socket: Socket): string {
  // Without a certificate, or once the connection is gone, there is no subject, whatever the declarations say.
  const certificate: Partial<PeerCertificate> | null =
    socket instanceof TLSSocket ? socket.getPeerCertificate() : null;
  const name = certificate?.subject?.CN;
  return `http ${typeof name === 'string' ? name : plainAddress(socket)}`.slice(0, 64);
}

function hasCertificate(socket: Socket): boolean {
  return socket instanceof TLSSocket && socket.authorized;
}

/** Without the prefix by which IPv6 writes an IPv4 address; '' for a connection that is gone. */
function plainAddress({ remoteAddress = '' }: Socket): string {
  return remoteAddress.replace(/^::ffff:/i, '');
}
