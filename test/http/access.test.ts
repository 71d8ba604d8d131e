import { get as getInClear } from 'node:http';
import { get as getOverTls, request } from 'node:https';
import type { Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AcmError } from '../../src/errors.js';
import { callerOf, checkMayCall } from '../../src/http/access.js';
import { type Certificates, makeCertificates, pem } from '../support/certificates.js';
import { startApi } from './api-fixture.js';

const test = suite('http/access');

let certificates: Certificates;
test.before(() => {
  certificates = makeCertificates();
});
test.after(() => certificates.remove());

const from = (remoteAddress: string | undefined): Socket => ({ remoteAddress }) as Socket;

function isRefused(address: string | undefined, hostname: string): boolean {
  try {
    checkMayCall(from(address), hostname);
    return false;
  } catch (error) {
    assert.is((error as AcmError).code, 'ACM_FORBIDDEN');
    return true;
  }
}

test('lets everyone on the machine in, however the address is written', () => {
  for (const address of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])
    for (const hostname of ['localhost', '127.0.0.1', '[::1]', ''])
      assert.not(isRefused(address, hostname), `${address} ${hostname}`);
});

test('refuses everyone else, and a connection that is gone', () => {
  for (const address of [
    '192.0.2.7',
    '::ffff:192.0.2.7',
    '2001:db8::127',
    '0.0.0.0',
    '1270.0.0.1',
    '',
    undefined,
  ])
    assert.ok(isRefused(address, 'localhost'), address);
});

test('refuses a browser on the machine that was led here under another name', () => {
  for (const hostname of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example', '192.0.2.7'])
    assert.ok(isRefused('127.0.0.1', hostname), hostname);
});

test('says what whoever is refused can do', () => {
  assert.throws(() => checkMayCall(from('192.0.2.7'), 'localhost'), /loopback.*ACM_TLS_CLIENT_CA/);
});

test('names a caller without a certificate by its address', () => {
  assert.is(callerOf(from('::ffff:127.0.0.1')), 'http 127.0.0.1');
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
      ['/openapi.json', 403],
      ['/', 403],
    ] as const)
      assert.is(await statusOf(getInClear as typeof getOverTls, { port, path }), status, path);
  } finally {
    await api.stop();
  }
});

test('lets whoever shows a certificate in, but not whoever comes over TLS without one', async () => {
  const ca = pem(certificates.ca);
  const own = { cert: pem(certificates.server.cert), key: pem(certificates.server.key) };
  const client = { cert: pem(certificates.client.cert), key: pem(certificates.client.key) };
  for (const [clientCa, status] of [
    [ca, 200],
    [undefined, 403],
  ] as const) {
    const api = await startApi({ ...own, clientCa });
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
  const api = await startApi({ ...own, clientCa: ca });
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
    assert.is(items[0].author, 'http client');
  } finally {
    await api.stop();
  }
});

test.run();
