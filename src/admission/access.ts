/** Who asks, and what they may: the scopes that tokens and certificates carry, and what each of them covers. */
import { AcmError } from '../errors.js';
import { NAME_MAX } from './call-attempt.js';

/** What a caller may be allowed to do. `admin` covers all, and a `:write` covers the `:read` of its kind. */
export const SCOPES = [
  /** Ask for verdicts on calls. */
  'check',
  /** Be a switch: report calls in progress, take and confirm orders to end them. */
  'switch',
  /** Tell of calls over HTTP. */
  'events:write',
  /** Read alerts, threats, statistics and the stream of events. */
  'alerts:read',
  /** Work on alerts and settle them. */
  'alerts:write',
  /** Read policies, the allowlist, blocks and the switch. */
  'policy:read',
  /** Change them. */
  'policy:write',
  /** Everything, and what nothing else covers: tokens, the audit log, webhooks. */
  'admin',
] as const;

export type Scope = (typeof SCOPES)[number];

/** Who asks, as far as the door by which they came could find out. */
export interface Caller {
  /** `owner`: by the UNIX socket, whose file let them in; `local`: over loopback; both with neither token nor certificate. */
  readonly kind: 'owner' | 'local' | 'token' | 'certificate';
  /** Name of the token, or the name in the certificate; '' for a local caller. */
  readonly name: string;
  /** '' for who has shown no token. */
  readonly tokenId: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Where from and by what, for the audit log: `grpc 192.0.2.7, token 5d3c6f6e3c0b`, `grpc unix-socket, no token`. */
  readonly origin: string;
}

/** Who makes a change, for its history and for the audit log. */
export interface Actor {
  /** 1 to 64 characters. */
  readonly author: string;
  readonly origin: string;
}

const COVERED_BY: Readonly<Record<Scope, readonly Scope[]>> = {
  check: ['check', 'admin'],
  switch: ['switch', 'admin'],
  'events:write': ['events:write', 'admin'],
  'alerts:read': ['alerts:read', 'alerts:write', 'admin'],
  'alerts:write': ['alerts:write', 'admin'],
  'policy:read': ['policy:read', 'policy:write', 'admin'],
  'policy:write': ['policy:write', 'admin'],
  admin: ['admin'],
};

/** True if the scopes cover at least one of those that are asked for. */
export function covers(scopes: ReadonlySet<Scope>, anyOf: readonly Scope[]): boolean {
  // On the way of every call: loops allocate nothing.
  for (const wanted of anyOf) for (const scope of COVERED_BY[wanted]) if (scopes.has(scope)) return true;
  return false;
}

/**
 * Refuses whoever may not.
 * @throws AcmError ACM_FORBIDDEN
 */
export function checkMay({ kind, name, scopes }: Caller, anyOf: readonly Scope[]): void {
  if (covers(scopes, anyOf)) return;
  const who =
    kind === 'local' ? 'without a token, a caller on this machine' : `the ${kind} ${JSON.stringify(name)}`;
  throw new AcmError('ACM_FORBIDDEN', `${who} lacks the scope ${anyOf.join(' or ')}`);
}

/**
 * The first token is not made over the network, loopback included: it would outlast whatever made it there.
 * @throws AcmError ACM_FORBIDDEN
 */
export function checkMayMakeTokens({ kind }: Caller): void {
  if (kind === 'local')
    throw new AcmError(
      'ACM_FORBIDDEN',
      'without a token, no token is made over the network: make the first one beside the data, with `acm token init`',
    );
}

/** Who a change is put down to: a token or a certificate by its name, others by the name that they give themselves. */
export function actorOf({ name, origin }: Caller, claimed: string): Actor {
  return { author: name === '' ? claimed : name.slice(0, NAME_MAX), origin };
}
