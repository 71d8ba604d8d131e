/** The gRPC server: DetectionService, health and reflection, on TCP and on a UNIX socket. */
import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import { AcmError } from '../errors.js';
import { DetectionServiceService } from '../gen/acm/v1/detection.js';
import type { TlsMaterial } from '../tls.js';
import type { DetectionHandlers } from './detection-service.js';
import { removeStaleSocket } from './unix-socket.js';

const SERVICE = 'acm.v1.DetectionService';
const PROTO_ROOT = fileURLToPath(import.meta.resolve('#proto/acm/v1/detection.proto')).replace(
  /acm\/v1\/[^/]+$/,
  '',
);
/** Only the owner and the group of the sidecar may ask over the socket. */
const SOCKET_MODE = 0o660;

const SERVER_OPTIONS = {
  'grpc.max_receive_message_length': 4 * 1024 * 1024,
  // Nobody asks for channelz here, and its bookkeeping costs every call.
  'grpc.enable_channelz': 0,
  // A watcher that has vanished without a word is noticed within 40 s.
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
};

export interface GrpcServerOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  /** Path of a UNIX socket; '' for none. */
  readonly socket: string;
  readonly tls: TlsMaterial | undefined;
  readonly handlers: DetectionHandlers;
}

export class GrpcServer {
  readonly #options: GrpcServerOptions;
  readonly #server = new Server(SERVER_OPTIONS);
  readonly #health = new HealthImplementation({ '': 'NOT_SERVING', [SERVICE]: 'NOT_SERVING' });

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    this.#server.addService(DetectionServiceService, options.handlers.implementation);
    this.#health.addToServer(this.#server);
    // Reflection gives out the names as the file has them.
    const proto = loadSync('acm/v1/detection.proto', { includeDirs: [PROTO_ROOT], keepCase: true });
    new ReflectionService(proto, { services: [SERVICE] }).addToServer(this.#server);
  }

  /**
   * Starts to serve.
   * @returns the TCP port.
   * @throws AcmError if an address cannot be had.
   */
  async start(): Promise<number> {
    try {
      const port = await this.#listen();
      this.#setServing('SERVING');
      return port;
    } catch (error) {
      // One address may have been had already.
      this.#server.forceShutdown();
      throw error;
    }
  }

  async #listen(): Promise<number> {
    const { address, socket, tls } = this.#options;
    const port = await this.#bind(
      address,
      tls === undefined ? ServerCredentials.createInsecure() : credentialsOf(tls),
    );
    if (socket !== '') {
      await removeStaleSocket(socket);
      await this.#bind(`unix:${socket}`, ServerCredentials.createInsecure());
      chmodSync(socket, SOCKET_MODE);
    }
    return port;
  }

  /** Says NOT_SERVING, lets calls in flight finish, ends the streams, and is gone within `boundMs`. */
  async drain(boundMs: number): Promise<void> {
    this.#setServing('NOT_SERVING');
    this.#options.handlers.endStreams();
    await new Promise<void>((resolve) => {
      const bound = setTimeout(() => {
        this.#server.forceShutdown();
        resolve();
      }, boundMs);
      this.#server.tryShutdown(() => {
        clearTimeout(bound);
        resolve();
      });
    });
  }

  #setServing(status: 'SERVING' | 'NOT_SERVING'): void {
    this.#health.setStatus('', status);
    this.#health.setStatus(SERVICE, status);
  }

  #bind(address: string, credentials: ServerCredentials): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, credentials, (error, port) => {
        if (error === null) resolve(port);
        else reject(cannotListen(address, error));
      });
    });
  }
}

/** grpc-js wraps what the system said into a sentence about resolved names. */
function cannotListen(address: string, cause: Error): AcmError {
  const reason = cause.message.replace(/^.* errors: \[(.+)\]$/, '$1');
  return new AcmError('ACM_UNAVAILABLE', `cannot listen on ${address}: ${reason}`, { cause });
}

function credentialsOf({ cert, key, clientCa }: TlsMaterial): ServerCredentials {
  return ServerCredentials.createSsl(
    clientCa ?? null,
    [{ cert_chain: cert, private_key: key }],
    clientCa !== undefined,
  );
}
