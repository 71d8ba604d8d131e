/** Who may manage a sidecar, until tokens exist: who is on its machine, or has shown a certificate. */
import { AcmError } from '../errors.js';
import { isLoopback } from '../tls.js';

/**
 * The door by which a call came; each has a server of its own. The peer's address alone could not tell: grpc-js has none
 * (`unknown`) for a UNIX socket, and none for a TCP connection that is gone either. Behind `mutual-tls` everyone has
 * shown a certificate that the sidecar's CA signed.
 */
export type Door = 'unix-socket' | 'mutual-tls' | 'tcp';

/**
 * @param peer as grpc-js has it: `192.0.2.7:40312`, `::1:40312`, `::ffff:127.0.0.1:40312`.
 * @throws AcmError ACM_FORBIDDEN
 */
export function checkMayManage(door: Door, peer: string): void {
  if (door !== 'tcp' || isLoopbackPeer(peer)) return;
  throw new AcmError(
    'ACM_FORBIDDEN',
    'alerts and rules are for callers on the machine of the sidecar: ask over loopback or its UNIX socket ' +
      '(ACM_GRPC_SOCKET), or let the sidecar demand client certificates (ACM_TLS_CLIENT_CA) and present one',
  );
}

function isLoopbackPeer(peer: string): boolean {
  const address = peer.slice(0, peer.lastIndexOf(':'));
  return isLoopback(address.replace(/^::ffff:/i, ''));
}
