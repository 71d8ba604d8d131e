import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isLoopback } from '../src/admission/ip-address.js';
import { ConfigError } from '../src/errors.js';
import { clientTlsOf, exposureMistake, readServerTls } from '../src/tls.js';
import { type Certificates, makeCertificates } from './support/certificates.js';

const test = suite('tls');

const NONE = { tlsCert: '', tlsKey: '', tlsClientCa: '' };
const NO_CLIENT = { clientTlsCa: '', clientTlsCert: '', clientTlsKey: '' };

let certificates: Certificates;

test.before(() => {
  certificates = makeCertificates();
});

test.after(() => certificates.remove());

function mistakesOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    assert.instance(error, ConfigError);
    return (error as ConfigError).mistakes;
  }
  return [];
}

test('is off without files', () => {
  assert.is(readServerTls(NONE), undefined);
  assert.is(clientTlsOf(NO_CLIENT), undefined);
});

test('reads what a server needs', () => {
  const { server, ca } = certificates;
  const files = { tlsCert: server.cert, tlsKey: server.key };
  assert.equal(readServerTls({ ...files, tlsClientCa: '' }), {
    cert: readFileSync(server.cert),
    key: readFileSync(server.key),
    clientCa: undefined,
  });
  assert.equal(readServerTls({ ...files, tlsClientCa: ca })?.clientCa, readFileSync(ca));
});

test('reads what a client needs: a CA, a certificate, or both', () => {
  const { client, ca } = certificates;
  assert.equal(clientTlsOf({ ...NO_CLIENT, clientTlsCa: ca }), { ca: readFileSync(ca) });
  const pair = { clientTlsCert: client.cert, clientTlsKey: client.key };
  assert.equal(Object.keys(clientTlsOf({ clientTlsCa: ca, ...pair }) ?? {}), ['ca', 'cert', 'key']);
  assert.equal(Object.keys(clientTlsOf({ clientTlsCa: '', ...pair }) ?? {}), ['cert', 'key']);
});

test('says which file is missing to go with the others', () => {
  const { server, client, ca } = certificates;
  const needed = (name: string) => `${name}: is needed as well, for TLS`;
  assert.equal(
    mistakesOf(() => readServerTls({ ...NONE, tlsCert: server.cert })),
    [needed('ACM_TLS_KEY')],
  );
  assert.equal(
    mistakesOf(() => readServerTls({ ...NONE, tlsKey: server.key })),
    [needed('ACM_TLS_CERT')],
  );
  assert.equal(
    mistakesOf(() => readServerTls({ ...NONE, tlsClientCa: ca })),
    [needed('ACM_TLS_CERT'), needed('ACM_TLS_KEY')],
  );
  assert.equal(
    mistakesOf(() => clientTlsOf({ ...NO_CLIENT, clientTlsCert: client.cert })),
    ['ACM_CLIENT_TLS_KEY: is needed as well, for ACM_CLIENT_TLS_CERT'],
  );
  assert.equal(
    mistakesOf(() => clientTlsOf({ ...NO_CLIENT, clientTlsKey: client.key })),
    ['ACM_CLIENT_TLS_CERT: is needed as well, for ACM_CLIENT_TLS_KEY'],
  );
});

test('names every file that cannot be used, and why', () => {
  const notPem = join(certificates.directory, 'not.pem');
  writeFileSync(notPem, 'nothing');
  const garbage = join(certificates.directory, 'garbage.pem');
  writeFileSync(garbage, '-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n');
  const mistakes = mistakesOf(() =>
    readServerTls({ tlsCert: garbage, tlsKey: notPem, tlsClientCa: '/nonexistent' }),
  );
  assert.is(mistakes.length, 3);
  assert.ok(mistakes[0].startsWith(`ACM_TLS_CERT: ${garbage}: `), mistakes[0]);
  assert.is(mistakes[1], `ACM_TLS_KEY: ${notPem}: holds no PEM text`);
  assert.match(mistakes[2], /^ACM_TLS_CLIENT_CA: \/nonexistent: ENOENT/);
});

test('refuses a key that belongs to another certificate', () => {
  const { server, client } = certificates;
  const [mistake, ...others] = mistakesOf(() =>
    readServerTls({ ...NONE, tlsCert: server.cert, tlsKey: client.key }),
  );
  assert.match(mistake, /^ACM_TLS_KEY: is not the key of the certificate/);
  assert.equal(others, []);
  const pair = { clientTlsCert: client.cert, clientTlsKey: server.key };
  assert.match(
    mistakesOf(() => clientTlsOf({ ...NO_CLIENT, ...pair }))[0],
    /^ACM_CLIENT_TLS_KEY: is not the key/,
  );
});

test('never shows what is in a key', () => {
  const { server, client } = certificates;
  const secret = readFileSync(client.key, 'utf8').split('\n')[1];
  const mistakes = mistakesOf(() => readServerTls({ ...NONE, tlsCert: server.cert, tlsKey: client.key }));
  assert.not.match(mistakes.join(), secret);
});

test('knows what only this machine can reach', () => {
  for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1', '[::1]'])
    assert.ok(isLoopback(host), host);
  for (const host of [
    '0.0.0.0',
    '::',
    '[::]',
    '10.0.0.1',
    '128.0.0.1',
    '127.0.0.1.example.com',
    'localhost.example.com',
    '',
  ])
    assert.not.ok(isLoopback(host), host);
});

test('complains about a listener in the open, unless there is TLS or it was told so', () => {
  const [mistake] = exposureMistake('ACM_GRPC_ADDRESS', '0.0.0.0', false, false);
  for (const part of ['ACM_GRPC_ADDRESS: 0.0.0.0', 'ACM_TLS_CERT', 'ACM_ALLOW_PLAINTEXT=true'])
    assert.match(mistake, part);
  assert.equal(exposureMistake('X', '0.0.0.0', true, false), []);
  assert.equal(exposureMistake('X', '0.0.0.0', false, true), []);
  assert.equal(exposureMistake('X', '127.0.0.1', false, false), []);
});

test.run();
