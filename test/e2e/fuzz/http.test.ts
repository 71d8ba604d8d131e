/**
 * Malformed and hostile requests over HTTP, to everything that the sidecar's own OpenAPI document names: never a 5xx, never a
 * look behind the scenes, and afterwards everything is as it was.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { RawAnswer } from '../../support/fuzz/http-answer.js';
import { HttpDriver } from '../../support/fuzz/http-driver.js';
import { framings } from '../../support/fuzz/http-framing.js';
import { HttpRequests } from '../../support/fuzz/http-requests.js';
import { KnownValues } from '../../support/fuzz/known-values.js';
import { type Operation, operationsOf } from '../../support/fuzz/openapi-operations.js';
import { SeededRandom } from '../../support/fuzz/seeded-random.js';
import { FuzzTarget } from '../../support/fuzz/target.js';
import { HttpClient, type Json } from '../../support/http-client.js';

const test = suite('e2e/fuzz/http');

const SEED = 20_261_122;
const REQUESTS = 7_500;
const FRAMINGS = 400;
/** So many that lists have several pages, and thereby page tokens. */
const ALERTS = 30;
/** Once there is a token, nobody is let in without one: such operations come last. */
const TOKEN_REQUESTS = 300;

const random = new SeededRandom(SEED);
const known = new KnownValues(random);
let target: FuzzTarget;
let driver: HttpDriver;
let document: Json;
let operations: readonly Operation[];

test.before(async () => {
  target = await FuzzTarget.start();
  document = (await new HttpClient(target.sidecar.url).get('/openapi.json')).body;
  operations = operationsOf(document);
  driver = new HttpDriver(target.http, learn);
  for (let i = 0; i < ALERTS; i++) await target.attack();
});

test.after(async () => {
  console.log(`\nnote: seed ${SEED}: ${driver.findings.summary()}; ${target.growth()}`);
  await target.stop();
});

/** Ids and page tokens, for the requests that come after. */
function learn({ status, body }: RawAnswer): void {
  if (status !== 200 || body.length > 100_000) return;
  const text = body.toString();
  for (const [, id] of text.matchAll(/"(?:alert_id|\w*id)":"([^"]{1,100})"/g)) known.learn('id', id);
  for (const [, token] of text.matchAll(/"next\w*":"([^"]+)"/g)) known.learn('token', token);
}

const makesTokens = ({ path }: Operation): boolean => /token/i.test(path);

test('answers every request with what was asked for or a problem', async () => {
  const usual = operations.filter((operation) => !makesTokens(operation));
  const requests = new HttpRequests(document, usual, known, random);
  await driver.send(REQUESTS, () => requests.next());
  driver.findings.mustBeNone();
});

test('asks in ways that are taken, and in ways that are refused', () => {
  for (const status of ['200', '400', '404', '405', '415', '422'])
    assert.ok(driver.findings.countOf(status) > 0, status);
  assert.ok(driver.findings.countOf('200') > REQUESTS / 20);
});

test('is not confused by where a request ends', async () => {
  await driver.hold(framings(random, FRAMINGS));
  driver.findings.mustBeNone();
});

test('judges calls as before', () => target.assertWell());

test('is not brought down by those who ask for tokens', async () => {
  const tokens = operations.filter(makesTokens);
  if (tokens.length === 0) return;
  const requests = new HttpRequests(document, tokens, known, random);
  await driver.send(TOKEN_REQUESTS, () => requests.next());
  driver.findings.mustBeNone();
  await target.assertAlive();
});

test.run();
