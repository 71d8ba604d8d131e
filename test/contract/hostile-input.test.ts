/** What clients get wrong, by mistake or on purpose: an error that names the field, and a sidecar that stays well. */
import { once } from 'node:events';
import { connect, constants } from 'node:http2';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Check, DetectionClient, endOf, failureOf, type Report } from '../support/grpc-detection.js';
import { freshCallId, freshNumber, startTestSidecar, type TestSidecar } from '../support/grpc-sidecar.js';

const test = suite('contract/hostile-input');

const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const RESOURCE_EXHAUSTED = 8;
const UNIMPLEMENTED = 12;

let sidecar: TestSidecar;
let client: DetectionClient;

test.before(async () => {
  sidecar = await startTestSidecar({ ACM_WINDOW_SECONDS: '300' });
  client = new DetectionClient(sidecar.address);
});

test.after(async () => {
  client.close();
  await sidecar.stop();
});

/** The sidecar answers, and has counted `expected` callers of a number, besides the one who finds out. */
async function assertCounted(b_number: string, expected: number): Promise<void> {
  const { distinct_a_count } = await client.checkCall({ a_number: freshNumber(), b_number });
  assert.is(distinct_a_count - 1, expected);
}

const LONG = '9'.repeat(10_000);

const BAD_CHECKS: readonly (readonly [field: keyof Check, value: string, complaint: RegExp])[] = [
  ['b_number', '', /is empty/],
  ['b_number', LONG, /has 10000 characters; at most 128/],
  ['b_number', '9'.repeat(129), /has 129 characters/],
  ['b_number', '112\u0000', /control character at position 3/],
  ['b_number', '\u007f', /control character at position 0/],
  ['a_number', LONG, /has 10000 characters; at most 128/],
  ['a_number', '+234\r\n803', /control character at position 4/],
  ['call_id', 'c'.repeat(513), /has 513 characters; at most 512/],
  ['call_id', 'a\tb', /control character/],
  ['from_tag', 't'.repeat(257), /has 257 characters; at most 256/],
  ['switch_id', 's'.repeat(65), /has 65 characters; at most 64/],
  ['trunk', 't'.repeat(65), /has 65 characters; at most 64/],
  ['trunk', '\u001b[31m', /control character/],
  ['source_ip', '10.0.0', /is not an IPv4 or IPv6 address/],
  ['source_ip', '10.0.0.1:5060', /is not an IPv4 or IPv6 address/],
  ['source_ip', '[::1]', /is not an IPv4 or IPv6 address/],
  ['source_ip', LONG, /is not an IPv4 or IPv6 address/],
];

test('refuses a check that breaks a limit, names the field, and counts nothing', async () => {
  const b_number = freshNumber();
  for (const [field, value, complaint] of BAD_CHECKS) {
    const good = { call_id: freshCallId(), a_number: freshNumber(), b_number };
    const { code, details } = await failureOf(client.checkCall({ ...good, [field]: value }));
    assert.is(code, INVALID_ARGUMENT, field);
    assert.ok(details.startsWith(`${field}: `), details);
    assert.match(details, complaint);
    assert.not.match(details, LONG, 'an error does not repeat what was wrong');
  }
  await assertCounted(b_number, 0);
});

test('takes what just keeps the limits', async () => {
  const verdict = await client.checkCall({
    call_id: 'c'.repeat(512),
    from_tag: 't'.repeat(256),
    switch_id: 's'.repeat(64),
    trunk: 'k'.repeat(64),
    a_number: 'a'.repeat(128),
    b_number: 'b'.repeat(128),
    source_ip: '2001:db8::ffff:192.0.2.1',
  });
  assert.is(verdict.verdict, 'VERDICT_ALLOW');
});

const BAD_REPORTS: readonly (readonly [field: keyof Report, value: string | number])[] = [
  ['state', 'CALL_STATE_UNSPECIFIED'],
  ['state', 99],
  ['call_id', ''],
  ['call_id', LONG],
  ['switch_id', ''],
  ['switch_id', LONG],
  ['b_number', ''],
  ['b_number', LONG],
  ['a_number', LONG],
  ['source_ip', 'nowhere'],
  ['trunk', 'a\u0000'],
  ['from_tag', LONG],
];

test('refuses a call state report that breaks a limit, and names the field', async () => {
  for (const [field, value] of BAD_REPORTS) {
    const good = {
      call_id: freshCallId(),
      switch_id: 's',
      b_number: freshNumber(),
      state: 'CALL_STATE_RINGING',
    };
    const { code, details } = await failureOf(client.reportCallState({ ...good, [field]: value }));
    assert.is(code, INVALID_ARGUMENT, field);
    assert.ok(details.startsWith(`${field}: `), details);
  }
});

test('takes the end of a call whose numbers nobody knows', async () => {
  const ended = { call_id: freshCallId(), switch_id: 's', state: 'CALL_STATE_ENDED' };
  assert.equal(await client.reportCallState(ended), { disconnect_requested: false });
});

test('refuses a confirmation or a watch that breaks a limit, and names the field', async () => {
  const good = { disconnect_id: 'd', switch_id: 's', outcome: 'DISCONNECT_OUTCOME_ENDED' };
  const bad = [
    ['disconnect_id', ''],
    ['disconnect_id', LONG],
    ['switch_id', ''],
    ['switch_id', 's\u0000'],
    ['outcome', 'DISCONNECT_OUTCOME_UNSPECIFIED'],
    ['outcome', 17],
    ['detail', 'd'.repeat(257)],
  ] as const;
  for (const [field, value] of bad) {
    const { code, details } = await failureOf(client.confirmDisconnect({ ...good, [field]: value }));
    assert.is(code, INVALID_ARGUMENT, field);
    assert.ok(details.startsWith(`${field}: `), details);
  }
  for (const switchId of ['', LONG, 'a\nb']) {
    const { code, details } = await endOf(client.watchDisconnects(switchId));
    assert.is(code, INVALID_ARGUMENT);
    assert.match(details, /^switch_id: /);
  }
});

test('refuses a message of more than 4 MiB', async () => {
  const b_number = freshNumber();
  const { code } = await failureOf(
    client.checkCall({ b_number, a_number: freshNumber(), call_id: 'c'.repeat(5 * 1024 * 1024) }),
  );
  assert.is(code, RESOURCE_EXHAUSTED);
  await assertCounted(b_number, 0);
});

test('blames bytes that are no message on whoever sent them', async () => {
  const b_number = freshNumber();
  // A length beyond the end, and a wire type that there is not.
  for (const bytes of [[0x1a, 0x7f, 0x31], [0x1f]]) {
    const { code, details } = await failureOf(client.sendBytes('CheckCall', Buffer.from(bytes)));
    assert.is(code, INVALID_ARGUMENT, details);
    assert.match(details, /cannot be decoded/);
  }
  await assertCounted(b_number, 0);
});

test('does not know a method that there is not', async () => {
  assert.is((await failureOf(client.sendBytes('Nothing', Buffer.alloc(0)))).code, UNIMPLEMENTED);
});

test('stays well when a deadline has passed before the request was sent', async () => {
  const attempt = { call_id: freshCallId(), a_number: freshNumber(), b_number: freshNumber() };
  const { code } = await failureOf(client.checkCall(attempt, -1_000));
  assert.is(code, DEADLINE_EXCEEDED);
  // Whether the attempt arrived is open; asked again, it counts once either way.
  const { distinct_a_count, call_count } = await client.checkCall(attempt);
  assert.is(`${distinct_a_count} ${call_count}`, '1 1');
});

/** Opens a method, CheckCall unless headers say otherwise, by hand: what is sent is no concern of a gRPC library. */
async function openByHand(headers: Record<string, string>) {
  const session = connect(`http://${sidecar.address}`);
  session.on('error', () => undefined);
  await once(session, 'connect');
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: '/acm.v1.DetectionService/CheckCall',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  stream.on('error', () => undefined);
  return { session, stream };
}

test('ends a call whose request does not come before its deadline', async () => {
  const { session, stream } = await openByHand({ 'grpc-timeout': '50m' });
  // Headers alone, or headers and then trailers: where the status stands depends on what was sent before.
  let status: unknown;
  const look = (headers: Record<string, unknown>): void => {
    status = headers['grpc-status'] ?? status;
  };
  stream.on('response', look).on('trailers', look).resume();
  await once(stream, 'end');
  session.destroy();
  assert.is(String(status), String(DEADLINE_EXCEEDED));
});

test('does not send back to a watcher what it sent as metadata: it may be a token', async () => {
  const { session, stream } = await openByHand({
    ':path': '/acm.v1.DetectionService/WatchDisconnects',
    authorization: 'Bearer secret',
    'x-anything': 'secret',
  });
  // A WatchDisconnectsRequest whose switch_id is `s`.
  stream.end(Buffer.from([0, 0, 0, 0, 3, 0x0a, 1, 0x73]));
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  session.destroy();
  assert.is(headers[':status'], 200);
  assert.not.match(JSON.stringify(headers), 'secret');
});

test('survives connections that are cut in the middle of a message', async () => {
  const b_number = freshNumber();
  for (let i = 0; i < 20; i++) {
    const { session, stream } = await openByHand({});
    // A frame of 100 bytes is announced; a part of it comes.
    stream.write(Buffer.concat([Buffer.from([0, 0, 0, 0, 100]), Buffer.alloc(i)]));
    await new Promise((resolve) => setImmediate(resolve));
    session.destroy();
  }
  await assertCounted(b_number, 0);
});

test('reports none of this as a defect of its own', () => {
  assert.equal(
    sidecar.log.filter(({ level }) => level === 'error' || level === 'warn'),
    [],
  );
});

test.run();
