/** CheckCall, from outside. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Check, DetectionClient, type Verdict } from '../support/grpc-detection.js';
import { freshCallId, freshNumber, startTestSidecar, type TestSidecar } from '../support/grpc-sidecar.js';

const test = suite('contract/detection-service');

const TRUNKS = `
trunks:
  - name: lagos
    sources: [10.1.0.0/16]
    country: NG
    reject_profile: 603+
exempt_numbers: ['+2348000000001', helpdesk]
`;
const TEN_KB = '9'.repeat(10_000);
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

let directory: string;
let sidecar: TestSidecar;
let client: DetectionClient;

test.before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'acm-contract-'));
  const config = join(directory, 'acm.yaml');
  writeFileSync(config, TRUNKS);
  sidecar = await startTestSidecar({ ACM_CONFIG: config });
  client = new DetectionClient(sidecar.address);
});

test.after(async () => {
  client.close();
  await sidecar.stop();
  rmSync(directory, { recursive: true });
});

/** A new call attempt. */
function check(fields: Check): Promise<Verdict> {
  return client.checkCall({ call_id: freshCallId(), a_number: freshNumber(), ...fields });
}

/** Call attempts of `count` distinct callers, one after the other. */
async function checkMany(count: number, fields: Check): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (let i = 0; i < count; i++) verdicts.push(await check(fields));
  return verdicts;
}

test('allows four callers and rejects the fifth, with everything that a switch needs', async () => {
  const b_number = freshNumber();
  for (let nth = 1; nth <= 4; nth++) {
    const call_id = freshCallId();
    const verdict = await check({ call_id, b_number, source_ip: '192.0.2.1', switch_id: 's', from_tag: 't' });
    assert.equal(verdict, {
      call_id,
      verdict: 'VERDICT_ALLOW',
      reason: 'REASON_NONE',
      distinct_a_count: nth,
      call_count: nth,
      window_ms: 5_000,
      threshold: 5,
      severity: 'SEVERITY_UNSPECIFIED',
      alert_id: '',
      degraded: false,
      degraded_causes: [],
      state_age_ms: 0,
      sip_status: 0,
      sip_reason: '',
      reason_header: '',
      enforcement: 'ENFORCEMENT_ENFORCE',
    });
  }
  const call_id = freshCallId();
  const { alert_id, ...rejected } = await check({ call_id, b_number });
  assert.match(alert_id, UUID);
  assert.equal(rejected, {
    call_id,
    verdict: 'VERDICT_REJECT',
    reason: 'REASON_MASKING',
    distinct_a_count: 5,
    call_count: 5,
    window_ms: 5_000,
    threshold: 5,
    severity: 'SEVERITY_MEDIUM',
    degraded: false,
    degraded_causes: [],
    state_age_ms: 0,
    sip_status: 608,
    sip_reason: 'Rejected',
    reason_header: 'SIP;cause=608;text="Rejected"',
    enforcement: 'ENFORCEMENT_ENFORCE',
  });
});

test('goes on rejecting under one alert, whose severity rises', async () => {
  const verdicts = await checkMany(10, { b_number: freshNumber() });
  assert.equal(
    verdicts.map(({ verdict, distinct_a_count, severity }) => `${verdict} ${distinct_a_count} ${severity}`),
    [
      ...[1, 2, 3, 4].map((count) => `VERDICT_ALLOW ${count} SEVERITY_UNSPECIFIED`),
      ...[5, 6].map((count) => `VERDICT_REJECT ${count} SEVERITY_MEDIUM`),
      ...[7, 8, 9].map((count) => `VERDICT_REJECT ${count} SEVERITY_HIGH`),
      'VERDICT_REJECT 10 SEVERITY_CRITICAL',
    ],
  );
  assert.is(new Set(verdicts.slice(4).map(({ alert_id }) => alert_id)).size, 1);
});

test('lets one caller call as often as it likes', async () => {
  const fields = { a_number: freshNumber(), b_number: freshNumber() };
  const verdicts = await checkMany(12, fields);
  assert.ok(verdicts.every(({ verdict }) => verdict === 'VERDICT_ALLOW'));
  assert.is(verdicts[11].distinct_a_count, 1);
  assert.is(verdicts[11].call_count, 12);
});

test('gives a repeated attempt its verdict again and counts it once', async () => {
  const b_number = freshNumber();
  const first = { call_id: freshCallId(), from_tag: 'a', a_number: freshNumber(), b_number };
  const verdict = await client.checkCall(first);
  assert.equal(await client.checkCall(first), verdict);
  const [, , fourth] = await checkMany(3, { b_number });
  assert.is(fourth.call_count, 4);
  const fifth = { call_id: freshCallId(), from_tag: 'e', a_number: freshNumber(), b_number };
  const rejected = await client.checkCall(fifth);
  assert.is(rejected.verdict, 'VERDICT_REJECT');
  assert.equal(await client.checkCall(fifth), rejected);
  assert.equal(
    await client.checkCall(first),
    verdict,
    'allowed before the attack was detected: stays allowed',
  );
  const sixth = await check({ b_number });
  assert.is(sixth.distinct_a_count, 6);
  assert.is(sixth.call_count, 6);
});

test('takes another From-tag, and no Call-ID at all, for a new attempt', async () => {
  const same = { a_number: freshNumber(), b_number: freshNumber() };
  const call_id = freshCallId();
  await client.checkCall({ ...same, call_id, from_tag: 'one' });
  await client.checkCall({ ...same, call_id, from_tag: 'two' });
  await client.checkCall(same);
  const { call_count, distinct_a_count } = await client.checkCall(same);
  assert.is(call_count, 4);
  assert.is(distinct_a_count, 1);
});

test('is not deceived by callers who share a Call-ID', async () => {
  const verdicts = await checkMany(5, { call_id: freshCallId(), from_tag: 'same', b_number: freshNumber() });
  assert.is(verdicts[4].verdict, 'VERDICT_REJECT');
});

test('blocks the callers of an attack from calling that number again, and from no other', async () => {
  const [a_number, b_number] = [freshNumber(), freshNumber()];
  await check({ a_number, b_number });
  await checkMany(4, { b_number });
  const again = await check({ a_number, b_number });
  assert.is(again.verdict, 'VERDICT_REJECT');
  assert.is(again.reason, 'REASON_BLOCKED');
  assert.is(again.sip_status, 608);
  assert.is((await check({ a_number, b_number: freshNumber() })).verdict, 'VERDICT_ALLOW');
});

test('never refuses an emergency call, whoever calls and however malformed', async () => {
  const emergencies: Check[] = [
    { b_number: '112' },
    { b_number: '911' },
    { b_number: 'urn:service:sos' },
    { b_number: 'URN:service:sos.fire' },
    { b_number: freshNumber(), emergency: true },
    { b_number: '', emergency: true },
    { b_number: TEN_KB, emergency: true },
  ];
  for (const emergency of emergencies) {
    for (const a_number of [TEN_KB, 'a\u0000b', '', 'A001']) {
      const { verdict, reason } = await check({ ...emergency, a_number });
      assert.is(
        `${verdict} ${reason}`,
        'VERDICT_ALLOW REASON_EXEMPT',
        JSON.stringify(emergency).slice(0, 80),
      );
    }
    const { verdict } = await check({ ...emergency, call_id: TEN_KB, source_ip: 'nowhere', trunk: TEN_KB });
    assert.is(verdict, 'VERDICT_ALLOW');
  }
});

test('lets any number of callers reach an exempt number, and says that there are many', async () => {
  for (const b_number of ['112', '+234 800 000 0001', '002348000000001', 'helpdesk']) {
    const verdicts = await checkMany(8, { b_number });
    assert.ok(
      verdicts.every(({ verdict, reason }) => `${verdict} ${reason}` === 'VERDICT_ALLOW REASON_EXEMPT'),
    );
    assert.is.not(verdicts[7].severity, 'SEVERITY_UNSPECIFIED');
    assert.match(verdicts[7].alert_id, UUID);
    assert.is(verdicts[7].sip_status, 0);
  }
});

test('reads national and international forms as one number', async () => {
  const forms = ['+2348031234567', '002348031234567', '2348031234567', '+234 (803) 123-45.67', '08031234567'];
  const b_number = freshNumber();
  for (const a_number of forms) {
    const { distinct_a_count } = await check({ a_number, b_number, trunk: 'lagos' });
    assert.is(distinct_a_count, 1, a_number);
  }
  const verdicts: Verdict[] = [];
  for (const called of forms) verdicts.push(await check({ b_number: called, source_ip: '10.1.2.3' }));
  assert.is(verdicts[4].verdict, 'VERDICT_REJECT');
  assert.is(verdicts[4].distinct_a_count, 5);
});

test('takes what is no phone number as it stands', async () => {
  const verdicts: Verdict[] = [];
  const b_number = `sales-${freshCallId()}`;
  for (const a_number of ['A001', 'A002', 'alice', 'älice', '+']) {
    verdicts.push(await check({ a_number, b_number }));
  }
  assert.is(verdicts[4].verdict, 'VERDICT_REJECT');
});

test('answers by the profile of the trunk that the call came in by', async () => {
  for (const origin of [{ trunk: 'lagos' }, { source_ip: '10.1.200.7' }]) {
    const rejected = (await checkMany(5, { b_number: freshNumber(), ...origin }))[4];
    assert.is(rejected.sip_status, 603);
    assert.is(rejected.sip_reason, 'Network Blocked');
    assert.is(rejected.reason_header, 'SIP;cause=603;text="v=analytics1";location=TN');
  }
});

test('counts anonymous callers by their source address, and never blocks them', async () => {
  const b_number = freshNumber();
  for (const a_number of ['', 'anonymous', 'Anonymous', 'unavailable', 'restricted']) {
    const { verdict, distinct_a_count } = await check({ a_number, b_number, source_ip: '192.0.2.1' });
    assert.is(`${verdict} ${distinct_a_count}`, 'VERDICT_ALLOW 1', a_number);
  }
  for (let host = 2; host <= 5; host++) {
    const { distinct_a_count } = await check({ a_number: '', b_number, source_ip: `2001:db8::${host}` });
    assert.is(distinct_a_count, host);
  }
  const again = await check({ a_number: '', b_number, source_ip: '192.0.2.1' });
  assert.is(`${again.verdict} ${again.reason}`, 'VERDICT_REJECT REASON_MASKING');
});

test('counts exactly what fifty clients ask at once', async () => {
  const b_number = freshNumber();
  const clients = Array.from({ length: 50 }, () => new DetectionClient(sidecar.address));
  await Promise.all(clients.map((each) => each.ready()));
  const answers = await Promise.all(
    clients.flatMap((each) =>
      Array.from({ length: 4 }, () =>
        each.checkCall({ call_id: freshCallId(), a_number: freshNumber(), b_number }),
      ),
    ),
  );
  for (const each of clients) each.close();
  const counts = answers.map(({ distinct_a_count }) => distinct_a_count).sort((x, y) => x - y);
  assert.equal(
    counts,
    Array.from({ length: 200 }, (_, i) => i + 1),
  );
  assert.is(answers.filter(({ verdict }) => verdict === 'VERDICT_ALLOW').length, 4);
  assert.is(new Set(answers.map(({ alert_id }) => alert_id)).size, 2, 'none for four, one for all others');
});

test.run();
