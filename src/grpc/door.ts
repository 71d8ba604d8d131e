/** The doors of the gRPC server, and who comes in by them. Each door has a server of its own. */
import type { Http2Session } from 'node:http2';
import { TLSSocket } from 'node:tls';
import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import type { Caller, Scope } from '../admission/access.js';
import { certificateNames } from '../admission/certificate-names.js';
import { type Doorkeeper, UNIX_SOCKET, type Visitor } from '../admission/doorkeeper.js';
import { plainAddress } from '../admission/ip-address.js';

/**
 * The peer's address alone could not tell the doors apart: grpc-js has none (`unknown`) for a UNIX socket, and none for
 * a TCP connection that is gone either.
 */
export type DoorKind = 'unix-socket' | 'loopback' | 'tcp' | 'mutual-tls';

/** What all kinds of calls have in common. */
export interface IncomingCall {
  readonly metadata: Metadata;
  getPeer(): string;
  getAuthContext(): ReturnType<ServerUnaryCall<unknown, unknown>['getAuthContext']>;
}

export class Door {
  /** Reading a certificate takes longer than a whole check, so it is done once for a connection. */
  readonly #names = new WeakMap<Http2Session, readonly string[]>();

  constructor(
    readonly kind: DoorKind,
    readonly keeper: Doorkeeper,
  ) {}

  /** @throws AcmError as Doorkeeper.admit() does. */
  admit(call: IncomingCall, scope: Scope): Caller {
    const [authorization] = call.metadata.get('authorization');
    const visitor: Visitor = {
      protocol: 'grpc',
      address: LOCAL[this.kind] ?? addressOf(call.getPeer()),
      authorization: authorization?.toString(),
      certificateNames: this.kind === 'mutual-tls' ? this.#namesOf(call) : NO_NAMES,
    };
    return this.keeper.admit(visitor, [scope]);
  }

  #namesOf(call: IncomingCall): readonly string[] {
    const session = sessionOf(call);
    const known = session && this.#names.get(session);
    if (known !== undefined) return known;
    const names = certificateNames(call.getAuthContext().sslPeerCertificate ?? {});
    if (session !== undefined) this.#names.set(session, names);
    return names;
  }
}

/** Whoever comes by these is on this machine, and need not be looked at on the way of a call. */
const LOCAL: { readonly [kind in DoorKind]?: string } = { 'unix-socket': UNIX_SOCKET, loopback: 'localhost' };
const NO_NAMES: readonly string[] = [];

/** `192.0.2.7:40312`, `::1:40312` or `::ffff:127.0.0.1:40312` without the port; '' for `unknown`. */
function addressOf(peer: string): string {
  return plainAddress(peer.slice(0, Math.max(0, peer.lastIndexOf(':'))));
}

/**
 * The connection of a call. grpc-js keeps it to itself, so this looks inside; where it finds nothing, the certificate is
 * read for every call, which is slow and no less safe.
 */
export function sessionOf(call: object): Http2Session | undefined {
  const { stream } = (call as { call?: { stream?: { session?: Http2Session } } }).call ?? {};
  const session = stream?.session;
  return session?.socket instanceof TLSSocket ? session : undefined;
}
