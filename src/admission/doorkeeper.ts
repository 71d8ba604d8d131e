/**
 * Says who a caller is, whichever door they came by, and whether they may: by token, by certificate, or by being on this
 * machine. Who fails to say it is counted; calls over loopback are not.
 */
import { AcmError } from '../errors.js';
import { type Caller, checkMay, covers, SCOPES, type Scope } from './access.js';
import { NAME_MAX } from './call-attempt.js';
import { FailedLogins } from './failed-logins.js';
import { isLoopback } from './ip-address.js';
import type { Tokens } from './tokens.js';

/** Address of whoever comes over the UNIX socket: the file's permissions have let them in. */
export const UNIX_SOCKET = 'unix-socket';

/** What a certificate may do that the configuration does not name, and who is on this machine once there are tokens. */
export const CALL_SCOPES: ReadonlySet<Scope> = new Set(['check', 'switch', 'events:write']);
const ALL_SCOPES: ReadonlySet<Scope> = new Set(SCOPES);

const BEARER = /^bearer +(\S+) *$/i;

export interface Visitor {
  readonly protocol: 'grpc' | 'http';
  /** IPv4 or IPv6 without a port, UNIX_SOCKET, or '' for a connection that is gone. */
  readonly address: string;
  /** The authorization header, as it came. */
  readonly authorization: string | undefined;
  /** Names in a certificate that was verified; empty for none. */
  readonly certificateNames: readonly string[];
}

/** A name in certificates, and what it may do. */
export interface Identity {
  readonly name: string;
  readonly scopes: readonly Scope[];
}

export class Doorkeeper {
  readonly #tokens: Tokens;
  readonly #identities: ReadonlyMap<string, ReadonlySet<Scope>>;
  /** Milliseconds of the wall clock. */
  readonly #nowMs: () => number;
  readonly #failed = new FailedLogins();
  #refused = 0;
  #limited = 0;

  constructor(tokens: Tokens, identities: readonly Identity[], nowMs: () => number) {
    this.#tokens = tokens;
    this.#identities = new Map(identities.map(({ name, scopes }) => [name, new Set(scopes)]));
    this.#nowMs = nowMs;
  }

  /** Callers that could not say who they are, since the start. */
  get refused(): number {
    return this.#refused;
  }

  /** Those of them whose address had failed too often before. */
  get limited(): number {
    return this.#limited;
  }

  /**
   * @param anyOf scopes of which one is needed.
   * @throws AcmError ACM_FORBIDDEN, ACM_UNAUTHENTICATED for a stranger or a token that is not in force, ACM_RATE_LIMITED
   * for the same from an address that has failed too often, ACM_STORE_UNAVAILABLE while it is not known which tokens
   * there are.
   */
  admit(visitor: Visitor, anyOf: readonly Scope[]): Caller {
    const caller = this.#identify(visitor);
    // Who may do what while no token was ever made cannot be said before it is known that none was.
    if (caller.kind === 'local' && !this.#tokens.loaded && !covers(caller.scopes, anyOf)) throw notKnownYet();
    checkMay(caller, anyOf);
    return caller;
  }

  /**
   * Counts somebody whom another check than admit() did not know.
   * @throws AcmError ACM_UNAUTHENTICATED, or ACM_RATE_LIMITED for an address that has failed too often.
   */
  refuse(address: string, because: string): never {
    return this.#refuse({ address }, because);
  }

  #identify(visitor: Visitor): Caller {
    if (visitor.authorization !== undefined) return this.#byToken(visitor, visitor.authorization);
    if (visitor.certificateNames.length > 0) return this.#byCertificate(visitor);
    if (isLocal(visitor)) return this.#local(visitor);
    return this.#refuse(
      visitor,
      'who asks? From elsewhere it takes a token (authorization: Bearer acm_...) or a client certificate',
    );
  }

  /** Whether a caller who has got in would get in again: their token may have expired or been revoked since. */
  isStillKnown({ tokenId }: Pick<Caller, 'tokenId'>): boolean {
    return tokenId === '' || this.#tokens.isInForce(tokenId, this.#nowMs());
  }

  #byToken(visitor: Visitor, authorization: string): Caller {
    if (!this.#tokens.loaded) {
      // A switch beside the sidecar is screened while the store is away, token or not.
      if (isLocal(visitor)) return this.#local(visitor);
      throw notKnownYet();
    }
    const text = BEARER.exec(authorization)?.[1] ?? '';
    const token = this.#tokens.find(text, this.#nowMs());
    if (token === undefined) this.#refuse(visitor, 'the token is not known, has expired or was revoked');
    const { tokenId, name, scopes } = token;
    return new KnownCaller('token', name, tokenId, scopes, visitor);
  }

  #byCertificate(visitor: Visitor): Caller {
    const { certificateNames: names } = visitor;
    const configured = names.find((each) => this.#identities.has(each));
    const name = configured ?? names[0] ?? '';
    const scopes = this.#identities.get(name) ?? CALL_SCOPES;
    // Looked up whole; as an author it may be no longer than others.
    return new KnownCaller('certificate', name.slice(0, NAME_MAX), '', scopes, visitor);
  }

  /** Calls go on as before when the first token is made; managing then takes a token, or the UNIX socket. */
  #local(visitor: Visitor): Caller {
    const { loaded, everMade } = this.#tokens;
    if (visitor.address === UNIX_SOCKET) return new KnownCaller('owner', '', '', ALL_SCOPES, visitor);
    const scopes = loaded && !everMade ? ALL_SCOPES : CALL_SCOPES;
    return new KnownCaller('local', '', '', scopes, visitor);
  }

  /**
   * A token that is in force gets in however many others from its address do not: a limit must not leave a call
   * unscreened. A guess costs no more than a look into a map, unless it has the id of a token.
   */
  #refuse({ address }: Pick<Visitor, 'address'>, because: string): never {
    this.#refused++;
    const nowMs = this.#nowMs();
    const mayTry = this.#failed.mayTry(address, nowMs);
    this.#failed.count(address, nowMs);
    if (mayTry) throw new AcmError('ACM_UNAUTHENTICATED', because);
    this.#limited++;
    throw new AcmError(
      'ACM_RATE_LIMITED',
      'too many callers from this address could not say who they are; try again in a minute',
    );
  }
}

function isLocal({ address }: Visitor): boolean {
  return address === UNIX_SOCKET || isLoopback(address);
}

/** Made for every call, so the text that only changes need is put together when they ask for it. */
class KnownCaller implements Caller {
  constructor(
    readonly kind: Caller['kind'],
    readonly name: string,
    readonly tokenId: string,
    readonly scopes: ReadonlySet<Scope>,
    private readonly visitor: Visitor,
  ) {}

  get origin(): string {
    const { protocol, address } = this.visitor;
    const shown =
      this.kind === 'token'
        ? `token ${this.tokenId}`
        : this.kind === 'certificate'
          ? 'certificate'
          : 'no token';
    return `${protocol} ${address}, ${shown}`;
  }
}

function notKnownYet(): AcmError {
  return new AcmError(
    'ACM_STORE_UNAVAILABLE',
    'it is not known yet which tokens there are: the store has not answered',
  );
}
