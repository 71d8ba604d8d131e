/** TLS and mutual TLS from files, and what is refused without. */
import { credentials } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../../src/errors.js';
import { type Certificates, type KeyPair, makeCertificates, pem } from '../../support/certificates.js';
import { HealthWatcher } from '../../support/grpc-companions.js';
import { DetectionClient, failureOf } from '../../support/grpc-detection.js';
import { freshNumber, startTestSidecar, type TestSidecar } from '../../support/grpc-sidecar.js';
import { AcmProcess } from '../../support/sidecar-process.js';

const test = suite('e2e/service/tls');

const UNAVAILABLE = 14;

let certificates: Certificates;
let oneWay: TestSidecar;
let mutual: TestSidecar;

test.before(async () => {
  certificates = makeCertificates();
  const tls = { ACM_TLS_CERT: certificates.server.cert, ACM_TLS_KEY: certificates.server.key };
  oneWay = await startTestSidecar(tls);
  mutual = await startTestSidecar({ ...tls, ACM_TLS_CLIENT_CA: certificates.ca });
});

test.after(async () => {
  await oneWay.stop();
  await mutual.stop();
  certificates.remove();
});

function credentialsWith(pair?: KeyPair) {
  const ca = pem(certificates.ca);
  if (pair === undefined) return credentials.createSsl(ca);
  return credentials.createSsl(ca, pem(pair.key), pem(pair.cert));
}

/** 0 for a verdict, else the gRPC status. */
async function outcomeOf({ address }: TestSidecar, channel = credentials.createInsecure()): Promise<number> {
  const client = new DetectionClient(address, channel);
  try {
    const verdict = await client.checkCall({ a_number: freshNumber(), b_number: freshNumber() });
    assert.is(verdict.verdict, 'VERDICT_ALLOW');
    return 0;
  } catch (error) {
    return (error as { code: number }).code;
  } finally {
    client.close();
  }
}

test('answers over TLS those who trust its CA, and nobody in plaintext', async () => {
  assert.is(await outcomeOf(oneWay, credentialsWith()), 0);
  assert.is(
    await outcomeOf(oneWay, credentials.createSsl()),
    UNAVAILABLE,
    'a CA that the client does not know',
  );
  assert.is(await outcomeOf(oneWay), UNAVAILABLE);
});

test('asks for a certificate that its client CA has signed, under mutual TLS', async () => {
  assert.is(await outcomeOf(mutual, credentialsWith(certificates.client)), 0);
  assert.is(await outcomeOf(mutual, credentialsWith()), UNAVAILABLE);
  assert.is(await outcomeOf(mutual, credentialsWith(certificates.stranger)), UNAVAILABLE);
});

test('guards health like everything else under mutual TLS', async () => {
  const known = new HealthWatcher(mutual.address, credentialsWith(certificates.client));
  const unknown = new HealthWatcher(mutual.address, credentialsWith());
  assert.is(await known.check(''), 'SERVING');
  assert.is((await failureOf(unknown.check(''))).code, UNAVAILABLE);
  for (const each of [known, unknown]) each.close();
});

test('listens beyond loopback with TLS', async () => {
  const { server } = certificates;
  const open = { ACM_GRPC_ADDRESS: '0.0.0.0:0', API_HOST: '0.0.0.0' };
  const sidecar = await startTestSidecar({ ...open, ACM_TLS_CERT: server.cert, ACM_TLS_KEY: server.key });
  assert.is(await outcomeOf(sidecar, credentialsWith()), 0);
  await sidecar.stop();
});

test('refuses to listen beyond loopback without TLS, and names both listeners', async () => {
  const open = { ACM_GRPC_ADDRESS: '0.0.0.0:0', API_HOST: '::' };
  try {
    await startTestSidecar(open);
  } catch (error) {
    assert.instance(error, ConfigError);
    const { mistakes } = error as ConfigError;
    assert.is(mistakes.length, 2);
    assert.match(mistakes[0], /^ACM_GRPC_ADDRESS: 0\.0\.0\.0 is not loopback/);
    assert.match(mistakes[1], /^API_HOST: :: is not loopback/);
    return;
  }
  assert.unreachable('listens in the open');
});

test('listens in the open without TLS when it is told to', async () => {
  const sidecar = await startTestSidecar({ ACM_GRPC_ADDRESS: '0.0.0.0:0', ACM_ALLOW_PLAINTEXT: 'true' });
  assert.is(await outcomeOf(sidecar), 0);
  await sidecar.stop();
});

test('is asked over mutual TLS by acm check', async () => {
  const { ca, client } = certificates;
  const acm = new AcmProcess(['check', '--a', freshNumber(), '--b', freshNumber()], {
    ACM_SIDECAR_ADDRESS: mutual.address,
    ACM_CLIENT_TLS_CA: ca,
    ACM_CLIENT_TLS_CERT: client.cert,
    ACM_CLIENT_TLS_KEY: client.key,
  });
  assert.equal(await acm.end(), { code: 0, signal: null }, acm.errors);
  assert.match(acm.output, /ALLOW/);
});

test.run();
