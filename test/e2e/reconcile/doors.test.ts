/** Mutual TLS and tokens between sidecars and the gateway: who has both is let in, and nobody else hears or tells anything. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Certificates, makeCertificates } from '../../support/certificates.js';
import { freshNumber } from '../../support/grpc-sidecar.js';
import { CALLERS, within } from '../store/attack.js';
import { Cluster, type Member } from './cluster.js';

const test = suite('e2e/reconcile/doors');

let certificates: Certificates;
let cluster: Cluster;

test.before(async () => {
  certificates = makeCertificates();
  const { ca, server, client } = certificates;
  cluster = await Cluster.start({
    sidecars: 2,
    env: { LUMADB_GRPC_TLS_CA: ca, LUMADB_GRPC_TLS_CERT: client.cert, LUMADB_GRPC_TLS_KEY: client.key },
    gatewayEnv: { ACM_TLS_CERT: server.cert, ACM_TLS_KEY: server.key, ACM_TLS_CLIENT_CA: ca },
  });
});

test.after(async () => {
  await cluster?.stop();
  certificates.remove();
});

test('reconciles over mutual TLS with a token', async () => {
  const bNumber = freshNumber();
  const [one, other] = cluster.members;
  for (const caller of CALLERS.slice(0, 2)) await one.check(caller, bNumber);
  for (const caller of CALLERS.slice(2, 4)) await other.check(caller, bNumber);
  await within('the attack', async () => (await other.check(CALLERS[3], bNumber)).distinct_a_count === 4);
  assert.is((await other.check(CALLERS[4], bNumber)).verdict, 'VERDICT_REJECT');
});

/** A sidecar that the gateway must not let in: it says so, and its calls go on. */
async function assertKeptOut(env: Record<string, string>, complaint: RegExp): Promise<void> {
  const member: Member = await cluster.add(env);
  try {
    let detail = '';
    await within('a complaint', async () => {
      const { status, reconciliation } = await member.health();
      detail = reconciliation.detail;
      return status === 'degraded' && reconciliation.state === 'away' && complaint.test(detail);
    }).catch(() => assert.match(detail, complaint));
    const bNumber = freshNumber();
    for (const caller of CALLERS.slice(0, 4)) await member.check(caller, bNumber);
    assert.is((await member.check(CALLERS[4], bNumber)).verdict, 'VERDICT_REJECT');
    const elsewhere = await cluster.members[0].check(CALLERS[0], bNumber);
    assert.is(elsewhere.distinct_a_count, 1, 'nothing of it is heard');
    const { LUMADB_GRPC_TOKEN: token } = env;
    if (token) assert.not.match(member.process.output + member.process.errors, token);
  } finally {
    await cluster.remove(member);
  }
}

test('keeps out a sidecar whose token is not known', () =>
  assertKeptOut({ LUMADB_GRPC_TOKEN: 'acm_nobody_knows_this_one' }, /token/));

test('keeps out a sidecar without a token', () => assertKeptOut({ LUMADB_GRPC_TOKEN: '' }, /token/));

test('keeps out a sidecar whose certificate a stranger has signed', () => {
  const { cert, key } = certificates.stranger;
  return assertKeptOut({ LUMADB_GRPC_TLS_CERT: cert, LUMADB_GRPC_TLS_KEY: key }, /LUMADB_GRPC_TLS_CERT/);
});

test('keeps out a sidecar without a certificate', () =>
  assertKeptOut({ LUMADB_GRPC_TLS_CERT: '', LUMADB_GRPC_TLS_KEY: '' }, /LUMADB_GRPC_TLS_CERT/));

test('keeps out a sidecar that does not speak TLS', () =>
  assertKeptOut(
    { LUMADB_GRPC_TLS_CA: '', LUMADB_GRPC_TLS_CERT: '', LUMADB_GRPC_TLS_KEY: '' },
    /LUMADB_GRPC_TLS_CA/,
  ));

test('tells nothing to a gateway whose certificate is not trusted', () =>
  assertKeptOut({ LUMADB_GRPC_TLS_CA: certificates.stranger.cert }, /LUMADB_GRPC_TLS_CA/));

test('says nothing of tokens in any log', () => {
  const { token, process } = cluster.gateway;
  for (const log of [process, ...cluster.members.map((member) => member.process)])
    assert.not.ok((log.output + log.errors).includes(token));
});

test.run();
