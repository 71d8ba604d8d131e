import { get as getInClear } from 'node:http';
import { get as getOverTls, request } from 'node:https';
import type { Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Doorkeeper } from '../../src/admission/doorkeeper.js';
import type { AcmError } from '../../src/errors.js';
import { callerOf } from '../../src/http/access.js';
import { type Certificates, makeCertificates, pem } from '../support/certificates.js';
import { MemoryTokenStore } from '../support/memory-access.js';
import { startApi } from './api-fixture.js';

const test = suite('http/access');

let certificates: Certificates;
test.before(() => {
  certificates = makeCertificates();
});
test.after(() => certificates.remove());

const TRUSTED = ['https://dashboard.example'];

type Asked = Partial<{ address: string | undefined; hostname: string; headers: Record<string, string> }>;

function keeperOf(tokens = new MemoryTokenStore()) {
  return new Doorkeeper(tokens.tokens, [], () => 1_000_000);
}

function ask(keeper: Doorkeeper, { address, hostname = 'localhost', headers = {} }: Asked) {
  const request = { socket: { remoteAddress: address } as Socket, hostname, headers };
  return callerOf(keeper, request, ['alerts:read'], TRUSTED);
}

function codeOf(asked: Asked, keeper = keeperOf()): string {
  try {
    ask(keeper, asked);
    return '';
  } catch (error) {
    return (error as AcmError).code;
  }
}

test('lets everyone on the machine in, however the address is written', () => {
  for (const address of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])
    for (const hostname of ['localhost', '127.0.0.1', '[::1]', ''])
      assert.is(codeOf({ address, hostname }), '', `${address} ${hostname}`);
});

test('asks everyone else who they are, and a connection that is gone', () => {
  for (const address of [
    '192.0.2.7',
    '::ffff:192.0.2.7',
    '2001:db8::127',
    '0.0.0.0',
    '1270.0.0.1',
    '',
    undefined,
  ])
    assert.is(codeOf({ address }), 'ACM_UNAUTHENTICATED', address);
});

test('refuses a page that was led here under another name, unless it shows a token', () => {
  const tokens = new MemoryTokenStore();
  const authorization = `Bearer ${tokens.issue(['alerts:read'])}`;
  for (const hostname of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example', '192.0.2.7']) {
    assert.is(codeOf({ address: '127.0.0.1', hostname }), 'ACM_FORBIDDEN', hostname);
    assert.is(codeOf({ address: '127.0.0.1', hostname, headers: { authorization } }, keeperOf(tokens)), '');
  }
});

test("refuses what a page from elsewhere sends in its reader's name", () => {
  for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example', 'nonsense'])
    assert.is(codeOf({ address: '127.0.0.1', headers: { origin } }), 'ACM_FORBIDDEN', origin);
  for (const origin of ['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:5173', ...TRUSTED])
    assert.is(codeOf({ address: '127.0.0.1', headers: { origin } }), '', origin);
});

test('says for the audit log where a caller came from, and by what right', () => {
  const tokens = new MemoryTokenStore();
  const token = tokens.issue(['admin']);
  const keeper = keeperOf(tokens);
  assert.is(ask(keeperOf(), { address: '::ffff:127.0.0.1' }).origin, 'http 127.0.0.1, no token');
  const { origin } = ask(keeper, { address: '192.0.2.7', headers: { authorization: `Bearer ${token}` } });
  assert.is(origin, `http 192.0.2.7, token ${token.slice(4, 16)}`);
});

/** Status of a request under the name of another host. */
function statusOf(get: typeof getOverTls, options: object): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', headers: { host: 'evil.example' }, agent: false, ...options }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    }).on('error', reject);
  });
}

test('asks nobody for more who may only be probing', async () => {
  const api = await startApi();
  try {
    const { port } = api;
    for (const [path, status] of [
      ['/health', 200],
      ['/metrics', 200],
      ['/acm/config', 403],
      ['/openapi.json', 200],
      ['/', 200],
    ] as const)
      assert.is(await statusOf(getInClear as typeof getOverTls, { port, path }), status, path);
  } finally {
    await api.stop();
  }
});

test('lets a certificate do what the configuration says of its name, and calls otherwise', async () => {
  const ca = pem(certificates.ca);
  const own = { cert: pem(certificates.server.cert), key: pem(certificates.server.key) };
  const client = { cert: pem(certificates.client.cert), key: pem(certificates.client.key) };
  for (const [name, status] of [
    ['client', 200],
    ['another', 403],
  ] as const) {
    const api = await startApi({
      tls: { ...own, clientCa: ca },
      identities: [{ name, scopes: ['policy:read'] }],
    });
    try {
      const options = { port: api.port, path: '/acm/config', ca, servername: 'localhost', ...client };
      assert.is(await statusOf(getOverTls, options), status);
    } finally {
      await api.stop();
    }
  }
});

test('names a caller with a certificate by the name in it', async () => {
  const ca = pem(certificates.ca);
  const own = { cert: pem(certificates.server.cert), key: pem(certificates.server.key) };
  const client = { cert: pem(certificates.client.cert), key: pem(certificates.client.key) };
  const api = await startApi({
    tls: { ...own, clientCa: ca },
    identities: [{ name: 'client', scopes: ['policy:write'] }],
  });
  try {
    const headers = { 'content-type': 'application/json' };
    const options = {
      host: '127.0.0.1',
      port: api.port,
      path: '/acm/config',
      method: 'POST',
      headers,
      ca,
      ...client,
    };
    const status = await new Promise((resolve, reject) => {
      const sent = request({ ...options, agent: false }, (answer) => resolve(answer.resume().statusCode));
      sent.on('error', reject).end('{"threshold":6}');
    });
    assert.is(status, 200);
    const { items } = await api.rules.listPolicies({ limit: 1, after: '' });
    assert.is(items[0].author, 'client');
  } finally {
    await api.stop();
  }
});

test.run();
