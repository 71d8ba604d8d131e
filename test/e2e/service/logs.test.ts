/** What a sidecar writes down about an attack: enough to find each call, and no phone number. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DetectionClient, failureOf, type Verdict } from '../../support/grpc-detection.js';
import { eventually, freshCallId, freshNumber } from '../../support/grpc-sidecar.js';
import { type SidecarProcess, startSidecarProcess } from '../../support/sidecar-process.js';

const test = suite('e2e/service/logs');

let sidecar: SidecarProcess;
let rejected: Verdict;
const numbers: string[] = [];

function number(text = freshNumber()): string {
  numbers.push(text.replace(/^\+/, ''));
  return text;
}

/** An attack of seven callers, calls in progress, a blocked call, an emergency, bad requests. */
test.before(async () => {
  sidecar = await startSidecarProcess({ LOG_LEVEL: 'info', ACM_AUTO_DISCONNECT: 'true' });
  const client = new DetectionClient(sidecar.address);
  const b_number = number();
  const watch = client.watchDisconnects('s');
  const attack = Array.from({ length: 7 }, () => ({
    call_id: freshCallId(),
    a_number: number(),
    b_number,
    source_ip: '192.0.2.7',
    switch_id: 's',
  }));
  for (const [i, call] of attack.entries()) {
    const verdict = await client.checkCall(call);
    if (i < 4) await client.reportCallState({ ...call, state: 'CALL_STATE_RINGING' });
    if (i === 4) rejected = verdict;
  }
  await client.checkCall({ ...attack[0], call_id: freshCallId() });
  await client.checkCall({ a_number: number('alice.the.caller'), b_number: number('helpdesk-of-the-bank') });
  for (let i = 0; i < 5; i++)
    await client.checkCall({ a_number: number(`sip-user-${i}-longish`), b_number: 'helpdesk-of-the-bank' });
  await client.checkCall({ a_number: number(), b_number: '112' });
  await failureOf(client.checkCall({ a_number: `${number()}\n`, b_number: number() }));
  await failureOf(client.checkCall({ a_number: number(), b_number: number().repeat(20) }));
  watch.cancel();
  await eventually(() => sidecar.process.logLines().filter(({ msg }) => msg === 'call detected').length >= 6);
  client.close();
  sidecar.process.signal('SIGTERM');
  await sidecar.process.end();
});

test.after(() => sidecar.process.kill());

test('finds a rejected call by its Call-ID, with its alert', () => {
  assert.is(rejected.verdict, 'VERDICT_REJECT');
  const lines = sidecar.process.logLines().filter(({ callId }) => callId === rejected.call_id);
  assert.is(lines.length, 1);
  const [line] = lines;
  assert.is(line['alertId'], rejected.alert_id);
  assert.is(line['decision'], 'reject');
  assert.is(line['reason'], 'masking');
  assert.is(line['sourceIp'], '192.0.2.7');
  assert.is(line['switchId'], 's');
  assert.is(line['distinctACount'], 5);
  assert.is(line['sipStatus'], 608);
});

test('finds the alert by its id', () => {
  const alerts = sidecar.process
    .logLines()
    .filter(({ msg, alertId }) => msg === 'call masking detected' && alertId === rejected.alert_id);
  assert.is(alerts.length, 1);
  assert.is(alerts[0]['effect'], 'rejecting');
  assert.is(alerts[0]['severity'], 'medium');
});

test('writes no whole A- or B-number, on either stream', () => {
  const { output, errors } = sidecar.process;
  assert.ok(numbers.length > 15);
  for (const each of numbers) {
    assert.not.match(output, each);
    assert.not.match(errors, each);
  }
});

test('writes JSON with a time, a level and the name of the process on each line, and nothing else', () => {
  const { output, errors } = sidecar.process;
  assert.is(errors, '');
  const lines = output.trimEnd().split('\n');
  for (const line of lines) {
    const { time, level, name, msg } = JSON.parse(line) as Record<string, unknown>;
    assert.is(new Date(time as string).toISOString(), time);
    assert.type(level, 'number');
    assert.is(name, 'serve');
    assert.type(msg, 'string');
  }
});

test.run();
