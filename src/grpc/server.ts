/** The gRPC server: DetectionService, the management services, health and reflection, on TCP and on a UNIX socket. */
import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Server } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import type { Doorkeeper } from '../admission/doorkeeper.js';
import { isLoopback } from '../admission/ip-address.js';
import { DetectionServiceService } from '../gen/acm/v1/detection.js';
import type { TlsMaterial } from '../tls.js';
import { DecodingServer } from './decoding-server.js';
import type { DetectionHandlers } from './detection-service.js';
import { Door, type DoorKind } from './door.js';
import { bind, shutDown } from './listener.js';
import { MANAGEMENT_SERVICES, type ManagementParts, managementServices } from './management-services.js';
import { removeStaleSocket } from './unix-socket.js';

const SERVICE = 'acm.v1.DetectionService';
const PROTO = 'acm/v1/detection.proto';
const MANAGEMENT_PROTOS = ['management', 'access', 'stats', 'webhook', 'calls'].map(
  (name) => `acm/v1/${name}.proto`,
);
const PROTO_ROOT = fileURLToPath(import.meta.resolve(`#proto/${PROTO}`)).slice(0, -PROTO.length);
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
  /** Says who comes in. */
  readonly keeper: Doorkeeper;
  /** What the management services rest on; without it they are not served. */
  readonly management?: ManagementParts;
}

export class GrpcServer {
  readonly #options: GrpcServerOptions;
  readonly #services: readonly string[];
  readonly #health: HealthImplementation;
  /** One for each door, so that who may manage is known by where they came in. */
  readonly #tcp: Server;
  readonly #local: Server | undefined;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    this.#services = options.management === undefined ? [SERVICE] : [SERVICE, ...MANAGEMENT_SERVICES];
    this.#health = new HealthImplementation(
      Object.fromEntries(['', ...this.#services].map((service) => [service, 'NOT_SERVING' as const])),
    );
    const protos = options.management === undefined ? [PROTO] : [PROTO, ...MANAGEMENT_PROTOS];
    // Reflection gives out the names as the file has them.
    const definition = loadSync(protos, { includeDirs: [PROTO_ROOT], keepCase: true });
    const reflection = new ReflectionService(definition, { services: [...this.#services] });
    this.#tcp = this.#behind(tcpDoorOf(options), reflection);
    this.#local = options.socket === '' ? undefined : this.#behind('unix-socket', reflection);
  }

  #behind(kind: DoorKind, reflection: ReflectionService): Server {
    const { handlers, management, keeper } = this.#options;
    const door = new Door(kind, keeper);
    const server = new DecodingServer(SERVER_OPTIONS);
    server.addService(DetectionServiceService, handlers.behind(door));
    for (const [definition, implementation] of management ? managementServices(management, door) : [])
      server.addService(definition, implementation);
    this.#health.addToServer(server);
    reflection.addToServer(server);
    return server;
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
      for (const server of this.#servers) server.forceShutdown();
      throw error;
    }
  }

  async #listen(): Promise<number> {
    const { address, socket, tls } = this.#options;
    const port = await bind(this.#tcp, address, tls);
    if (this.#local !== undefined) {
      await removeStaleSocket(socket);
      await bind(this.#local, `unix:${socket}`, undefined);
      chmodSync(socket, SOCKET_MODE);
    }
    return port;
  }

  get #servers(): readonly Server[] {
    return this.#local === undefined ? [this.#tcp] : [this.#tcp, this.#local];
  }

  /** Says NOT_SERVING, lets calls in flight finish, ends the streams, and is gone within `boundMs`. */
  async drain(boundMs: number): Promise<void> {
    this.#setServing('NOT_SERVING');
    this.#options.handlers.endStreams();
    await Promise.all(this.#servers.map((server) => shutDown(server, boundMs)));
  }

  #setServing(status: 'SERVING' | 'NOT_SERVING'): void {
    for (const service of ['', ...this.#services]) this.#health.setStatus(service, status);
  }
}

function tcpDoorOf({ address, tls }: GrpcServerOptions): DoorKind {
  if (tls?.clientCa !== undefined) return 'mutual-tls';
  return isLoopback(address.slice(0, address.lastIndexOf(':'))) ? 'loopback' : 'tcp';
}
