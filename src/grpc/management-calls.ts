/** How every management method is served: who may not ask is refused, what is thrown becomes a status, a change is logged. */
import type { handleUnaryCall, ServerUnaryCall } from '@grpc/grpc-js';
import { type Actor, actorOf, type Caller, type Scope } from '../admission/access.js';
import type { Log } from '../admission/ports.js';
import { checkAuthor } from '../admission/rule-input.js';
import { AcmError, InvalidFieldError } from '../errors.js';
import type { Door } from './door.js';
import { grpcErrorOf } from './status.js';

type Respond<Request, Response> = (request: Request, caller: Caller) => Response | Promise<Response>;
type Change<Request, Response> = (request: Request, by: Actor, caller: Caller) => Promise<Response>;

/** What the use cases call differently: a page is asked for by `page_size` and `page_token` here. */
const WIRE_NAMES: Readonly<Record<string, string>> = { limit: 'page_size', after: 'page_token' };

export class ManagementCalls {
  constructor(
    private readonly door: Door,
    private readonly log: Log,
  ) {}

  /** The handler of a method that changes nothing. */
  query<Request, Response>(
    scope: Scope,
    respond: Respond<Request, Response>,
  ): handleUnaryCall<Request, Response> {
    return (call, callback) => {
      this.#answer(call, scope, respond).then(
        (response) => callback(null, response),
        (error: unknown) => callback(this.#statusOf(error)),
      );
    };
  }

  /** The handler of a method that changes something: the log says who did. */
  change<Request extends { readonly author: string }, Response>(
    scope: Scope,
    respond: Change<Request, Response>,
  ): handleUnaryCall<Request, Response> {
    return (call, callback) => {
      const change = async (request: Request, caller: Caller): Promise<Response> => {
        const by = actorOf(caller, request.author);
        checkAuthor(by.author);
        const response = await respond(request, by, caller);
        this.log.info({ method: call.getPath(), ...by }, 'changed by hand');
        return response;
      };
      this.query(scope, change)(call, callback);
    };
  }

  async #answer<Request, Response>(
    call: ServerUnaryCall<Request, Response>,
    scope: Scope,
    respond: Respond<Request, Response>,
  ): Promise<Response> {
    return respond(call.request, this.door.admit(call, scope));
  }

  #statusOf(error: unknown): ReturnType<typeof grpcErrorOf> {
    // What the client did and what the store cannot do now are nothing to log; the rest is a defect of ours.
    if (!(error instanceof AcmError) || error.code === 'ACM_STORE_REFUSED')
      this.log.error({ err: error }, 'a request failed');
    return grpcErrorOf(withWireName(error));
  }
}

function withWireName(error: unknown): unknown {
  if (!(error instanceof InvalidFieldError)) return error;
  const name = WIRE_NAMES[error.field];
  return name === undefined ? error : new InvalidFieldError(name, error.complaint);
}
