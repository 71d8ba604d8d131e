/** The gRPC server of the gateway: luma.v1.LumaService, health and reflection. */
import { constants, type Http2Stream } from 'node:http2';
import { fileURLToPath } from 'node:url';
import type { handleServerStreamingCall, handleUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import { plainAddress } from '../admission/ip-address.js';
import { type AcmError, InvalidFieldError } from '../errors.js';
import { LumaServiceService, type QueryRequest, type QueryResponse } from '../gen/luma/v1/luma.js';
import type { TlsMaterial } from '../tls.js';
import { DecodingServer } from './decoding-server.js';
import type { IncomingCall } from './door.js';
import { bind, shutDown } from './listener.js';
import { grpcErrorOf } from './status.js';

const SERVICE = 'luma.v1.LumaService';
const PROTO = 'luma/v1/luma.proto';
const PROTO_ROOT = fileURLToPath(import.meta.resolve(`#proto/${PROTO}`)).slice(0, -PROTO.length);

const SERVER_OPTIONS = {
  // A payload of 1 MiB, a query, and what holds them.
  'grpc.max_receive_message_length': 2 * 1024 * 1024,
  'grpc.enable_channelz': 0,
  // A follower that has vanished without a word is noticed within 15 s.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
};

/** Where the news of a stream goes; as src/reconcile/gateway/follower.ts describes it. */
interface NewsSink {
  send(news: QueryResponse, taken: () => void): void;
  end(error: AcmError, cut: boolean): void;
}

export interface LumaServerOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  readonly tls: TlsMaterial | undefined;
  /** @throws AcmError for a caller who may not. */
  readonly admit: (address: string, authorization: string | undefined) => void;
  readonly execute: (request: QueryRequest) => Promise<QueryResponse>;
  /** @returns what is to be called when the connection is gone. @throws AcmError */
  readonly follow: (request: QueryRequest, sink: NewsSink) => () => void;
}

export class LumaServer {
  readonly #options: LumaServerOptions;
  readonly #server = new DecodingServer(SERVER_OPTIONS);
  readonly #health = new HealthImplementation({ '': 'NOT_SERVING', [SERVICE]: 'NOT_SERVING' });

  constructor(options: LumaServerOptions) {
    this.#options = options;
    this.#server.addService(LumaServiceService, { execute: this.#execute, stream: this.#stream });
    this.#health.addToServer(this.#server);
    const definition = loadSync(PROTO, { includeDirs: [PROTO_ROOT], keepCase: true });
    new ReflectionService(definition, { services: [SERVICE] }).addToServer(this.#server);
  }

  /** @returns the port. @throws AcmError if the address cannot be had. */
  start(): Promise<number> {
    return bind(this.#server, this.#options.address, this.#options.tls);
  }

  setServing(serving: boolean): void {
    for (const service of ['', SERVICE]) this.#health.setStatus(service, serving ? 'SERVING' : 'NOT_SERVING');
  }

  /** Lets queries in flight finish, and is gone within `boundMs`. Streams are for their owner to end. */
  drain(boundMs: number): Promise<void> {
    return shutDown(this.#server, boundMs);
  }

  readonly #execute: handleUnaryCall<QueryRequest, QueryResponse> = (call, callback) => {
    try {
      this.#admit(call);
    } catch (error) {
      callback(grpcErrorOf(error));
      return;
    }
    this.#options.execute(call.request).then(
      (response) => callback(null, response),
      (error: unknown) => callback(grpcErrorOf(error)),
    );
  };

  readonly #stream: handleServerStreamingCall<QueryRequest, QueryResponse> = (stream) => {
    try {
      this.#admit(stream);
      const leave = this.#options.follow(stream.request, sinkOf(stream));
      stream.once('close', leave);
      stream.on('cancelled', leave);
    } catch (error) {
      if (error instanceof InvalidFieldError) refuse(stream, error.message);
      else stream.emit('error', grpcErrorOf(error));
    }
  };

  #admit(call: IncomingCall): void {
    const [authorization] = call.metadata.get('authorization');
    const peer = call.getPeer();
    this.#options.admit(
      plainAddress(peer.slice(0, Math.max(0, peer.lastIndexOf(':')))),
      authorization?.toString(),
    );
  }
}

/** A request that is not understood is answered as a query that cannot be run is: with status OK. */
function refuse(stream: ServerWritableStream<QueryRequest, QueryResponse>, error: string): void {
  stream.write({ success: false, error, result: Buffer.alloc(0), rowsAffected: 0, contentType: '' });
  stream.end();
}

function sinkOf(stream: ServerWritableStream<QueryRequest, QueryResponse>): NewsSink {
  return {
    // The callback comes when the message has left for the network, and not while the other side takes nothing.
    send: (news, taken) => stream.write(news, taken),
    end(error, cut) {
      stream.emit('error', grpcErrorOf(error));
      // A status would wait behind what is not taken. gRPC reads this as RESOURCE_EXHAUSTED.
      if (cut) http2StreamOf(stream)?.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    },
  };
}

/** grpc-js keeps it to itself; where it is not found, keep-alive ends what is dead. */
function http2StreamOf(stream: object): Http2Stream | undefined {
  return (stream as { call?: { stream?: Http2Stream } }).call?.stream;
}
