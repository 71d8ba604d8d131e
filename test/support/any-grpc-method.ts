/** Every gRPC method of the contract, found in proto/ at run time, and a way to ask for any of them. */
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const PROTO_ROOT = fileURLToPath(new URL('../../proto/', import.meta.url));
/** A stream that stays open that long was let in. */
const DEADLINE_MS = 2_000;

type AnyMethod = MethodDefinition<object, object>;

/** By `AlertService/ListAlerts`. */
export const METHODS: ReadonlyMap<string, AnyMethod> = new Map(
  Object.values(
    loadSync(globSync('acm/v1/*.proto', { cwd: PROTO_ROOT }), { includeDirs: [PROTO_ROOT] }),
  ).flatMap((definition) =>
    'format' in definition
      ? []
      : Object.values(definition as ServiceDefinition).map((method): [string, AnyMethod] => [
          method.path.replace('/acm.v1.', ''),
          method as AnyMethod,
        ]),
  ),
);

/** Asks for anything, with a request in which nothing is set. */
export class AnyMethodClient {
  readonly #client: Client;

  /** @param token shown with each call; '' for none. */
  constructor(
    address: string,
    private readonly token: string,
  ) {
    this.#client = new Client(address, credentials.createInsecure(), { 'grpc.enable_http_proxy': 0 });
  }

  /** The status of the answer. */
  ask(name: string): Promise<status> {
    const method = METHODS.get(name);
    if (method === undefined) throw new Error(`there is no ${name}`);
    const { path, requestSerialize, responseDeserialize, requestStream, responseStream } = method;
    const metadata = new Metadata();
    if (this.token !== '') metadata.set('authorization', `Bearer ${this.token}`);
    const options = { deadline: Date.now() + DEADLINE_MS };
    const wire = [path, requestSerialize, responseDeserialize] as const;
    return new Promise((resolve) => {
      if (!requestStream && !responseStream) {
        this.#client.makeUnaryRequest(...wire, {}, metadata, options, (error) =>
          resolve(error?.code ?? status.OK),
        );
        return;
      }
      if (!responseStream) throw new Error(`${name}: this client knows no streams of requests alone`);
      const both = requestStream ? this.#client.makeBidiStreamRequest(...wire, metadata, options) : undefined;
      const stream = both ?? this.#client.makeServerStreamRequest(...wire, {}, metadata, options);
      stream.on('error', () => undefined);
      stream.on('status', ({ code }: { code: status }) => resolve(code));
      stream.resume();
      both?.end();
    });
  }

  close(): void {
    this.#client.close();
  }
}
