/** A gateway over either database, in this process, and one who asks it. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChannelCredentials, type ClientReadableStream, Metadata, type ServiceError } from '@grpc/grpc-js';
import { suite } from 'uvu';
import { startGateway } from '../../sidecar/compose-gateway.js';
import { prepareGateway } from '../../sidecar/compose-gateway-role.js';
import { loadConfig } from '../../src/config.js';
import { type StoredDelta, WindowDelta, WindowNews } from '../../src/gen/acm/v1/window.js';
import { LumaServiceClient, type QueryResponse } from '../../src/gen/luma/v1/luma.js';
import { DELTAS, DIALECT, PUBLISH } from '../../src/reconcile/luma-statements.js';
import { type PostgresServer, startPostgres } from './postgres.js';
import { until } from './until.js';

export const SILENCE = { debug() {}, info() {}, warn() {}, error() {} };
const ASK_MS_MAX = 10_000;

/** Where the gateway's rows are; it outlasts gateways. */
export interface GatewayHome {
  readonly kind: 'postgresql' | 'embedded';
  readonly env: Readonly<Record<string, string>>;
  readonly server: PostgresServer | undefined;
  remove(): Promise<void>;
}

export async function postgresHome(): Promise<GatewayHome> {
  const server = await startPostgres();
  const { url } = await prepareGateway(server.url, 'acm_gateway');
  return {
    kind: 'postgresql',
    env: { ACM_GATEWAY_DATABASE_URL: url },
    server,
    remove: () => server.stop(),
  };
}

export async function embeddedHome(): Promise<GatewayHome> {
  const directory = mkdtempSync(join(tmpdir(), 'acm-gateway-'));
  return {
    kind: 'embedded',
    env: { ACM_GATEWAY_DATA_DIR: join(directory, 'data') },
    server: undefined,
    remove: async () => rmSync(directory, { recursive: true }),
  };
}

export const HOMES = { postgresql: postgresHome, embedded: embeddedHome } as const;

export interface TestGateway {
  readonly address: string;
  readonly metricsUrl: string;
  stop(): Promise<void>;
}

export async function startTestGateway(
  home: Pick<GatewayHome, 'env'>,
  env: Readonly<Record<string, string>> = {},
): Promise<TestGateway> {
  const config = loadConfig({
    ACM_GATEWAY_ADDRESS: '127.0.0.1:0',
    ACM_GATEWAY_METRICS_ADDRESS: '127.0.0.1:0',
    ACM_DRAIN_MS: '1000',
    ...home.env,
    ...env,
  });
  const running = await startGateway(config, SILENCE);
  return {
    address: `127.0.0.1:${running.ports['grpc']}`,
    metricsUrl: `http://127.0.0.1:${running.ports['http']}`,
    stop: () => running.stop(),
  };
}

/** What a follower has heard. */
export interface Heard {
  readonly epochs: string[];
  readonly deltas: StoredDelta[];
  readonly news: WindowNews[];
  caughtUp: number;
  error: ServiceError | undefined;
  /** Of a request that was not understood. */
  readonly refusals: string[];
  ended: boolean;
  readonly stream: ClientReadableStream<QueryResponse>;
}

export class GatewayClient {
  readonly #stub: LumaServiceClient;
  readonly #streams = new Set<ClientReadableStream<QueryResponse>>();

  constructor(
    address: string,
    credentials = ChannelCredentials.createInsecure(),
    readonly token = '',
  ) {
    this.#stub = new LumaServiceClient(address, credentials, {
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 300,
    });
  }

  execute(
    query: string,
    payload: Uint8Array | readonly unknown[] = [],
    dialect = DIALECT,
  ): Promise<QueryResponse> {
    const bytes = payload instanceof Uint8Array ? Buffer.from(payload) : Buffer.from(JSON.stringify(payload));
    return new Promise((resolve, reject) => {
      this.#stub.execute(
        { collection: DELTAS, query, dialect, payload: bytes },
        this.#metadata(),
        { deadline: Date.now() + ASK_MS_MAX },
        (error, response) => (error === null ? resolve(response) : reject(error)),
      );
    });
  }

  /** The rows of a query that must succeed. */
  async rows(
    query: string,
    payload: Uint8Array | readonly unknown[] = [],
  ): Promise<Record<string, unknown>[]> {
    const { success, error, result } = await this.execute(query, payload);
    if (!success) throw new Error(error);
    return JSON.parse(result.toString()) as Record<string, unknown>[];
  }

  async publish(delta: Uint8Array): Promise<{ sequence: number; stored_at_ms: number; epoch: string }> {
    const [row] = await this.rows(PUBLISH, delta);
    return row as { sequence: number; stored_at_ms: number; epoch: string };
  }

  follow(sinceMs: number, except = '', request: Record<string, unknown> = {}): Heard {
    const stream = this.#stub.stream(
      {
        collection: DELTAS,
        query: '',
        dialect: DIALECT,
        payload: Buffer.from(JSON.stringify({ since_ms: sinceMs, except })),
        ...request,
      },
      this.#metadata(),
    );
    this.#streams.add(stream);
    const heard: Heard = {
      epochs: [],
      deltas: [],
      news: [],
      caughtUp: 0,
      error: undefined,
      refusals: [],
      ended: false,
      stream,
    };
    stream.on('data', (response: QueryResponse) => {
      if (!response.success) {
        heard.refusals.push(response.error);
        return;
      }
      const news = WindowNews.decode(response.result);
      heard.news.push(news);
      heard.deltas.push(...news.deltas);
      if (heard.epochs.at(-1) !== news.epoch) heard.epochs.push(news.epoch);
      if (news.caughtUp) heard.caughtUp++;
    });
    stream.on('error', (error: ServiceError) => {
      heard.error = error;
    });
    stream.on('end', () => {
      heard.ended = true;
    });
    return heard;
  }

  close(): void {
    for (const stream of this.#streams) stream.cancel();
    this.#stub.close();
  }

  #metadata(): Metadata {
    const metadata = new Metadata();
    if (this.token !== '') metadata.set('authorization', `Bearer ${this.token}`);
    return metadata;
  }
}

/** A delta of a sidecar, told apart from others by its number. */
export function deltaOf(sidecar: Buffer, number: number, bytes = 0): Buffer {
  return Buffer.from(
    WindowDelta.encode({
      sidecarId: sidecar,
      sidecarName: 'test',
      number,
      sentAtMs: 0,
      observations: Buffer.alloc(bytes),
      namedObservations: [],
      blocks: [],
      incidents: [],
      rulesRevision: 0,
      signingOff: false,
      probe: Buffer.alloc(0),
      sealed: Buffer.alloc(0),
    }).finish(),
  );
}

export function newSidecar(): { readonly id: Buffer; readonly uuid: string } {
  const id = randomBytes(16);
  const uuid = id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { id, uuid };
}

/** The numbers of the deltas that came from a sidecar, each once, in order. */
export function numbersOf({ deltas }: Pick<Heard, 'deltas'>, sidecar: Buffer): number[] {
  const begin = Buffer.concat([Buffer.from([0x0a, 16]), sidecar]);
  const own = deltas
    .filter(({ delta }) => delta.subarray(0, begin.length).equals(begin))
    .map(({ delta }) => WindowDelta.decode(delta));
  return [...new Set(own.map(({ number }) => number))].sort((one, other) => one - other);
}

/** Waits until what a promise comes to holds, at most 10 s. */
export async function untilAsync(holds: () => Promise<boolean>, what: string): Promise<void> {
  let now = false;
  let busy = false;
  await until(() => {
    if (!busy && !now) {
      busy = true;
      void holds()
        .catch(() => false)
        .then((result) => {
          now = result;
          busy = false;
        });
    }
    return now;
  }, what);
}

interface GatewayContext {
  home: GatewayHome;
  gateway: TestGateway;
  client: GatewayClient;
}

/** A suite with a gateway over one of the databases. */
export function gatewaySuite(name: string, kind: keyof typeof HOMES) {
  const test = suite<GatewayContext>(`${name}: ${kind}`);
  test.before(async (context) => {
    context.home = await HOMES[kind]();
    context.gateway = await startTestGateway(context.home);
    context.client = new GatewayClient(context.gateway.address);
  });
  test.after(async ({ home, gateway, client }) => {
    client?.close();
    await gateway?.stop();
    await home?.remove();
  });
  return test;
}
