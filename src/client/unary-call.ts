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

/** How much later gRPC's own deadline is: it is the server's, and must not come before the one that is kept here. */
const SERVER_DEADLINE_FACTOR = 2;

/**
 * Calls `method` and settles within `deadlineMs`, in milliseconds. `metadata` belongs to the call from then on.
 *
 * The timer here releases the call when the server is frozen and its kernel still acknowledges. It looks once at what
 * has arrived before it gives up: after a stall of this process timers run first, and an answer that came in time would be
 * thrown away unread.
 */
export function callUnary<Request, Response>(
  method: UnaryMethod<Request, Response>,
  request: Request,
  deadlineMs: number,
  metadata = new Metadata(),
): Promise<CallResult<Response>> {
  return new Promise((resolve) => {
    const options = { deadline: Date.now() + deadlineMs * SERVER_DEADLINE_FACTOR };
    const call = method(request, metadata, options, (error, response) => {
      clearTimeout(timer);
      resolve(error === null ? { ok: true, response } : { ok: false, failure: error });
    });
    const giveUp = (): void => {
      resolve({
        ok: false,
        failure: { code: status.DEADLINE_EXCEEDED, details: `no answer in ${deadlineMs} ms` },
      });
      call.cancel();
    };
    const timer = setTimeout(() => setImmediate(giveUp), deadlineMs);
  });
}
