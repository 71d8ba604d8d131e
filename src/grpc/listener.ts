/** How a gRPC server begins to listen and ends. */
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import { AcmError } from '../errors.js';
import type { TlsMaterial } from '../tls.js';

/** @returns the port. @throws AcmError if the address cannot be had. */
export function bind(server: Server, address: string, tls: TlsMaterial | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentialsOf(tls), (error, port) => {
      if (error === null) resolve(port);
      else reject(cannotListen(address, error));
    });
  });
}

/** Lets calls in flight finish, and is through within `boundMs`. */
export function shutDown(server: Server, boundMs: number): Promise<void> {
  return new Promise((resolve) => {
    const bound = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, boundMs);
    server.tryShutdown(() => {
      clearTimeout(bound);
      resolve();
    });
  });
}

/** grpc-js wraps what the system said into a sentence about resolved names. */
function cannotListen(address: string, cause: Error): AcmError {
  const reason = cause.message.replace(/^.* errors: \[(.+)\]$/, '$1');
  return new AcmError('ACM_UNAVAILABLE', `cannot listen on ${address}: ${reason}`, { cause });
}

function credentialsOf(tls: TlsMaterial | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const { cert, key, clientCa } = tls;
  return ServerCredentials.createSsl(
    clientCa ?? null,
    [{ cert_chain: cert, private_key: key }],
    clientCa !== undefined,
  );
}
