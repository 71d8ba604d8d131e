/**
 * Malformed and hostile requests over gRPC, to every method that the proto files name: no status that admits a defect, no look
 * behind the scenes, and afterwards everything is as it was, for everybody else as well.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Bystander } from '../../support/fuzz/bystander.js';
import { COMPANION_METHODS } from '../../support/fuzz/companion-methods.js';
import { GrpcDriver, type GrpcRequest } from '../../support/fuzz/grpc-driver.js';
import { playMischief } from '../../support/fuzz/grpc-mischief-driver.js';
import { HostileMessages } from '../../support/fuzz/hostile-messages.js';
import { HostileValues } from '../../support/fuzz/hostile-values.js';
import { converse } from '../../support/fuzz/http-connection.js';
import { frameBreaches } from '../../support/fuzz/http2-frames.js';
import { KnownValues } from '../../support/fuzz/known-values.js';
import { type GrpcMethod, ProtoContract } from '../../support/fuzz/proto-contract.js';
import { SeededRandom } from '../../support/fuzz/seeded-random.js';
import { FuzzTarget } from '../../support/fuzz/target.js';

const test = suite('e2e/fuzz/grpc');

const SEED = 20_261_123;
const REQUESTS = 5_000;
const MISCHIEFS = 1_200;
const FRAMES = 150;
const ALERTS = 30;
/** Once there is a token, nobody is let in without one: such methods come last. */
const TOKEN_REQUESTS = 300;

const random = new SeededRandom(SEED);
const known = new KnownValues(random);
const contract = new ProtoContract();
const messages = new HostileMessages(contract, new HostileValues(random), known, random);
const makesTokens = ({ path }: GrpcMethod): boolean => /token/i.test(path);
const usual = [...contract.methods.filter((method) => !makesTokens(method)), ...COMPANION_METHODS];
let target: FuzzTarget;
let driver: GrpcDriver;
let bystander: Bystander;

test.before(async () => {
  target = await FuzzTarget.start();
  for (let i = 0; i < ALERTS; i++) await target.attack();
  driver = new GrpcDriver(target.sidecar.address, learn);
  bystander = new Bystander(target.sidecar.address);
});

test.after(async () => {
  console.log(`\nnote: seed ${SEED}: ${driver.findings.summary()}; ${target.growth()}`);
  driver.close();
  bystander.close();
  await target.stop();
});

/** Ids and page tokens, as they stand among the bytes of an answer. */
function learn(bytes: Buffer): void {
  const text = bytes.toString('latin1', 0, 20_000);
  for (const [id] of text.matchAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g)) known.learn('id', id);
  for (const [token] of text.matchAll(/WyI[\w-]{20,}/g)) known.learn('token', token);
}

function requestTo(methods: readonly GrpcMethod[]): GrpcRequest {
  const method = random.pick(methods);
  const count = method.requestStream ? 1 + random.below(6) : 1;
  return {
    method,
    messages: Array.from({ length: count }, () => messages.next(method.request)),
    leaveAfterMs: random.below(30),
  };
}

test('answers every request with what was asked for, or says what is wrong with it', async () => {
  await driver.send(REQUESTS, () => requestTo(usual));
  driver.findings.mustBeNone();
  await target.takeBackRules();
  await bystander.assertUndisturbed();
});

test('asks in ways that are taken, and in ways that are refused', () => {
  for (const status of ['OK', 'INVALID_ARGUMENT', 'NOT_FOUND', 'CANCELLED'])
    assert.ok(driver.findings.countOf(status) > 0, status);
  assert.ok(driver.findings.countOf('OK') > REQUESTS / 20);
});

test('stands clients that do not keep to gRPC', async () => {
  await playMischief(target.sidecar.address, driver.findings, MISCHIEFS, random, () => {
    const method = random.pick(usual);
    return { method, message: messages.message(method.request, 0) };
  });
  driver.findings.mustBeNone();
});

test('stands clients that do not keep to HTTP/2', async () => {
  const [host, port] = target.sidecar.address.split(':');
  await Promise.all(
    frameBreaches(random, FRAMES).map((each) => converse({ host, port: Number(port) }, each)),
  );
  await target.assertAlive();
});

test('judges calls as before, and has left the streams of others alone', async () => {
  await target.assertWell();
  await bystander.assertUndisturbed();
});

test('is not brought down by those who ask for tokens', async () => {
  const tokens = contract.methods.filter(makesTokens);
  if (tokens.length === 0) return;
  await driver.send(TOKEN_REQUESTS, () => requestTo(tokens));
  driver.findings.mustBeNone();
  await target.assertAlive();
});

test.run();
