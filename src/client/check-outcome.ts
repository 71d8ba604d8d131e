/** What asking for a verdict comes to. */
import { status } from '@grpc/grpc-js';
import { type CheckCallResponse, Enforcement } from '../gen/acm/v1/detection.js';

/**
 * Why a call has no verdict:
 * - `deadline`: the sidecar did not answer in time;
 * - `unavailable`: it cannot be reached, or it is draining;
 * - `breaker`: it failed so often that it was not asked;
 * - `error`: it answered with an error, for example INVALID_ARGUMENT.
 */
export type UnscreenedCause = 'deadline' | 'unavailable' | 'breaker' | 'error';

/** A verdict, or what to do without one. */
export type CheckOutcome =
  | { readonly kind: 'verdict'; readonly response: CheckCallResponse }
  | {
      readonly kind: 'unscreened';
      readonly cause: UnscreenedCause;
      readonly action: 'allow' | 'reject';
      /** What the sidecar or gRPC said, for the log; '' while it is not asked. */
      readonly detail: string;
    };

/** gRPC status codes whose cause is not simply an error. CANCELLED is the client closing with calls in flight. */
const CAUSES: { readonly [code in status]?: UnscreenedCause } = {
  [status.DEADLINE_EXCEEDED]: 'deadline',
  [status.UNAVAILABLE]: 'unavailable',
  [status.CANCELLED]: 'unavailable',
};

export function causeOf(code: status): UnscreenedCause {
  return CAUSES[code] ?? 'error';
}

/** Whether a failed call is no proof that the sidecar is in trouble: the request was at fault, and it was answered. */
export function isRequestAtFault(code: status): boolean {
  return code === status.INVALID_ARGUMENT;
}

/**
 * What to do with a call that has no verdict. It is rejected only if that is configured and the newest response said
 * that calls are being rejected at all.
 */
export function actionWithoutVerdict(onFailure: 'allow' | 'reject', newest: Enforcement): 'allow' | 'reject' {
  return onFailure === 'reject' && newest === Enforcement.ENFORCE ? 'reject' : 'allow';
}
