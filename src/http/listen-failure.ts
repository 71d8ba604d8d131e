import { AcmError } from '../errors.js';

/** What is said when an address cannot be had; the system's own words give the reason. */
export function listenFailure(host: string, port: number, cause: unknown): AcmError {
  return new AcmError('ACM_UNAVAILABLE', `cannot listen on ${host}:${port}: ${(cause as Error).message}`, {
    cause,
  });
}
