/** `acm lumadb-gateway` and its subcommands, as they are typed. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deltaOf, GatewayClient, newSidecar, numbersOf, untilAsync } from '../../support/gateway-fixture.js';
import { type PostgresServer, startPostgres } from '../../support/postgres.js';
import { AcmProcess } from '../../support/sidecar-process.js';
import { until } from '../../support/until.js';

const test = suite('sidecar/commands/lumadb-gateway');

let directory: string;
let server: PostgresServer;

test.before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'acm-gateway-command-'));
  server = await startPostgres();
});

test.after(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

async function acm(args: readonly string[], env: Record<string, string> = {}) {
  const process = new AcmProcess(['lumadb-gateway', ...args], env);
  const { code } = await process.end();
  assert.not.match(process.errors, /^\s+at /m, 'no stack trace');
  return { code, output: process.output, errors: process.errors };
}

async function start(env: Record<string, string>, args: readonly string[] = ['--listen', '127.0.0.1:0']) {
  const process = new AcmProcess(['lumadb-gateway', ...args], {
    ACM_GATEWAY_METRICS_ADDRESS: '127.0.0.1:0',
    ACM_DRAIN_MS: '500',
    ...env,
  });
  const { grpc } = await process.logged('ready');
  return { process, address: `127.0.0.1:${grpc}` };
}

test('explains itself, with the variables that it reads and no others', async () => {
  const { output } = await acm(['--help']);
  for (const part of [
    '--listen',
    'prepare',
    'token',
    'ACM_GATEWAY_DATABASE_URL',
    'ACM_TLS_CERT',
    'LOG_LEVEL',
  ])
    assert.match(output, part);
  for (const part of ['ACM_ALLOW_PLAINTEXT', 'ACM_DRAIN_MS', 'ACM_TLS_CLIENT_CA', '2 \nseconds|2\\s+seconds'])
    assert.match(output, new RegExp(part));
  assert.not.match(output, /^ {2}ACM_WINDOW_SECONDS/m);
});

test('makes tokens, each with its hash', async () => {
  const { output } = await acm(['token']);
  const [, token] = /LUMADB_GRPC_TOKEN=(acm_\S+)/.exec(output) ?? [];
  const [, hash] = /ACM_GATEWAY_TOKEN_HASHES=([\da-f]{64})/.exec(output) ?? [];
  assert.is(createHash('sha256').update(token!).digest('hex'), hash);
});

test('says what is wrong in words', async () => {
  const cases: [string[], Record<string, string>, RegExp][] = [
    [['--listen', 'nowhere'], {}, /takes host:port/],
    [
      ['--listen', '0.0.0.0:0'],
      { ACM_GATEWAY_DATA_DIR: join(directory, 'never') },
      /0\.0\.0\.0 is not loopback/,
    ],
    [['prepare'], {}, /--admin-url: takes/],
    [['prepare', '--admin-url', 'http://a secret'], {}, /--admin-url: takes/],
    [['prepare', '--admin-url', 'postgres://x:secret@127.0.0.1:1/x'], {}, /cannot be reached/],
    [[], { ACM_GATEWAY_DATABASE_URL: server.url }, /the role acm is a superuser/],
    [[], { ACM_GATEWAY_TOKEN_HASHES: 'short' }, /ACM_GATEWAY_TOKEN_HASHES: takes SHA-256/],
  ];
  for (const [args, env, complaint] of cases) {
    const { code, errors } = await acm(args, env);
    assert.is(code, 1, args.join(' '));
    assert.match(errors, complaint);
    assert.not.match(errors, 'secret');
  }
});

test('prints SQL that makes what prepare makes', async () => {
  const { output } = await acm(['prepare', '--print', '--role', 'printed']);
  const [, url] = /^-- ACM_GATEWAY_DATABASE_URL=(.+)$/m.exec(output) ?? [];
  const admin = new Client({ connectionString: server.url });
  await admin.connect();
  await admin.query('CREATE DATABASE printed');
  await admin.end();
  const there = new Client({ connectionString: server.url.replace(/postgres$/, 'printed') });
  await there.connect();
  await there.query(output);
  await there.end();
  const { process, address } = await start({
    ACM_GATEWAY_DATABASE_URL: url!.replace('HOST:5432/DATABASE', `127.0.0.1:${server.port}/printed`),
  });
  const client = new GatewayClient(address);
  try {
    assert.is((await client.publish(deltaOf(newSidecar().id, 1))).sequence, 1);
  } finally {
    client.close();
    await process.kill();
  }
});

test('prepares, serves, stops with grace, and prepares again', async () => {
  const { code, output, errors } = await acm(['prepare', '--admin-url', server.url]);
  assert.is(code, 0, errors);
  const [, url] = /^ACM_GATEWAY_DATABASE_URL=(.+)$/m.exec(output) ?? [];
  const { process, address } = await start({ ACM_GATEWAY_DATABASE_URL: url! });
  const client = new GatewayClient(address);
  try {
    const sidecar = newSidecar();
    await client.publish(deltaOf(sidecar.id, 1));
    const heard = client.follow(0);
    await until(() => numbersOf(heard, sidecar.id).length === 1, 'it is told');
    process.signal('SIGTERM');
    assert.is((await process.end()).code, 0);
    assert.not.match(process.output, url!.split(':')[2]!.split('@')[0]!, 'no password');
  } finally {
    client.close();
    await process.kill();
  }
  const again = await acm(['prepare', '--admin-url', server.url]);
  assert.is(again.code, 0);
  assert.match(again.errors, 'The role acm_gateway was there');
});

test('loses nothing that matters when it is killed over PostgreSQL, and begins anew over its own store', async () => {
  const [, url] =
    /URL=(.+)$/m.exec((await acm(['prepare', '--admin-url', server.url, '--role', 'killed'])).output) ?? [];
  for (const env of [{ ACM_GATEWAY_DATABASE_URL: url! }, { ACM_GATEWAY_DATA_DIR: join(directory, 'data') }]) {
    const sidecar = newSidecar();
    const first = await start(env);
    const client = new GatewayClient(first.address);
    const { epoch } = await client.publish(deltaOf(sidecar.id, 1));
    await first.process.kill();
    const second = await start(env, ['--listen', first.address]);
    try {
      await untilAsync(
        async () => (await client.publish(deltaOf(sidecar.id, 2))).sequence > 0,
        'it serves again',
      );
      const heard = client.follow(0);
      await until(() => heard.caughtUp > 0, 'it is through');
      const isKept = 'ACM_GATEWAY_DATABASE_URL' in env;
      assert.equal(numbersOf(heard, sidecar.id), isKept ? [1, 2] : [2]);
      assert.is(heard.epochs[0] === epoch, isKept);
    } finally {
      client.close();
      await second.process.kill();
    }
  }
});

test.run();
