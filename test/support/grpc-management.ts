/**
 * The management services as a stranger meets them: their proto files are loaded at run time, names as in the
 * file, enums as text. The generated code takes no part, so that it cannot vouch for itself.
 */
import { fileURLToPath } from 'node:url';
import {
  type ChannelCredentials,
  type Client,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

type Service =
  | 'AlertService'
  | 'PolicyService'
  | 'AllowlistService'
  | 'BlockService'
  | 'TokenService'
  | 'AuditService'
  | 'StatsService'
  | 'WebhookService'
  | 'CallService';

/** A message with its fields as the proto file names them. */
// biome-ignore lint/suspicious/noExplicitAny: a stranger knows the messages by the proto file alone.
export type Message = any;

const DEADLINE_MS = 10_000;

const PROTOS = ['management', 'access', 'stats', 'webhook', 'calls'].map((name) => `acm/v1/${name}.proto`);

const definition = loadSync(PROTOS, {
  includeDirs: [fileURLToPath(new URL('../../proto/', import.meta.url))],
  keepCase: true,
  enums: String,
  longs: Number,
  defaults: true,
  oneofs: true,
});
const { acm } = loadPackageDefinition(definition) as unknown as {
  acm: { v1: Record<Service, ServiceClientConstructor> };
};

export class ManagementClient {
  readonly #stubs = new Map<Service, Client & Record<string, unknown>>();

  constructor(
    private readonly address: string,
    private readonly channelCredentials: ChannelCredentials = credentials.createInsecure(),
    /** Shown with each call; '' for none. */
    private readonly token = '',
  ) {}

  ask(service: Service, method: string, request: object = {}): Promise<Message> {
    const stub = this.#stubOf(service);
    const call = stub[method] as (...args: unknown[]) => void;
    const options = { deadline: Date.now() + DEADLINE_MS };
    const metadata = new Metadata();
    if (this.token !== '') metadata.set('authorization', `Bearer ${this.token}`);
    return new Promise((resolve, reject) => {
      call.call(stub, request, metadata, options, (error: ServiceError | null, response: Message) =>
        error === null ? resolve(response) : reject(error),
      );
    });
  }

  close(): void {
    for (const stub of this.#stubs.values()) stub.close();
  }

  #stubOf(service: Service): Client & Record<string, unknown> {
    const known = this.#stubs.get(service);
    if (known !== undefined) return known;
    const options = { 'grpc.enable_http_proxy': 0 };
    const stub = new acm.v1[service](this.address, this.channelCredentials, options) as Client &
      Record<string, unknown>;
    this.#stubs.set(service, stub);
    return stub;
  }
}

/** A time as google.protobuf.Timestamp has it. */
export function timestamp(time: Date): { seconds: number; nanos: number } {
  return { seconds: Math.floor(time.getTime() / 1_000), nanos: (time.getTime() % 1_000) * 1_000_000 };
}

/** The time of a google.protobuf.Timestamp. */
export function timeOf({ seconds, nanos }: { seconds: number; nanos: number }): Date {
  return new Date(Number(seconds) * 1_000 + nanos / 1_000_000);
}
