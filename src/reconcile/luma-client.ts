/** A client of LumaDB's gRPC port. Whatever goes wrong is a LumaFailure, and nothing waits without a deadline. */
import { type ClientReadableStream, type ServiceError, status } from '@grpc/grpc-js';
import { CHANNEL_OPTIONS, type ClientTls, credentialsOf, metadataWith } from '../client/options.js';
import { callUnary } from '../client/unary-call.js';
import { LumaServiceClient, type QueryRequest, type QueryResponse } from '../gen/luma/v1/luma.js';
import { failureOf, refusal } from './luma-failure.js';
import { DELTAS, DIALECT, type FollowRequest } from './luma-statements.js';

const DEADLINE_MS = 1_000;
/** A stream is opened anew by then; one on which nothing comes is cut long before. */
const STREAM_MS_MAX = 3_600_000;
/** A delta is at most 1 MiB; 500 of them, as a poll may answer, are smaller than that by far. */
const SENT_BYTES_MAX = 2 * 2 ** 20;
const RECEIVED_BYTES_MAX = 32 * 2 ** 20;

const OPTIONS = {
  ...CHANNEL_OPTIONS,
  // Else a new channel would be given the connection of the one before, which is what it is made to get rid of.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.max_send_message_length': SENT_BYTES_MAX,
  'grpc.max_receive_message_length': RECEIVED_BYTES_MAX,
  // One connection, looked at every time: retries are made by those who know what they repeat.
  'grpc.enable_retries': 0,
};

/** A stream under way. */
export interface LumaStream {
  /** Ends, or throws a LumaFailure. */
  readonly answers: AsyncIterable<QueryResponse>;
  cancel(): void;
}

/** What is asked of LumaDB. */
export interface Luma {
  /** Runs one query on window_deltas. @throws LumaFailure */
  execute(query: string, payload: Buffer, deadlineMs?: number): Promise<QueryResponse>;
  follow(request: FollowRequest): LumaStream;
  /** The next call goes over a new connection: the one that there is may be dead without anybody having said so. */
  renew(): void;
  close(): void;
}

export interface LumaClientOptions {
  /** `host:port`. */
  readonly address: string;
  /** Turns TLS on. */
  readonly tls?: ClientTls | undefined;
  /** '' for none. */
  readonly token: string;
}

export class LumaClient implements Luma {
  readonly #options: LumaClientOptions;
  #stub: LumaServiceClient | undefined;
  #closed = false;

  constructor(options: LumaClientOptions) {
    this.#options = options;
  }

  async execute(query: string, payload: Buffer, deadlineMs = DEADLINE_MS): Promise<QueryResponse> {
    const stub = this.#connected();
    const request: QueryRequest = { collection: DELTAS, query, dialect: DIALECT, payload };
    const metadata = metadataWith(this.#options.token);
    const result = await callUnary(stub.execute.bind(stub), request, deadlineMs, metadata);
    if (!result.ok) throw failureOf(result.failure);
    return checked(result.response);
  }

  follow(request: FollowRequest): LumaStream {
    const payload = Buffer.from(JSON.stringify(request));
    const query: QueryRequest = { collection: DELTAS, query: '', dialect: DIALECT, payload };
    const options = { deadline: Date.now() + STREAM_MS_MAX };
    const call = this.#connected().stream(query, metadataWith(this.#options.token), options);
    // What goes wrong is told by the iteration; when nobody iterates any more, nobody needs to hear of it.
    call.on('error', () => undefined);
    return { answers: answersOf(call), cancel: () => call.cancel() };
  }

  renew(): void {
    this.#stub?.close();
    this.#stub = undefined;
  }

  close(): void {
    this.#closed = true;
    this.renew();
  }

  #connected(): LumaServiceClient {
    if (this.#closed) throw failureOf({ code: status.CANCELLED, details: '' });
    const { address, tls } = this.#options;
    this.#stub ??= new LumaServiceClient(address, credentialsOf(tls), OPTIONS);
    return this.#stub;
  }
}

async function* answersOf(call: ClientReadableStream<QueryResponse>): AsyncIterable<QueryResponse> {
  const stream: AsyncIterable<QueryResponse> = call;
  try {
    for await (const response of stream) yield checked(response);
  } catch (error) {
    throw isServiceError(error) ? failureOf(error) : error;
  } finally {
    call.cancel();
  }
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && typeof error.details === 'string';
}

function checked(response: QueryResponse): QueryResponse {
  if (!response.success) throw refusal(response.error);
  return response;
}
