/** Who gets in, and as whom the gateway itself goes into PostgreSQL. */
import { ChannelCredentials, type ServiceError, status } from '@grpc/grpc-js';
import { Client } from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareGateway } from '../../sidecar/compose-gateway-role.js';
import { mintToken } from '../../src/admission/access-token.js';
import type { ConfigError } from '../../src/errors.js';
import { type Certificates, makeCertificates, pem } from '../support/certificates.js';
import {
  deltaOf,
  embeddedHome,
  GatewayClient,
  type GatewayHome,
  newSidecar,
  postgresHome,
  startTestGateway,
} from '../support/gateway-fixture.js';
import { until } from '../support/until.js';

interface Context {
  home: GatewayHome;
  certificates: Certificates;
}

const test = suite<Context>('contract/lumadb-gateway-access');

test.before(async (context) => {
  context.certificates = makeCertificates();
  context.home = await postgresHome();
});

test.after(async ({ home, certificates }) => {
  certificates?.remove();
  await home?.remove();
});

async function codeOf(work: Promise<unknown>): Promise<number | undefined> {
  return await work.then(
    () => undefined,
    (error: ServiceError) => error.code,
  );
}

async function complaintOf(
  home: Pick<GatewayHome, 'env'>,
  env: Record<string, string> = {},
): Promise<string> {
  try {
    const gateway = await startTestGateway(home, env);
    await gateway.stop();
    return '';
  } catch (error) {
    return (error as ConfigError).message;
  }
}

/** Runs statements as an administrator. */
async function administer({ server }: GatewayHome, ...statements: string[]): Promise<void> {
  const admin = new Client({ connectionString: server!.url });
  await admin.connect();
  try {
    for (const statement of statements) await admin.query(statement);
  } finally {
    await admin.end();
  }
}

test('lets in who shows one of its tokens, for queries and for streams, and nobody else', async ({
  home,
}) => {
  const [one, other, unknown] = [mintToken(), mintToken(), mintToken()];
  const gateway = await startTestGateway(home, { ACM_GATEWAY_TOKEN_HASHES: `${one.hash},${other.hash}` });
  const clients: GatewayClient[] = [];
  const clientOf = (token: string): GatewayClient => {
    const client = new GatewayClient(gateway.address, undefined, token);
    clients.push(client);
    return client;
  };
  try {
    for (const { token } of [one, other]) {
      const client = clientOf(token);
      await client.publish(deltaOf(newSidecar().id, 1));
      const heard = client.follow(0);
      await until(() => heard.caughtUp > 0, 'it is through');
    }
    for (const token of ['', unknown.token, one.hash]) {
      const client = clientOf(token);
      assert.is(await codeOf(client.execute('SELECT 1')), status.UNAUTHENTICATED);
      const heard = client.follow(0);
      await until(() => heard.error !== undefined, 'it is refused');
      assert.is(heard.error?.code, status.UNAUTHENTICATED);
    }
    const guesser = clientOf(unknown.token);
    const codes = [];
    for (let guess = 0; guess < 20; guess++) codes.push(await codeOf(guesser.execute('SELECT 1')));
    assert.is(codes.at(-1), status.RESOURCE_EXHAUSTED);
    assert.is((await clientOf(one.token).execute('SELECT 1')).success, true);
    const metrics = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
    assert.match(metrics, /acm_gateway_callers_refused_total 2\d/);
  } finally {
    for (const client of clients) client.close();
    await gateway.stop();
  }
});

test('asks for certificates, and takes those of its CA', async ({ home, certificates }) => {
  const { ca, server, client, stranger } = certificates;
  const gateway = await startTestGateway(home, {
    ACM_TLS_CERT: server.cert,
    ACM_TLS_KEY: server.key,
    ACM_TLS_CLIENT_CA: ca,
  });
  const known = new GatewayClient(
    gateway.address,
    ChannelCredentials.createSsl(pem(ca), pem(client.key), pem(client.cert)),
  );
  const unknown = new GatewayClient(
    gateway.address,
    ChannelCredentials.createSsl(pem(ca), pem(stranger.key), pem(stranger.cert)),
  );
  const bare = new GatewayClient(gateway.address, ChannelCredentials.createSsl(pem(ca)));
  try {
    assert.is((await known.execute('SELECT 1')).success, true);
    for (const each of [unknown, bare]) assert.is(await codeOf(each.execute('SELECT 1')), status.UNAVAILABLE);
  } finally {
    for (const each of [known, unknown, bare]) each.close();
    await gateway.stop();
  }
});

test('does not listen beyond loopback without TLS, nor for strangers', async ({ home, certificates }) => {
  const beyond = { ACM_GATEWAY_ADDRESS: '0.0.0.0:0' };
  assert.match(
    await complaintOf(home, beyond),
    /ACM_GATEWAY_ADDRESS: 0\.0\.0\.0 is not loopback.*ACM_TLS_CERT/,
  );
  const { cert, key } = certificates.server;
  const withTls = { ...beyond, ACM_TLS_CERT: cert, ACM_TLS_KEY: key };
  assert.match(await complaintOf(home, withTls), /ACM_GATEWAY_TOKEN_HASHES: .*lumadb-gateway token/);
  assert.match(
    await complaintOf(home, { ...beyond, ACM_ALLOW_PLAINTEXT: 'true' }),
    'ACM_GATEWAY_TOKEN_HASHES: ',
  );
  assert.is(await complaintOf(home, { ...withTls, ACM_GATEWAY_TOKEN_HASHES: mintToken().hash }), '');
});

test('refuses to run what strangers ask as a superuser', async ({ home }) => {
  const complaint = await complaintOf({ env: { ACM_GATEWAY_DATABASE_URL: home.server!.url } });
  assert.match(complaint, /ACM_GATEWAY_DATABASE_URL: the role acm is a superuser.*lumadb-gateway prepare/);
});

test('refuses a role that can do more than it must', async ({ home }) => {
  const more: [grant: string, complaint: RegExp, revoke: string][] = [
    [
      'CREATE TABLE alerts (n int); GRANT SELECT ON alerts TO acm_gateway',
      /public\.alerts/,
      'DROP TABLE alerts',
    ],
    [
      'CREATE TABLE alerts (n int, m int); GRANT UPDATE (m) ON alerts TO acm_gateway',
      /public\.alerts/,
      'DROP TABLE alerts',
    ],
    ['CREATE TABLE t (n int); ALTER TABLE t OWNER TO acm_gateway', /public\.t/, 'DROP TABLE t'],
    [
      'ALTER TABLE window_deltas OWNER TO acm_gateway',
      /public\.window_deltas/,
      'ALTER TABLE window_deltas OWNER TO acm',
    ],
    ['ALTER ROLE acm_gateway CREATEDB', /may make roles or databases/, 'ALTER ROLE acm_gateway NOCREATEDB'],
    [
      'ALTER ROLE acm_gateway CREATEROLE',
      /may make roles or databases/,
      'ALTER ROLE acm_gateway NOCREATEROLE',
    ],
    [
      'GRANT pg_read_server_files TO acm_gateway',
      /is a member/,
      'REVOKE pg_read_server_files FROM acm_gateway',
    ],
  ];
  for (const [grant, complaint, revoke] of more) {
    await administer(home, grant);
    try {
      assert.match(await complaintOf(home), complaint, grant);
    } finally {
      await administer(home, revoke);
    }
  }
  await prepareGateway(home.server!.url, 'acm_gateway');
  assert.is(await complaintOf(home), '');
});

test('lives beside tables of others, and cannot touch them', async ({ home }) => {
  await administer(home, 'CREATE TABLE secrets (n int)', 'INSERT INTO secrets VALUES (1)');
  const gateway = await startTestGateway(home);
  const client = new GatewayClient(gateway.address);
  try {
    for (const sql of [
      'SELECT * FROM secrets',
      'DELETE FROM secrets',
      'WITH x AS (DELETE FROM secrets RETURNING 1) SELECT * FROM x',
      'UPDATE window_deltas SET epoch = epoch',
      "SELECT setval('window_deltas_sequence', 1)",
    ]) {
      const { success, error } = await client.execute(sql);
      assert.is(success, false, sql);
      assert.match(error, '42501', sql);
    }
  } finally {
    client.close();
    await gateway.stop();
    await administer(home, 'DROP TABLE secrets');
  }
});

test('says what to do where the tables are missing', async ({ home }) => {
  await administer(home, 'CREATE DATABASE empty');
  const url = new URL(home.env['ACM_GATEWAY_DATABASE_URL']!);
  url.pathname = '/empty';
  assert.match(
    await complaintOf({ env: { ACM_GATEWAY_DATABASE_URL: url.toString() } }),
    /window_deltas and window_epoch are not there: run `acm lumadb-gateway prepare`/,
  );
});

test('prepares again without changing what is there', async ({ home }) => {
  const again = await prepareGateway(home.server!.url, 'acm_gateway');
  assert.is(again.isNewRole, false);
  assert.equal(again.notes, []);
  assert.is(await complaintOf(home), '');
  const second = await prepareGateway(home.server!.url, 'o\'dd "role');
  assert.is(second.isNewRole, true);
  assert.is(await complaintOf({ env: { ACM_GATEWAY_DATABASE_URL: second.url } }), '');
});

test('keeps its hands off the store of a sidecar', async () => {
  const home = await embeddedHome();
  const { EmbeddedDatabase } = await import('../../src/store/embedded-database.js');
  const database = await EmbeddedDatabase.open(home.env['ACM_GATEWAY_DATA_DIR']!);
  try {
    await database.run([{ text: 'CREATE TABLE schema_versions (n int)' }]);
    await database.close();
    assert.match(await complaintOf(home), /ACM_GATEWAY_DATA_DIR: .* holds the store of a sidecar/);
  } finally {
    await database.close();
    await home.remove();
  }
});

test.run();
