/** Until when, as `--for` and `--until` say it. */
import { AcmError } from '../../src/errors.js';

export interface ExpiryOptions {
  readonly for?: Date;
  readonly until?: Date;
}

/** Undefined for never. */
export function expiryOf(options: ExpiryOptions): Date | undefined {
  return options.for ?? options.until;
}

/** @throws AcmError if nothing is said. */
export function requiredExpiryOf(options: ExpiryOptions): Date {
  const expiry = expiryOf(options);
  if (expiry === undefined)
    throw new AcmError('ACM_INVALID_ARGUMENT', 'until when? Give --for 24h, or --until 2026-11-22T18:00:00Z');
  return expiry;
}
