/** Who asks, and what they may: the scopes that tokens and certificates carry, and what each of them covers. */
import { AcmError } from '../errors.js';

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
  /** `stranger`: has shown nothing, from elsewhere. */
  readonly kind: 'local' | 'token' | 'certificate' | 'stranger';
  /** Name of the token, or the name in the certificate; '' for the other two. */
  readonly name: string;
  /** Where from, for the audit log: `grpc 192.0.2.7`, `http 127.0.0.1`, `grpc unix-socket`. */
  readonly origin: string;
  readonly scopes: ReadonlySet<Scope>;
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
  return anyOf.some((wanted) => COVERED_BY[wanted].some((scope) => scopes.has(scope)));
}

/**
 * Refuses whoever may not; with nothing asked for, everybody may.
 * @throws AcmError ACM_UNAUTHENTICATED for a stranger, ACM_FORBIDDEN for somebody who is known.
 */
export function checkMay(caller: Caller, anyOf: readonly Scope[]): void {
  if (anyOf.length === 0 || covers(caller.scopes, anyOf)) return;
  const wanted = anyOf.join(' or ');
  if (caller.kind === 'stranger')
    throw new AcmError(
      'ACM_UNAUTHENTICATED',
      `who asks? This takes a token with the scope ${wanted} (authorization: Bearer acm_...), or a client certificate`,
    );
  const who =
    caller.kind === 'local' ? 'a local caller without a token' : `the ${caller.kind} ${caller.name}`;
  throw new AcmError('ACM_FORBIDDEN', `${who} lacks the scope ${wanted}`);
}
