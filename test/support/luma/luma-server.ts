/**
 * A luma.v1 server in this process that keeps window_deltas in memory, as `acm lumadb-gateway` keeps them in PostgreSQL: PUBLISH,
 * READ_BACK and POLL by their texts, Stream by FollowRequest. It has faults that can be switched on. It does not cover tokens,
 * TLS, SQL, pruning and bounds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { WindowNews } from '../../../src/gen/acm/v1/window.js';
import { LumaServiceService, type QueryRequest, type QueryResponse } from '../../../src/gen/luma/v1/luma.js';
import {
  type FollowRequest,
  NEWS_TYPE,
  POLL,
  PUBLISH,
  READ_BACK,
} from '../../../src/reconcile/luma-statements.js';

const PUMP_MS = 5;
const KEEP_ALIVE_MS = 500;
const PAGE_ROWS = 500;

interface Row {
  readonly sequence: number;
  readonly storedAtMs: number;
  readonly delta: Buffer;
  /** Committed then, by performance.now(): rows of before may be committed after it. */
  readonly visibleMs: number;
}

interface Follower {
  readonly call: ServerWritableStream<QueryRequest, QueryResponse>;
  readonly request: FollowRequest;
  readonly sent: Set<number>;
  epoch: string;
  caughtUp: boolean;
  spokeMs: number;
}

export class LumaServer {
  /** Milliseconds that each answer of Execute waits. */
  delayMs = 0;
  /** Rows are committed up to so many milliseconds late, each by another time, so out of order. */
  lateMs = 0;
  /** Nothing is answered, and nothing refused. */
  frozen = false;
  /** Streams are opened, and nothing comes on them. */
  mute = false;
  /** What is written is acknowledged, and is not there. */
  losing = false;
  /** Says why no query can be run. */
  refusal = '';
  hasStream = true;
  /** Milliseconds by which the store's clock differs from this machine's. */
  skewMs = 0;
  port = 0;
  published = 0;
  streams = 0;
  polls = 0;
  #epoch = 1;
  #sequence = 0;
  #rows: Row[] = [];
  #server: Server | undefined;
  readonly #followers = new Set<Follower>();
  readonly #pump: NodeJS.Timeout;

  constructor() {
    this.#pump = setInterval(() => this.#tell(), PUMP_MS);
  }

  static async start(): Promise<LumaServer> {
    const server = new LumaServer();
    await server.listen();
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** Serves, at the same port as before if there was one. What was stored is still there. */
  async listen(): Promise<void> {
    const server = new Server({ 'grpc.max_receive_message_length': 4 * 2 ** 20 });
    server.addService(LumaServiceService, {
      execute: (call: ServerUnaryCall<QueryRequest, QueryResponse>, answer: sendUnaryData<QueryResponse>) =>
        void this.#execute(call.request, answer),
      stream: (call: ServerWritableStream<QueryRequest, QueryResponse>) => this.#follow(call),
    });
    this.port = await new Promise<number>((resolve, reject) =>
      server.bindAsync(`127.0.0.1:${this.port}`, ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      ),
    );
    this.#server = server;
  }

  /** All connections break, and nobody listens. */
  kill(): void {
    this.#followers.clear();
    this.#server?.forceShutdown();
    this.#server = undefined;
  }

  close(): void {
    clearInterval(this.#pump);
    this.kill();
  }

  /** As if the database had crashed: what was stored is gone. */
  loseEverything(): void {
    this.#epoch++;
    this.#sequence = 0;
    this.#rows = [];
  }

  get #epochName(): string {
    return `epoch-${this.#epoch}`;
  }

  async #execute(request: QueryRequest, answer: sendUnaryData<QueryResponse>): Promise<void> {
    if (this.frozen) return;
    if (this.refusal !== '') return answer(null, { ...rowsAnswer([]), success: false, error: this.refusal });
    const rows = this.#run(request);
    if (this.delayMs > 0) await sleep(this.delayMs);
    if (rows === undefined) answer({ code: status.INVALID_ARGUMENT, details: 'no such query' });
    else answer(null, rowsAnswer(rows));
  }

  #run({ query, payload }: QueryRequest): readonly object[] | undefined {
    if (query === PUBLISH) return [this.#store(payload)];
    const parameters = JSON.parse(payload.toString());
    if (query === READ_BACK) {
      const row = this.#rows.find(({ sequence }) => sequence === parameters[0]);
      return row === undefined ? [] : [{ delta: row.delta.toString('base64') }];
    }
    if (query !== POLL) return undefined;
    this.polls++;
    const [highest, gaps, sinceMs] = parameters;
    return this.#visibleRows()
      .filter((row) => (row.sequence > highest || gaps.includes(row.sequence)) && row.storedAtMs >= sinceMs)
      .slice(0, PAGE_ROWS)
      .map(({ sequence, storedAtMs, delta }) => ({
        sequence,
        stored_at_ms: storedAtMs,
        epoch: this.#epochName,
        delta: delta.toString('base64'),
      }));
  }

  #store(payload: Buffer): object {
    this.published++;
    const row: Row = {
      sequence: ++this.#sequence,
      storedAtMs: Math.floor(Date.now() + this.skewMs),
      delta: payload,
      visibleMs: performance.now() + Math.random() * this.lateMs,
    };
    if (!this.losing) this.#rows.push(row);
    return { sequence: row.sequence, stored_at_ms: row.storedAtMs, epoch: this.#epochName };
  }

  #visibleRows(): Row[] {
    const nowMs = performance.now();
    return this.#rows.filter(({ visibleMs }) => visibleMs <= nowMs);
  }

  #follow(call: ServerWritableStream<QueryRequest, QueryResponse>): void {
    if (!this.hasStream) {
      call.emit('error', { code: status.UNIMPLEMENTED, details: 'there are no streams' });
      return;
    }
    this.streams++;
    const follower: Follower = {
      call,
      request: JSON.parse(call.request.payload.toString()),
      sent: new Set(),
      epoch: this.#epochName,
      caughtUp: false,
      spokeMs: 0,
    };
    this.#followers.add(follower);
    call.on('cancelled', () => this.#followers.delete(follower));
    call.on('error', () => this.#followers.delete(follower));
  }

  #tell(): void {
    if (this.frozen || this.mute) return;
    const rows = this.#visibleRows();
    for (const follower of this.#followers) {
      if (follower.epoch !== this.#epochName) {
        follower.sent.clear();
        follower.epoch = this.#epochName;
      }
      this.#tellOne(follower, rows);
    }
  }

  #tellOne(follower: Follower, rows: readonly Row[]): void {
    const { request, sent, call } = follower;
    const except = Buffer.from(request.except.replaceAll('-', ''), 'hex');
    const news = rows.filter(
      ({ sequence, storedAtMs, delta }) =>
        !sent.has(sequence) && storedAtMs >= request.since_ms && !except.equals(delta.subarray(2, 18)),
    );
    for (const { sequence } of news) sent.add(sequence);
    const caughtUp = !follower.caughtUp;
    const nowMs = performance.now();
    if (news.length === 0 && !caughtUp && nowMs - follower.spokeMs < KEEP_ALIVE_MS) return;
    follower.spokeMs = nowMs;
    follower.caughtUp = true;
    const message: WindowNews = { epoch: this.#epochName, deltas: news, caughtUp };
    call.write({
      ...rowsAnswer([]),
      result: Buffer.from(WindowNews.encode(message).finish()),
      rowsAffected: news.length,
      contentType: NEWS_TYPE,
    });
  }
}

function rowsAnswer(rows: readonly object[]): QueryResponse {
  return {
    success: true,
    error: '',
    result: Buffer.from(JSON.stringify(rows)),
    rowsAffected: rows.length,
    contentType: 'application/json',
  };
}
