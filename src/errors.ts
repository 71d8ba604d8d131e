/**
 * The one error class of the project, for bad input and dead peers. A broken invariant is an assertion instead, and a
 * verdict is a value, never an exception.
 */

/** Stable codes; each edge maps them to its protocol in one table. */
export type AcmErrorCode =
  /** A request breaks a stated limit; `field` says where. */
  | 'ACM_INVALID_ARGUMENT'
  /** The configuration cannot be used; `mistakes` lists all of them. */
  | 'ACM_CONFIG'
  /** A peer (sidecar, switch, SIP server) cannot be reached or does not answer in time. */
  | 'ACM_UNAVAILABLE'
  /** What was asked for does not exist. */
  | 'ACM_NOT_FOUND'
  /** It cannot be done in the state that things are in. */
  | 'ACM_CONFLICT'
  /** Whoever asks may not. */
  | 'ACM_FORBIDDEN'
  /** Nobody knows who asks: no token, or one that is not known, has expired or was revoked. */
  | 'ACM_UNAUTHENTICATED'
  /** Too much is asked from there; later. */
  | 'ACM_RATE_LIMITED'
  /** The store is down, frozen or still starting. */
  | 'ACM_STORE_UNAVAILABLE'
  /** The store refuses a statement: a defect, or a schema that is not ours. */
  | 'ACM_STORE_REFUSED';

/** Codes whose cause may pass by itself, so that trying again makes sense. */
const TRANSIENT_CODES: ReadonlySet<AcmErrorCode> = new Set(['ACM_UNAVAILABLE', 'ACM_STORE_UNAVAILABLE']);

/** Bad input or a dead peer. `cause` keeps what lies behind it and never goes on the wire. */
export class AcmError extends Error {
  override readonly name: string = 'AcmError';

  constructor(
    readonly code: AcmErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }

  get transient(): boolean {
    return TRANSIENT_CODES.has(this.code);
  }
}

/** A field of a request that breaks its stated limits. The message begins with the field's wire name and a colon. */
export class InvalidFieldError extends AcmError {
  override readonly name = 'InvalidFieldError';

  constructor(
    readonly field: string,
    readonly complaint: string,
  ) {
    super('ACM_INVALID_ARGUMENT', `${field}: ${complaint}`);
  }
}

/** Every mistake in a configuration at once, one sentence each, beginning with the name of what is wrong. */
export class ConfigError extends AcmError {
  override readonly name = 'ConfigError';

  constructor(readonly mistakes: readonly string[]) {
    super('ACM_CONFIG', mistakes.join('\n'));
  }
}
