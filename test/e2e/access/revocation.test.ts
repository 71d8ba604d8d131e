/** Two sidecars on one PostgreSQL: a token that is revoked on one, or expires, opens nothing any more on either. */
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DetectionClient, endOf, exchange, failureOf, type StreamEnd } from '../../support/grpc-detection.js';
import { ManagementClient, timestamp } from '../../support/grpc-management.js';
import { freshCallId, freshNumber } from '../../support/grpc-sidecar.js';
import { type PostgresServer, startPostgres } from '../../support/postgres.js';
import { type SidecarProcess, startSidecarProcess } from '../../support/sidecar-process.js';
import { within } from '../store/attack.js';
import { acm, tokenIn } from './acm-command.js';

const test = suite('e2e/access/revocation');

const A_SECOND = 1_000;

let postgres: PostgresServer;
let one: SidecarProcess;
let other: SidecarProcess;
let admin: ManagementClient;

test.before(async () => {
  postgres = await startPostgres();
  const env = { DATABASE_URL: postgres.url };
  [one, other] = await Promise.all([startSidecarProcess(env), startSidecarProcess(env)]);
});

test.after(async () => {
  admin?.close();
  await Promise.all([one?.process.kill(), other?.process.kill()]);
  await postgres.stop();
});

async function newToken(
  scopes: readonly string[],
  expiresAt?: Date,
): Promise<{ secret: string; id: string }> {
  const { secret, token } = await admin.ask('TokenService', 'CreateToken', {
    name: 'sbc-1',
    scopes,
    ...(expiresAt === undefined ? {} : { expires_at: timestamp(expiresAt) }),
  });
  return { secret, id: token.token_id };
}

async function grpcStatus({ address }: SidecarProcess, token: string): Promise<status> {
  const client = new DetectionClient(address, undefined, token);
  const call = { a_number: freshNumber(), b_number: freshNumber(), call_id: freshCallId() };
  return client
    .checkCall(call)
    .then(
      () => status.OK,
      ({ code }) => code,
    )
    .finally(() => client.close());
}

async function httpStatus({ url }: SidecarProcess, token: string): Promise<number> {
  const answer = await fetch(`${url}/acm/call`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ a_number: freshNumber(), b_number: freshNumber() }),
  });
  await answer.body?.cancel();
  return answer.status;
}

const answersOf = async (sidecar: SidecarProcess, token: string): Promise<number[]> => [
  await grpcStatus(sidecar, token),
  await httpStatus(sidecar, token),
];
const SERVED = [status.OK, 200];
const REFUSED = [status.UNAUTHENTICATED, 401];

/** Streams that a token has opened on a sidecar: how they end. */
async function openStreams(
  { address }: SidecarProcess,
  token: string,
): Promise<{ readonly ends: Promise<StreamEnd[]> }> {
  const client = new DetectionClient(address, undefined, token);
  const [watch, checks] = [client.watchDisconnects('sbc-1'), client.checkCalls()];
  await new Promise((resolve) => watch.once('metadata', resolve));
  await exchange(checks, [{ a_number: freshNumber(), b_number: freshNumber(), call_id: freshCallId() }]);
  return { ends: Promise.all([endOf(watch), endOf(checks)]).finally(() => client.close()) };
}

test('takes the first token that is made beside PostgreSQL into force within a second, everywhere', async () => {
  const token = tokenIn(await acm({ DATABASE_URL: postgres.url }, 'token', 'init', '--name', 'ops'));
  for (const { address } of [one, other])
    await within(
      'the token',
      async () => {
        const client = new ManagementClient(address, undefined, token);
        await client.ask('TokenService', 'ListTokens').finally(() => client.close());
        return true;
      },
      A_SECOND,
    );
  admin = new ManagementClient(one.address, undefined, token);
  const stranger = new ManagementClient(other.address);
  const { code } = await failureOf(stranger.ask('AlertService', 'ListAlerts'));
  stranger.close();
  assert.is(code, status.PERMISSION_DENIED);
});

test('refuses a revoked token at once where it was revoked, and elsewhere within a second', async () => {
  const { secret, id } = await newToken(['check', 'events:write']);
  assert.equal(await answersOf(one, secret), SERVED, 'in force when the answer comes');
  await sleep(A_SECOND);
  assert.equal(await answersOf(other, secret), SERVED);
  await admin.ask('TokenService', 'RevokeToken', { token_id: id });
  assert.equal(await answersOf(one, secret), REFUSED);
  // Asked more often than ten times, it would say that it is too often.
  await sleep(A_SECOND);
  assert.equal(await answersOf(other, secret), REFUSED);
});

test('ends the streams of a revoked token within two seconds, here and there, and no others', async () => {
  const [revoked, kept] = [await newToken(['check', 'switch']), await newToken(['check', 'switch'])];
  await sleep(A_SECOND);
  const opened = [await openStreams(one, revoked.secret), await openStreams(other, revoked.secret)];
  const staying = new DetectionClient(one.address, undefined, kept.secret);
  const watch = staying.watchDisconnects('sbc-2');
  let ended = false;
  void endOf(watch).then(() => {
    ended = true;
  });
  await new Promise((resolve) => watch.once('metadata', resolve));
  await admin.ask('TokenService', 'RevokeToken', { token_id: revoked.id });
  const began = performance.now();
  const codes = (await Promise.all(opened.map(({ ends }) => ends))).flat();
  assert.ok(performance.now() - began < 2 * A_SECOND, `${performance.now() - began} ms`);
  for (const { code, details } of codes) {
    assert.is(code, status.UNAUTHENTICATED);
    assert.match(details, 'the token by which this stream was opened has expired or was revoked');
  }
  assert.not.ok(ended, 'that of another token goes on');
  staying.close();
});

test('refuses a token from the time on at which it expires, and ends its streams', async () => {
  const expiresAt = new Date(Date.now() + 3 * A_SECOND);
  const { secret } = await newToken(['check', 'switch', 'events:write'], expiresAt);
  const { ends } = await openStreams(one, secret);
  assert.equal(await answersOf(one, secret), SERVED);
  const began = performance.now();
  const codes = (await ends).map(({ code }) => code);
  assert.equal(codes, [status.UNAUTHENTICATED, status.UNAUTHENTICATED]);
  assert.ok(performance.now() - began < 5 * A_SECOND);
  await sleep(Math.max(0, expiresAt.getTime() - Date.now()));
  for (const sidecar of [one, other]) assert.equal(await answersOf(sidecar, secret), REFUSED);
});

test.run();
