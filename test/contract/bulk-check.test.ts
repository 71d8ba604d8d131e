/** CheckCalls, from outside. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Check, DetectionClient, endOf, exchange, take } from '../support/grpc-detection.js';
import { freshCallId, freshNumber, startTestSidecar, type TestSidecar } from '../support/grpc-sidecar.js';

const test = suite('contract/bulk-check');

const INVALID_ARGUMENT = 3;
const OK = 0;

let sidecar: TestSidecar;
let client: DetectionClient;

test.before(async () => {
  // A window that outlasts the suite: what counts here is how many, not when.
  sidecar = await startTestSidecar({ ACM_WINDOW_SECONDS: '300' });
  client = new DetectionClient(sidecar.address);
});

test.after(async () => {
  client.close();
  await sidecar.stop();
});

function callsTo(b_number: string, count: number): Check[] {
  return Array.from({ length: count }, () => ({
    call_id: freshCallId(),
    a_number: freshNumber(),
    b_number,
  }));
}

/** Distinct callers that the sidecar has counted for this number, found out by one more. */
async function countedBefore(b_number: string): Promise<number> {
  const [probe] = callsTo(b_number, 1);
  return (await client.checkCall(probe)).distinct_a_count - 1;
}

test('answers each call in the order of the request', async () => {
  const calls = callsTo(freshNumber(), 6);
  const stream = client.checkCalls();
  const results = await exchange(stream, calls);
  stream.end();
  assert.equal(
    results.map(({ response }) => response?.call_id),
    calls.map(({ call_id }) => call_id),
  );
  assert.equal(
    results.map(({ response }) => response?.verdict.replace('VERDICT_', '')),
    ['ALLOW', 'ALLOW', 'ALLOW', 'ALLOW', 'REJECT', 'REJECT'],
  );
  assert.equal(await endOf(stream), { code: OK, details: 'OK' });
});

test('answers messages in the order in which they came, however many are under way', async () => {
  const stream = client.checkCalls();
  const messages = Array.from({ length: 200 }, () => callsTo(freshNumber(), 5));
  for (const calls of messages) stream.write({ calls });
  stream.end();
  const answers = await take<{ results: { response: { call_id: string } }[] }>(stream, messages.length);
  assert.equal(
    answers.map(({ results }) => results.map(({ response }) => response.call_id)),
    messages.map((calls) => calls.map(({ call_id }) => call_id)),
  );
});

test('gives a bad call an error of its own, and the others their verdicts', async () => {
  const b_number = freshNumber();
  const [first, last] = callsTo(b_number, 2);
  const stream = client.checkCalls();
  const results = await exchange(stream, [first, { b_number: '' }, { b_number, a_number: 'a\nb' }, last]);
  assert.is(results[0].response?.verdict, 'VERDICT_ALLOW');
  assert.equal(results[1], {
    outcome: 'error',
    error: { code: INVALID_ARGUMENT, field: 'b_number', message: 'is empty; who is called?' },
  });
  assert.equal(results[2].error, {
    code: INVALID_ARGUMENT,
    field: 'a_number',
    message: 'holds a control character at position 1',
  });
  assert.is(results[3].response?.distinct_a_count, 2, 'a bad call is not counted');
  assert.is((await exchange(stream, [last])).length, 1, 'the stream goes on');
  stream.end();
  assert.is((await endOf(stream)).code, OK);
});

test('takes a thousand calls in one message', async () => {
  const stream = client.checkCalls();
  const results = await exchange(stream, callsTo(freshNumber(), 1_000));
  stream.end();
  assert.is(results.length, 1_000);
  assert.is(results[999].response?.distinct_a_count, 1_000);
  assert.is((await endOf(stream)).code, OK);
});

test('ends the stream at a message of 1,001 calls and counts none of them', async () => {
  const [allowed, refused] = [freshNumber(), freshNumber()];
  const stream = client.checkCalls();
  await exchange(stream, callsTo(allowed, 2));
  const ended = endOf(stream);
  stream.write({ calls: callsTo(refused, 1_001) });
  stream.write({ calls: callsTo(refused, 1) });
  const { code, details } = await ended;
  assert.is(code, INVALID_ARGUMENT);
  assert.match(details, /^calls: has 1001 calls; at most 1000 are allowed/);
  assert.is(await countedBefore(refused), 0);
  assert.is(await countedBefore(allowed), 2);
});

test('answers a message without calls by one without results', async () => {
  const stream = client.checkCalls();
  assert.equal(await exchange(stream, []), []);
  assert.equal(await exchange(stream, []), []);
  stream.end();
  assert.is((await endOf(stream)).code, OK);
});

test('ends a stream on which nothing was asked', async () => {
  const stream = client.checkCalls();
  stream.end();
  assert.is((await endOf(stream)).code, OK);
});

test('counts what came over a stream that was cut, once, and goes on with the others', async () => {
  const b_number = freshNumber();
  const calls = callsTo(b_number, 3);
  const [cut, other] = [client.checkCalls(), client.checkCalls()];
  await exchange(cut, calls);
  cut.cancel();
  assert.is((await exchange(other, calls))[2].response?.distinct_a_count, 3);
  assert.is(await countedBefore(b_number), 3);
  other.end();
  assert.is((await endOf(other)).code, OK);
});

test('knows a call that was checked by itself before', async () => {
  const calls = callsTo(freshNumber(), 5);
  const alone = [];
  for (const call of calls) alone.push(await client.checkCall(call));
  const stream = client.checkCalls();
  const results = await exchange(stream, calls);
  stream.end();
  assert.equal(
    results.map(({ response }) => response),
    alone,
  );
});

test('waits for a client that does not read its answers, and loses nothing', async () => {
  const b_number = freshNumber();
  const stream = client.checkCalls();
  stream.pause();
  for (let i = 0; i < 60; i++) stream.write({ calls: callsTo(b_number, 200) });
  stream.end();
  assert.is((await client.checkCall({ b_number: freshNumber() })).verdict, 'VERDICT_ALLOW');
  const answers = await take<{ results: unknown[] }>(stream, 60);
  assert.ok(answers.every(({ results }) => results.length === 200));
  assert.is(await countedBefore(b_number), 12_000);
});

test.run();
