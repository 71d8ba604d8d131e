/** The services beside DetectionService, as any client has them: grpc.health.v1 and grpc.reflection.v1. */
import {
  type ChannelCredentials,
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  makeClientConstructor,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { service as healthService } from 'grpc-health-check';

const DEADLINE_MS = 10_000;
const HealthClient = makeClientConstructor(healthService, 'grpc.health.v1.Health');

/** `SERVING`, `NOT_SERVING`, ... */
interface HealthAnswer {
  readonly status: string;
}

export class HealthWatcher {
  readonly #client: Client & Record<string, unknown>;

  constructor(address: string, channelCredentials: ChannelCredentials = credentials.createInsecure()) {
    this.#client = new HealthClient(address, channelCredentials) as Client & Record<string, unknown>;
  }

  /** The status of one service; '' for the server as a whole. */
  check(service: string): Promise<string> {
    const check = this.#client['check'] as (
      request: object,
      options: object,
      callback: (error: ServiceError | null, answer: HealthAnswer) => void,
    ) => void;
    return new Promise((resolve, reject) => {
      check.call(this.#client, { service }, { deadline: Date.now() + DEADLINE_MS }, (error, answer) =>
        error === null ? resolve(answer.status) : reject(error),
      );
    });
  }

  /** The statuses from now on; without a deadline, as probes watch. */
  watch(service: string): ClientReadableStream<HealthAnswer> {
    const watch = this.#client['watch'] as (request: object) => ClientReadableStream<HealthAnswer>;
    const stream = watch.call(this.#client, { service });
    stream.on('error', () => undefined);
    return stream;
  }

  close(): void {
    this.#client.close();
  }
}

interface ReflectionAnswer {
  readonly list_services_response?: { readonly service: readonly { readonly name: string }[] };
  readonly file_descriptor_response?: { readonly file_descriptor_proto: readonly Buffer[] };
}

type ReflectionStream = ClientDuplexStream<object, ReflectionAnswer>;

const reflectionDefinition = loadSync('grpc/reflection/v1/reflection.proto', {
  keepCase: true,
  defaults: true,
  oneofs: true,
  includeDirs: [new URL('../proto/', import.meta.resolve('@grpc/reflection')).pathname],
});
const { grpc: reflectionPackage } = loadPackageDefinition(reflectionDefinition) as unknown as {
  grpc: { reflection: { v1: { ServerReflection: ServiceClientConstructor } } };
};

/** Asks the reflection service one question. */
export async function reflect(address: string, question: object): Promise<ReflectionAnswer> {
  const { ServerReflection } = reflectionPackage.reflection.v1;
  const client = new ServerReflection(address, credentials.createInsecure());
  const open = client['ServerReflectionInfo'] as unknown as (options: object) => ReflectionStream;
  const stream = open.call(client, { deadline: Date.now() + DEADLINE_MS });
  try {
    return await new Promise<ReflectionAnswer>((resolve, reject) => {
      stream.once('data', resolve).once('error', reject);
      stream.write(question);
    });
  } finally {
    stream.end();
    client.close();
  }
}
