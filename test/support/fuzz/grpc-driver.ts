/** Sends bytes to methods by way of grpc-js, as they are, and holds each status against the laws. */
import { Client, type ClientReadableStream, credentials, Metadata, status } from '@grpc/grpc-js';
import { Findings } from './findings.js';
import { complaintAboutEnd, type GrpcEnd, nameOf } from './grpc-laws.js';
import type { GrpcMethod } from './proto-contract.js';

/** A call that takes longer is a finding. */
const ANSWER_MS_MAX = 20_000;
const LANES = 16;

export interface GrpcRequest {
  readonly method: GrpcMethod;
  /** One, or as many as one likes where the requests are a stream. */
  readonly messages: readonly Buffer[];
  /** Milliseconds after which the client leaves a stream, if it has not ended. */
  readonly leaveAfterMs: number;
}

type Answers = ClientReadableStream<Buffer>;

const asTheyAre = (bytes: Buffer): Buffer => bytes;

export class GrpcDriver {
  readonly findings = new Findings();
  readonly #clients: readonly Client[];

  /** @param heard is told of every message that is answered. */
  constructor(
    address: string,
    private readonly heard: (bytes: Buffer) => void,
  ) {
    // Connections of their own, as those of different clients.
    const options = { 'grpc.use_local_subchannel_pool': 1, 'grpc.enable_http_proxy': 0 };
    this.#clients = Array.from(
      { length: 4 },
      () => new Client(address, credentials.createInsecure(), options),
    );
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  async send(count: number, next: () => GrpcRequest): Promise<void> {
    let left = count;
    const lane = async (place: number): Promise<void> => {
      for (; left > 0; ) {
        left--;
        const request = next();
        const end = await this.#exchange(this.#clients[place % this.#clients.length], request);
        this.note(`${request.method.path} ${request.messages.map(hexOf).join(' | ')}`, end);
      }
    };
    await Promise.all(Array.from({ length: LANES }, (_, place) => lane(place)));
  }

  note(request: string, end: GrpcEnd): void {
    this.findings.count(nameOf(end));
    this.findings.note(request, complaintAboutEnd(end));
    if (end.code === status.DEADLINE_EXCEEDED)
      this.findings.note(request, `no answer within ${ANSWER_MS_MAX} ms`);
  }

  #exchange(client: Client, request: GrpcRequest): Promise<GrpcEnd> {
    return request.method.requestStream || request.method.responseStream
      ? this.#stream(client, request)
      : this.#unary(client, request);
  }

  #unary(client: Client, { method, messages }: GrpcRequest): Promise<GrpcEnd> {
    const options = { deadline: Date.now() + ANSWER_MS_MAX };
    return new Promise((resolve) => {
      client.makeUnaryRequest(
        method.path,
        asTheyAre,
        asTheyAre,
        messages[0],
        new Metadata(),
        options,
        (error, answer) => {
          if (answer !== undefined) this.heard(answer);
          resolve(
            error === null ? { code: status.OK, details: '' } : { code: error.code, details: error.details },
          );
        },
      );
    });
  }

  /** A stream of answers; leaving one is how most of them end. */
  #stream(client: Client, { method, messages, leaveAfterMs }: GrpcRequest): Promise<GrpcEnd> {
    const stream = method.requestStream
      ? this.#openBidi(client, method, messages)
      : client.makeServerStreamRequest(method.path, asTheyAre, asTheyAre, messages[0], new Metadata(), {
          deadline: Date.now() + ANSWER_MS_MAX,
        });
    stream.on('data', this.heard).on('error', () => undefined);
    const leaving = setTimeout(() => stream.cancel(), leaveAfterMs);
    return new Promise((resolve) => {
      stream.on('status', ({ code, details }: GrpcEnd) => {
        clearTimeout(leaving);
        resolve({ code, details });
      });
    });
  }

  #openBidi(client: Client, { path }: GrpcMethod, messages: readonly Buffer[]): Answers {
    const options = { deadline: Date.now() + ANSWER_MS_MAX };
    const stream = client.makeBidiStreamRequest<Buffer, Buffer>(
      path,
      asTheyAre,
      asTheyAre,
      new Metadata(),
      options,
    );
    for (const message of messages) stream.write(message);
    stream.end();
    return stream;
  }
}

function hexOf(bytes: Buffer): string {
  return bytes.toString('hex', 0, 150);
}
