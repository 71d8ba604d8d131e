/**
 * A gRPC server that blames a request which cannot be decoded on whoever sent it: INVALID_ARGUMENT. grpc-js answers it with
 * INTERNAL, as if the server had a defect, and asks nobody.
 */
import {
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServiceDefinition,
  status,
  type UntypedHandleCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';

type Method = MethodDefinition<unknown, unknown>;

/** Stands in for the request that there is not. */
const UNDECODABLE = Object.freeze({});
const REFUSAL = {
  code: status.INVALID_ARGUMENT,
  details: 'the request cannot be decoded: its bytes are no message of this method',
} as const;

export class DecodingServer extends Server {
  override addService(definition: ServiceDefinition, implementation: UntypedServiceImplementation): void {
    const methods = Object.entries<Method>(definition);
    super.addService(
      Object.fromEntries(methods.map(([name, method]) => [name, tolerant(method)])),
      Object.fromEntries(
        methods.flatMap(([name, method]) => {
          const handler = implementation[name] ?? implementation[method.originalName ?? name];
          return handler === undefined ? [] : [[name, guarded(method, handler.bind(implementation))]];
        }),
      ),
    );
  }
}

function tolerant(method: Method): Method {
  return {
    ...method,
    requestDeserialize(bytes) {
      try {
        return method.requestDeserialize(bytes);
      } catch {
        return UNDECODABLE;
      }
    },
  };
}

/** The handler, which sees only what could be decoded. */
function guarded({ requestStream, responseStream }: Method, handler: UntypedHandleCall): UntypedHandleCall {
  if (requestStream && responseStream)
    return guardedBidi(handler as handleBidiStreamingCall<unknown, unknown>);
  if (requestStream) return guardedReader(handler as handleClientStreamingCall<unknown, unknown>);
  if (responseStream) return guardedWriter(handler as handleServerStreamingCall<unknown, unknown>);
  return guardedUnary(handler as handleUnaryCall<unknown, unknown>);
}

function guardedUnary(handler: handleUnaryCall<unknown, unknown>): handleUnaryCall<unknown, unknown> {
  return (call, callback) => {
    if (call.request === UNDECODABLE) callback(REFUSAL);
    else handler(call, callback);
  };
}

function guardedWriter(
  handler: handleServerStreamingCall<unknown, unknown>,
): handleServerStreamingCall<unknown, unknown> {
  return (stream) => {
    if (stream.request === UNDECODABLE) stream.emit('error', REFUSAL);
    else handler(stream);
  };
}

function guardedBidi(
  handler: handleBidiStreamingCall<unknown, unknown>,
): handleBidiStreamingCall<unknown, unknown> {
  return (stream) => {
    holdBackUndecodable(stream, () => stream.emit('error', REFUSAL));
    handler(stream);
  };
}

function guardedReader(
  handler: handleClientStreamingCall<unknown, unknown>,
): handleClientStreamingCall<unknown, unknown> {
  return (stream, callback) => {
    holdBackUndecodable(stream, () => callback(REFUSAL));
    handler(stream, callback);
  };
}

/** grpc-js hands each message to the stream by `push`; what is held back there, no listener ever sees. */
function holdBackUndecodable(
  stream: ServerDuplexStream<unknown, unknown> | ServerReadableStream<unknown, unknown>,
  refuse: () => void,
): void {
  const push = stream.push.bind(stream);
  stream.push = (message: unknown): boolean => {
    if (message !== UNDECODABLE) return push(message);
    refuse();
    return false;
  };
}
