import {
  Client,
  credentials,
  Metadata,
  ServerCredentials,
  type ServiceDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DecodingServer } from '../../src/grpc/decoding-server.js';

const test = suite('grpc/decoding-server');

const asTheyAre = (bytes: Buffer): Buffer => bytes;

/** A method that understands every message but `bad`. */
function method(name: string, requestStream: boolean, responseStream: boolean) {
  return {
    path: `/test.Echo/${name}`,
    requestStream,
    responseStream,
    requestSerialize: asTheyAre,
    requestDeserialize(bytes: Buffer): string {
      if (bytes.equals(Buffer.from('bad'))) throw new TypeError('the cause');
      return bytes.toString();
    },
    responseSerialize: (text: string) => Buffer.from(text),
    responseDeserialize: (bytes: Buffer) => bytes.toString(),
  };
}

const ECHO = {
  unary: method('Unary', false, false),
  writer: method('Writer', false, true),
  reader: method('Reader', true, false),
  bidi: method('Bidi', true, true),
};

let server: DecodingServer;
let client: Client;
/** What the handlers were given. */
const seen: unknown[] = [];

test.before(async () => {
  server = new DecodingServer();
  server.addService(ECHO as unknown as ServiceDefinition, {
    unary: (call: { request: string }, callback: (error: null, text: string) => void) => {
      seen.push(call.request);
      callback(null, call.request);
    },
    writer: (stream: { request: string; end(text?: string): void; write(text: string): void }) => {
      seen.push(stream.request);
      stream.write(stream.request);
      stream.end();
    },
    reader: (stream: NodeJS.ReadableStream, callback: (error: null, text: string) => void) => {
      stream.on('data', (message: unknown) => seen.push(message));
      stream.on('end', () => callback(null, 'read'));
    },
    bidi: (stream: NodeJS.ReadWriteStream) => {
      stream.on('data', (message: string) => {
        seen.push(message);
        stream.write(message);
      });
      stream.on('end', () => stream.end());
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { 'grpc.enable_http_proxy': 0 });
});

test.before.each(() => {
  seen.length = 0;
});

test.after(() => {
  client.close();
  server.forceShutdown();
});

interface Outcome {
  readonly code: number;
  readonly details: string;
  readonly answers: readonly string[];
}

/** Sends these messages to a method, and waits for its end. */
function send(
  { path, requestStream, responseStream }: (typeof ECHO)['unary'],
  ...messages: string[]
): Promise<Outcome> {
  return new Promise((resolve) => {
    const answers: string[] = [];
    const end = ({ code, details }: { code: number; details: string }) => resolve({ code, details, answers });
    const finish = (error: ServiceError | null, answer?: string): void => {
      if (answer !== undefined) answers.push(answer);
      end(error ?? { code: status.OK, details: '' });
    };
    const read = (bytes: Buffer): string => bytes.toString();
    const write = (text: string): Buffer => Buffer.from(text);
    const [metadata, options] = [new Metadata(), { deadline: Date.now() + 5_000 }];
    if (!requestStream && !responseStream)
      return void client.makeUnaryRequest(path, write, read, messages[0], metadata, options, finish);
    if (!requestStream) {
      const stream = client.makeServerStreamRequest(path, write, read, messages[0], metadata, options);
      return void stream
        .on('data', (text: string) => answers.push(text))
        .on('error', () => undefined)
        .on('status', end);
    }
    const stream = responseStream
      ? client.makeBidiStreamRequest(path, write, read, metadata, options)
      : client.makeClientStreamRequest(path, write, read, metadata, options, finish);
    if (responseStream) stream.on('data', (text: string) => answers.push(text)).on('status', end);
    stream.on('error', () => undefined);
    for (const message of messages) stream.write(message);
    stream.end();
  });
}

test('gives the handlers of every kind of method what can be decoded', async () => {
  assert.equal(await send(ECHO.unary, 'a'), { code: status.OK, details: '', answers: ['a'] });
  assert.equal((await send(ECHO.writer, 'b')).answers, ['b']);
  assert.equal(await send(ECHO.reader, 'c', 'd'), { code: status.OK, details: '', answers: ['read'] });
  assert.equal((await send(ECHO.bidi, 'e', 'f')).answers, ['e', 'f']);
  assert.equal(seen, ['a', 'b', 'c', 'd', 'e', 'f']);
});

test('blames what cannot be decoded on its sender, without the cause, and shows it to no handler', async () => {
  for (const each of Object.values(ECHO)) {
    const { code, details, answers } = await send(each, 'bad');
    assert.is(code, status.INVALID_ARGUMENT, each.path);
    assert.is(details, 'the request cannot be decoded: its bytes are no message of this method');
    assert.equal(answers, []);
  }
  assert.equal(seen, []);
});

test('answers what came before the message that cannot be decoded, and nothing after it', async () => {
  const { code, answers } = await send(ECHO.bidi, 'a', 'bad', 'b');
  assert.is(code, status.INVALID_ARGUMENT);
  assert.equal(answers, ['a']);
  assert.equal(seen, ['a']);
});

test('does not know a method without a handler', async () => {
  const lonely = new DecodingServer();
  lonely.addService({ unary: ECHO.unary } as unknown as ServiceDefinition, {});
  const port = await new Promise<number>((resolve) => {
    lonely.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, bound) => resolve(bound));
  });
  const stranger = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.enable_http_proxy': 0,
  });
  const code = await new Promise((resolve) => {
    stranger.makeUnaryRequest(ECHO.unary.path, asTheyAre, asTheyAre, Buffer.from('a'), (error) =>
      resolve(error?.code),
    );
  });
  assert.is(code, status.UNIMPLEMENTED);
  stranger.close();
  lonely.forceShutdown();
});

test.run();
