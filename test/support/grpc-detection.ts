/**
 * DetectionService as a stranger meets it: proto/acm/v1/detection.proto is loaded at run time by @grpc/proto-loader, names as
 * in the file, enums as text. The generated code takes no part, so that it cannot vouch for itself.
 */
import { fileURLToPath } from 'node:url';
import {
  type CallOptions,
  type ChannelCredentials,
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** A request; absent fields are sent as proto3 has them, empty. */
export interface Check {
  readonly call_id?: string;
  readonly a_number?: string;
  readonly b_number?: string;
  readonly source_ip?: string;
  readonly switch_id?: string;
  readonly trunk?: string;
  readonly from_tag?: string;
  readonly emergency?: boolean;
}

export interface Verdict {
  readonly call_id: string;
  readonly verdict: string;
  readonly reason: string;
  readonly distinct_a_count: number;
  readonly call_count: number;
  readonly window_ms: number;
  readonly threshold: number;
  readonly severity: string;
  readonly alert_id: string;
  readonly degraded: boolean;
  readonly degraded_causes: readonly string[];
  readonly state_age_ms: number;
  readonly sip_status: number;
  readonly sip_reason: string;
  readonly reason_header: string;
  readonly enforcement: string;
}

export interface BulkResult {
  readonly response?: Verdict;
  readonly error?: { readonly code: number; readonly field: string; readonly message: string };
}

export interface BulkAnswer {
  readonly results: readonly BulkResult[];
}

export interface Report extends Check {
  readonly state?: string | number;
  readonly age_ms?: number;
}

export interface Command {
  readonly disconnect_id: string;
  readonly call_id: string;
  readonly from_tag: string;
  readonly alert_id: string;
  readonly sip_status: number;
  readonly sip_reason: string;
  readonly reason_header: string;
}

export interface Confirmation {
  readonly disconnect_id?: string;
  readonly switch_id?: string;
  readonly outcome?: string | number;
  readonly detail?: string;
}

export type BulkStream = ClientDuplexStream<{ calls: readonly Check[] }, BulkAnswer>;
export type CommandStream = ClientReadableStream<Command>;

type Method = (request: object, metadata: Metadata, options: CallOptions, callback: Callback) => void;
type Callback = (error: ServiceError | null, response: unknown) => void;

const PROTO_ROOT = fileURLToPath(new URL('../../proto/', import.meta.url));
/** A test that waits longer than this has found something. */
const DEADLINE_MS = 10_000;

const definition = loadSync('acm/v1/detection.proto', {
  includeDirs: [PROTO_ROOT],
  keepCase: true,
  enums: String,
  longs: Number,
  defaults: true,
  oneofs: true,
});
const loaded = loadPackageDefinition(definition) as unknown as {
  acm: { v1: { DetectionService: ServiceClientConstructor } };
};

export class DetectionClient {
  readonly #stub: Client & Record<string, unknown>;

  constructor(
    address: string,
    channelCredentials: ChannelCredentials = credentials.createInsecure(),
    /** Shown with each call; '' for none. */
    private readonly token = '',
  ) {
    // A pool of its own: two clients are two connections, as two switches would be.
    const options = { 'grpc.use_local_subchannel_pool': 1, 'grpc.enable_http_proxy': 0 };
    this.#stub = new loaded.acm.v1.DetectionService(address, channelCredentials, options) as Client &
      Record<string, unknown>;
  }

  checkCall(request: Check, deadlineMs = DEADLINE_MS): Promise<Verdict> {
    return this.#unary('CheckCall', request, deadlineMs) as Promise<Verdict>;
  }

  reportCallState(request: Report): Promise<{ disconnect_requested: boolean }> {
    return this.#unary('ReportCallState', request) as Promise<{ disconnect_requested: boolean }>;
  }

  confirmDisconnect(request: Confirmation): Promise<{ known: boolean }> {
    return this.#unary('ConfirmDisconnect', request) as Promise<{ known: boolean }>;
  }

  checkCalls(): BulkStream {
    const open = this.#stub['CheckCalls'] as (metadata: Metadata, options: CallOptions) => BulkStream;
    const stream = open.call(this.#stub, this.#metadata(), { deadline: Date.now() + DEADLINE_MS });
    return quiet(stream);
  }

  watchDisconnects(switchId: string): CommandStream {
    const open = this.#stub['WatchDisconnects'] as (
      request: object,
      metadata: Metadata,
      options: CallOptions,
    ) => CommandStream;
    const deadline = Date.now() + 2 * DEADLINE_MS;
    return quiet(open.call(this.#stub, { switch_id: switchId }, this.#metadata(), { deadline }));
  }

  /** Sends bytes as the message of a unary method, whatever they are, and returns the bytes of the answer. */
  sendBytes(method: string, bytes: Buffer): Promise<Buffer> {
    const asTheyAre = (value: Buffer): Buffer => value;
    const options = { deadline: Date.now() + DEADLINE_MS };
    return new Promise((resolve, reject) => {
      this.#stub.makeUnaryRequest(
        `/acm.v1.DetectionService/${method}`,
        asTheyAre,
        asTheyAre,
        bytes,
        new Metadata(),
        options,
        (error, response) => (error === null ? resolve(response!) : reject(error)),
      );
    });
  }

  /** Waits until the channel is connected. */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stub.waitForReady(Date.now() + DEADLINE_MS, (error) => (error ? reject(error) : resolve()));
    });
  }

  close(): void {
    this.#stub.close();
  }

  #metadata(): Metadata {
    const metadata = new Metadata();
    if (this.token !== '') metadata.set('authorization', `Bearer ${this.token}`);
    return metadata;
  }

  #unary(method: string, request: object, deadlineMs = DEADLINE_MS): Promise<unknown> {
    const call = this.#stub[method] as Method;
    const options = { deadline: Date.now() + deadlineMs };
    return new Promise((resolve, reject) => {
      call.call(this.#stub, request, this.#metadata(), options, (error, response) =>
        error === null ? resolve(response) : reject(error),
      );
    });
  }
}

/** How a stream ended. An error is no exception to a test that asks. */
export interface StreamEnd {
  readonly code: number;
  readonly details: string;
}

/** Waits for the status of a stream whose answers somebody reads, or that are of no interest. */
export function endOf(stream: BulkStream | CommandStream): Promise<StreamEnd> {
  return new Promise((resolve) => {
    // Not events.once, which rejects at the error that comes before the status.
    stream.on('status', ({ code, details }: StreamEnd) => resolve({ code, details }));
    stream.resume();
  });
}

/** Sends one message and waits for its answer. */
export async function exchange(stream: BulkStream, calls: readonly Check[]): Promise<readonly BulkResult[]> {
  stream.write({ calls });
  const [answer] = await take<BulkAnswer>(stream, 1);
  return answer.results;
}

/** Waits for the next `count` messages of a stream; later ones stay in it. */
export function take<Message>(stream: BulkStream | CommandStream, count: number): Promise<Message[]> {
  return new Promise((resolve, reject) => {
    const messages: Message[] = [];
    const onData = (message: Message): void => {
      messages.push(message);
      if (messages.length < count) return;
      // At once, within the event: several messages may come in one turn.
      stream.pause();
      stream.off('data', onData);
      stream.off('status', onStatus);
      resolve(messages);
    };
    const onStatus = ({ code, details }: StreamEnd): void =>
      reject(new Error(`the stream ended after ${messages.length} of ${count} messages: ${code} ${details}`));
    stream.on('data', onData);
    stream.on('status', onStatus);
    stream.resume();
  });
}

/** The error that a call ends with. */
export async function failureOf(call: Promise<unknown>): Promise<StreamEnd> {
  try {
    await call;
  } catch (error) {
    const { code, details } = error as ServiceError;
    return { code, details };
  }
  throw new Error('the call was expected to fail');
}

function quiet<Stream extends BulkStream | CommandStream>(stream: Stream): Stream {
  // The status says the same; without a listener a cancelled stream would end the test.
  stream.on('error', () => undefined);
  return stream;
}
