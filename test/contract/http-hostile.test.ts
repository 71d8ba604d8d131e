/** What clients of the HTTP API get wrong, by mistake or on purpose: never a 5xx, never a stack, and nothing is counted. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freshNumber, startTestSidecar, type TestSidecar } from '../support/grpc-sidecar.js';
import { type Answer, HttpClient } from '../support/http-client.js';

const test = suite('contract/http-hostile');

const ALERT = '/acm/alerts/00000000-0000-4000-8000-000000000000';
const TARGETS: readonly (readonly [method: string, path: string])[] = [
  ['POST', '/acm/call'],
  ['POST', '/acm/calls/batch'],
  ['POST', '/acm/config'],
  ['PATCH', ALERT],
  ['POST', '/acm/allowlist'],
  ['PATCH', '/acm/allowlist/00000000-0000-4000-8000-000000000000'],
  ['POST', '/acm/blocks'],
  ['PATCH', '/acm/blocks?a_number=1&b_number=2'],
  ['PUT', '/acm/policies'],
  ['PUT', '/acm/enforcement'],
  ['POST', '/api/v1/fraud/events'],
  ['POST', '/api/v1/fraud/disconnect'],
];
let directory: string;
let sidecar: TestSidecar;
let client: HttpClient;

test.before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'acm-hostile-'));
  sidecar = await startTestSidecar({ ACM_DATA_DIR: join(directory, 'data'), ACM_WINDOW_SECONDS: '300' });
  client = new HttpClient(sidecar.url);
});

test.after(async () => {
  await sidecar.stop();
  rmSync(directory, { recursive: true });
});

function assertHarmless({ status, headers, body }: Answer, what: string): void {
  assert.ok(status < 500, `${status} for ${what}`);
  assert.not.match(JSON.stringify(body), /node_modules|\\n {4}at |\.ts:/, what);
  if (status >= 400) assert.is(headers.get('content-type'), 'application/problem+json', what);
}

/** Sends a body to every route that takes one; each must answer with this status. */
async function refusedEverywhere(
  body: string | Uint8Array<ArrayBuffer>,
  status: number,
  targets = TARGETS,
): Promise<void> {
  for (const [method, path] of targets) {
    const answer = await client.ask(method, path, body);
    assertHarmless(answer, `${method} ${path}`);
    assert.is(answer.status, status, `${method} ${path} ${JSON.stringify(answer.body)}`);
  }
}

test('refuses what is not JSON with 400', async () => {
  for (const body of ['', '{', '{"a":}', 'null null', "{'b_number': 1}", '\u0000', '{"a": 01}', 'NaN'])
    await refusedEverywhere(body, 400);
});

test('refuses invalid UTF-8 with 400', async () => {
  await refusedEverywhere(Buffer.from('{"b_number":"\xff\xfe"}', 'latin1'), 400);
});

test('refuses keys that reach for prototypes with 400', async () => {
  await refusedEverywhere('{"b_number":"1","__proto__":{"detected":true}}', 400);
  await refusedEverywhere('{"b_number":"1","constructor":{"prototype":{"detected":true}}}', 400);
});

test('refuses JSON that is no object with 422', async () => {
  for (const body of ['null', '[]', '"x"', '7', 'true', '1e999']) await refusedEverywhere(body, 422);
});

test('bears a body that is nested as deep as it is long', async () => {
  const depth = 100_000;
  const nested = '['.repeat(depth) + ']'.repeat(depth);
  const batch = '/acm/calls/batch';
  await refusedEverywhere(
    nested,
    422,
    TARGETS.filter(([, path]) => path !== batch),
  );
  for (const body of [nested, `{"events":[${nested}]}`])
    assert.is((await client.ask('POST', batch, body)).body['results'][0].error.status, 422);
});

test('refuses a body of more than 1 MB with 413', async () => {
  await refusedEverywhere(`{"b_number":"${'9'.repeat(1_048_576)}"}`, 413);
});

test('refuses a body that is not application/json with 415', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense']) {
    const answer = await client.ask('POST', '/acm/call', '{"b_number":"1"}', { 'content-type': type });
    assert.is(answer.status, 415, type);
    assertHarmless(answer, type);
  }
});

test('refuses values of the wrong type, names each field, and counts nothing', async () => {
  const b_number = freshNumber();
  for (const value of [7, 1e308, -0, true, [], {}, ['+234'], { toString: 'x' }]) {
    const answer = await client.post('/acm/call', { b_number, a_number: value, call_id: value });
    assert.is(answer.status, 422);
    assert.equal(
      answer.body['errors'].map(({ field }: { field: string }) => field),
      ['a_number', 'call_id'],
    );
  }
  const { body } = await client.post('/acm/call', { b_number, a_number: freshNumber() });
  assert.is(body['distinct_a_count'], 1);
});

test('refuses control characters and texts that are too long, and names the field', async () => {
  const bad = [
    ['b_number', ''],
    ['b_number', '9'.repeat(129)],
    ['b_number', '234\u0000'],
    ['a_number', '+234\r\n'],
    ['call_id', 'c'.repeat(513)],
    ['from_tag', 't'.repeat(257)],
    ['switch_id', 's'.repeat(65)],
    ['trunk', '\u001b[31m'],
    ['call_id', 'c\ud800'],
    ['a_number', 'half \ud800'],
    ['source_ip', '10.0.0.1:5060'],
  ] as const;
  for (const [field, value] of bad) {
    const { status, body } = await client.post('/acm/call', { b_number: freshNumber(), [field]: value });
    assert.is(status, 422, field);
    assert.is(body['errors'][0].field, field);
  }
});

test('is well after all that', async () => {
  assert.is((await client.get('/health')).status, 200);
  assert.equal(
    sidecar.log.filter(({ level }) => level === 'error'),
    [],
  );
});

test.run();
