import { readFileSync } from 'node:fs';
import { type Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ClientTls } from '../../src/client/options.js';
import { LumaServiceService, type QueryRequest, type QueryResponse } from '../../src/gen/luma/v1/luma.js';
import { LumaClient } from '../../src/reconcile/luma-client.js';
import { LumaFailure } from '../../src/reconcile/luma-failure.js';
import { type Certificates, makeCertificates } from '../support/certificates.js';
import { freeTcpPort } from '../support/free-port.js';
import { startMuteServer } from '../support/mute-server.js';

const client = suite<{ certificates: Certificates }>('reconcile/luma-client');

client.before((context) => {
  context.certificates = makeCertificates();
});
client.after(({ certificates }) => certificates.remove());

const OK: QueryResponse = {
  success: true,
  error: '',
  result: Buffer.from('[]'),
  rowsAffected: 0,
  contentType: 'application/json',
};

interface Heard {
  readonly request: QueryRequest;
  readonly metadata: Metadata;
}

interface Answering {
  readonly address: string;
  readonly heard: Heard[];
  close(): void;
}

async function answering(
  answer: QueryResponse | { code: status; details: string },
  credentials = ServerCredentials.createInsecure(),
): Promise<Answering> {
  const heard: Heard[] = [];
  const server = new Server();
  server.addService(LumaServiceService, {
    execute: (
      { request, metadata }: Heard,
      callback: (error: object | null, value?: QueryResponse) => void,
    ) => {
      heard.push({ request, metadata });
      if ('code' in answer) callback(answer);
      else callback(null, answer);
    },
    stream: () => undefined,
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return { address: `localhost:${port}`, heard, close: () => server.forceShutdown() };
}

async function failureAt(address: string, tls?: ClientTls, deadlineMs = 2_000): Promise<LumaFailure> {
  const one = new LumaClient({ address, token: '', tls });
  try {
    await one.execute('SELECT 1', Buffer.alloc(0), deadlineMs);
  } catch (error) {
    assert.instance(error, LumaFailure);
    return error as LumaFailure;
  } finally {
    one.close();
  }
  throw new Error('it did not fail');
}

client('asks in the dialect of the contract, and shows its token', async () => {
  const server = await answering(OK);
  const one = new LumaClient({ address: server.address, token: 'a-token' });
  assert.equal(await one.execute('SELECT 1', Buffer.from('[1]')), OK);
  const [{ request, metadata }] = server.heard;
  assert.is(request.collection, 'window_deltas');
  assert.is(request.dialect, 'sql-pg');
  assert.is(request.payload.toString(), '[1]');
  assert.equal(metadata.get('authorization'), ['Bearer a-token']);
  one.close();
  server.close();
});

client('connects by mutual TLS, and says what is wrong where that fails', async ({ certificates }) => {
  const read = ({ cert, key }: { cert: string; key: string }) => ({
    cert: readFileSync(cert),
    key: readFileSync(key),
  });
  const ca = readFileSync(certificates.ca);
  const { cert, key } = read(certificates.server);
  const server = await answering(
    OK,
    ServerCredentials.createSsl(ca, [{ cert_chain: cert, private_key: key }], true),
  );
  const one = new LumaClient({
    address: server.address,
    token: '',
    tls: { ca, ...read(certificates.client) },
  });
  assert.ok((await one.execute('SELECT 1', Buffer.alloc(0))).success);
  one.close();
  const untrusted = await failureAt(server.address, { ca: readFileSync(certificates.stranger.cert) });
  assert.match(untrusted.message, /not trusted here.*LUMADB_GRPC_TLS_CA/);
  const plaintext = await failureAt(server.address);
  assert.match(plaintext.message, /hangs up.*LUMADB_GRPC_TLS_CA/);
  server.close();
});

client('says what to do about each way of failing', async () => {
  const cases: readonly (readonly [status, RegExp, string])[] = [
    [status.UNAUTHENTICATED, /LUMADB_GRPC_TOKEN/, 'ACM_UNAUTHENTICATED'],
    [status.PERMISSION_DENIED, /LUMADB_GRPC_TOKEN/, 'ACM_FORBIDDEN'],
    [status.UNIMPLEMENTED, /speaks another contract: luma\.v1\.LumaService is not there/, 'ACM_UNAVAILABLE'],
    [status.RESOURCE_EXHAUSTED, /too much/, 'ACM_RATE_LIMITED'],
    [status.INTERNAL, /too much/, 'ACM_UNAVAILABLE'],
  ];
  for (const [code, words, acmCode] of cases) {
    const server = await answering({ code, details: 'too much\nof it' });
    const failure = await failureAt(server.address);
    assert.match(failure.message, words);
    assert.not(failure.message.includes('\n'));
    assert.is(failure.code, acmCode);
    assert.is(failure.status, code);
    server.close();
  }
});

client('takes an error with status OK for one', async () => {
  const server = await answering({ ...OK, success: false, error: 'syntax error' });
  const failure = await failureAt(server.address);
  assert.match(failure.message, /could not run a query: syntax error/);
  assert.is(failure.code, 'ACM_STORE_UNAVAILABLE');
  server.close();
});

client('knows a port at which nobody listens', async () => {
  const refused = await failureAt(`127.0.0.1:${await freeTcpPort()}`);
  assert.match(refused.message, /connection refused.*LUMADB_GRPC_PORT/);
  assert.ok(refused.transient);
});

client('waits for nobody longer than its deadline', async () => {
  const mute = await startMuteServer();
  const beganMs = performance.now();
  const failure = await failureAt(`127.0.0.1:${mute.port}`, undefined, 100);
  assert.ok(performance.now() - beganMs < 1_000);
  assert.match(failure.message, /does not answer in time/);
  await mute.close();
});

client('connects anew when it is told to, and never once it is closed', async () => {
  const server = await answering(OK);
  const one = new LumaClient({ address: server.address, token: '' });
  await one.execute('SELECT 1', Buffer.alloc(0));
  one.renew();
  await one.execute('SELECT 1', Buffer.alloc(0));
  assert.is(server.heard.length, 2);
  one.close();
  let failure: unknown;
  await one.execute('SELECT 1', Buffer.alloc(0)).catch((error) => {
    failure = error;
  });
  assert.instance(failure, LumaFailure);
  server.close();
});

client.run();
