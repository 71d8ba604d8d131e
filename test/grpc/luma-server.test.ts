import { connect, constants } from 'node:http2';
import { ChannelCredentials, Client, type ServiceError, status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AcmError, InvalidFieldError } from '../../src/errors.js';
import { LumaServiceClient, type QueryResponse } from '../../src/gen/luma/v1/luma.js';
import { LumaServer, type LumaServerOptions } from '../../src/grpc/luma-server.js';
import { until } from '../support/until.js';

const test = suite('grpc/luma-server');

const REQUEST = { collection: 'window_deltas', query: '', dialect: 'sql-pg', payload: Buffer.alloc(0) };
/** Five bytes before each message: not compressed, and its length. */
const EMPTY_MESSAGE = Buffer.alloc(5);
type Sink = Parameters<LumaServerOptions['follow']>[1];

function newsOf(bytes: number): QueryResponse {
  return { success: true, error: '', result: Buffer.alloc(bytes, 1), rowsAffected: 0, contentType: '' };
}

async function served(
  parts: Partial<LumaServerOptions>,
  body: (stub: LumaServiceClient, server: LumaServer, address: string) => Promise<void>,
): Promise<void> {
  const server = new LumaServer({
    address: '127.0.0.1:0',
    tls: undefined,
    admit: () => undefined,
    execute: async () => newsOf(1),
    follow: () => () => undefined,
    ...parts,
  });
  const address = `127.0.0.1:${await server.start()}`;
  const stub = new LumaServiceClient(address, ChannelCredentials.createInsecure());
  try {
    await body(stub, server, address);
  } finally {
    stub.close();
    await server.drain(100);
  }
}

function ask(stub: LumaServiceClient): Promise<QueryResponse> {
  return new Promise((resolve, reject) => {
    stub.execute(REQUEST, (error, response) => (error === null ? resolve(response) : reject(error)));
  });
}

async function codeOf(work: Promise<unknown>): Promise<number | undefined> {
  return await work.then(
    () => undefined,
    (error: ServiceError) => error.code,
  );
}

test('asks who comes in, by address and token', async () => {
  const visitors: unknown[] = [];
  await served({ admit: (...visitor) => void visitors.push(visitor) }, async (stub) => {
    await ask(stub);
    stub.stream(REQUEST).on('error', () => undefined);
    await until(() => visitors.length === 2, 'both have come');
    assert.equal(visitors, [
      ['127.0.0.1', undefined],
      ['127.0.0.1', undefined],
    ]);
  });
});

test('answers each error with its status, and tells nothing of a defect', async () => {
  let error: Error = new AcmError('ACM_STORE_UNAVAILABLE', 'away');
  await served({ execute: () => Promise.reject(error) }, async (stub) => {
    assert.is(await codeOf(ask(stub)), status.UNAVAILABLE);
    error = new AcmError('ACM_RATE_LIMITED', 'much');
    assert.is(await codeOf(ask(stub)), status.RESOURCE_EXHAUSTED);
    error = new Error('a secret');
    const failure = (await ask(stub).catch((reason: unknown) => reason)) as ServiceError;
    assert.is(failure.code, status.INTERNAL);
    assert.not.match(failure.details, 'secret');
  });
});

test('answers a stream that is not understood with its mistake, and status OK', async () => {
  const follow = (): never => {
    throw new InvalidFieldError('query', 'is empty');
  };
  await served({ follow }, async (stub) => {
    const answers: QueryResponse[] = [];
    let ended = false;
    stub
      .stream(REQUEST)
      .on('data', (answer: QueryResponse) => answers.push(answer))
      .on('end', () => {
        ended = true;
      });
    await until(() => ended, 'it has ended');
    assert.equal(
      answers.map(({ success, error }) => [success, error]),
      [[false, 'query: is empty']],
    );
  });
});

test('says that a message was taken only when the other side takes it, and cuts off who does not', async () => {
  const sinks: Sink[] = [];
  let left = 0;
  const follow: LumaServerOptions['follow'] = (_request, sink) => {
    sinks.push(sink);
    return () => {
      left++;
    };
  };
  await served({ follow }, async (_stub, _server, address) => {
    const session = connect(`http://${address}`);
    // A client of grpc-js reads on while its stream is paused; one of HTTP/2 does not.
    const stream = session.request({
      ':method': 'POST',
      ':path': '/luma.v1.LumaService/Stream',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.on('error', () => undefined);
    stream.pause();
    stream.end(EMPTY_MESSAGE);
    await until(() => sinks.length === 1, 'it follows');
    let taken = 0;
    const news = newsOf(200_000);
    for (let sent = 0; sent < 3; sent++) sinks[0]!.send(news, () => taken++);
    await until(() => stream.state.localWindowSize === 0, 'the window is full');
    assert.is(taken, 0);
    sinks[0]!.end(new AcmError('ACM_RATE_LIMITED', 'too slow'), true);
    await until(() => left > 0 && stream.closed, 'the stream is closed');
    assert.is(stream.rstCode, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    session.destroy();
  });
});

test('tells when a follower has gone', async () => {
  let gone = 0;
  let begun = 0;
  const follow = (): (() => void) => {
    begun++;
    return () => {
      gone++;
    };
  };
  await served({ follow }, async (stub) => {
    const stream = stub.stream(REQUEST);
    stream.on('error', () => undefined);
    await until(() => begun === 1, 'it follows');
    stream.cancel();
    await until(() => gone > 0, 'it is told');
  });
});

test('blames bytes that are no message on whoever sent them, and says how it is', async () => {
  await served({}, async (_stub, server, address) => {
    const client = new Client(address, ChannelCredentials.createInsecure());
    const raw = (path: string, bytes: Buffer): Promise<Buffer> =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          path,
          (each: Buffer) => each,
          (each: Buffer) => each,
          bytes,
          (error, answer) => (error === null ? resolve(answer!) : reject(error)),
        );
      });
    try {
      const health = (): Promise<Buffer> => raw('/grpc.health.v1.Health/Check', Buffer.alloc(0));
      assert.is(
        await codeOf(raw('/luma.v1.LumaService/Execute', Buffer.from([0xff]))),
        status.INVALID_ARGUMENT,
      );
      assert.is((await health())[1], 2);
      server.setServing(true);
      assert.is((await health())[1], 1);
    } finally {
      client.close();
    }
  });
});

test.run();
