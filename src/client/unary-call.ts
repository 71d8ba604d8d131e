/** One unary gRPC call as a promise, with a deadline that holds whatever the peer does. */
import {
  type CallOptions,
  type ClientUnaryCall,
  Metadata,
  type ServiceError,
  type StatusObject,
  status,
} from '@grpc/grpc-js';

/** A unary method of a generated client, bound to it. */
export type UnaryMethod<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

/** How a call without a response ended. */
export type CallFailure = Pick<StatusObject, 'code' | 'details'>;

/** The outcome of a unary call: never an exception, since a dead peer is nothing exceptional. */
export type CallResult<Response> =
  | { readonly ok: true; readonly response: Response }
  | { readonly ok: false; readonly failure: CallFailure };

/**
 * Calls `method` and settles within `deadlineMs`, in milliseconds.
 *
 * The deadline goes to the server as well, so that it can give up; the timer here is what releases the call when the
 * server is frozen and its kernel still acknowledges.
 */
export function callUnary<Request, Response>(
  method: UnaryMethod<Request, Response>,
  request: Request,
  deadlineMs: number,
): Promise<CallResult<Response>> {
  return new Promise((resolve) => {
    const options = { deadline: Date.now() + deadlineMs };
    const call = method(request, new Metadata(), options, (error, response) => {
      clearTimeout(timer);
      resolve(error === null ? { ok: true, response } : { ok: false, failure: error });
    });
    const timer = setTimeout(() => {
      resolve({
        ok: false,
        failure: { code: status.DEADLINE_EXCEEDED, details: `no answer in ${deadlineMs} ms` },
      });
      call.cancel();
    }, deadlineMs);
  });
}
