/** ACM_ENFORCEMENT=shadow, from outside: everything is seen, nothing is done. */
import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Check, type Command, DetectionClient, type Verdict } from '../support/grpc-detection.js';
import {
  freshCallId,
  freshNumber,
  readMetrics,
  startTestSidecar,
  type TestSidecar,
} from '../support/grpc-sidecar.js';

const test = suite('contract/shadow-mode');

let sidecar: TestSidecar;
let client: DetectionClient;

test.before(async () => {
  sidecar = await startTestSidecar({ ACM_ENFORCEMENT: 'shadow', ACM_AUTO_DISCONNECT: 'true' });
  client = new DetectionClient(sidecar.address);
});

test.after(async () => {
  client.close();
  await sidecar.stop();
});

async function attack(b_number: string, callers: number): Promise<{ calls: Check[]; verdicts: Verdict[] }> {
  const calls: Check[] = [];
  const verdicts: Verdict[] = [];
  for (let i = 0; i < callers; i++) {
    const call = { call_id: freshCallId(), from_tag: 't', a_number: freshNumber(), b_number, switch_id: 's' };
    calls.push(call);
    verdicts.push(await client.checkCall(call));
  }
  return { calls, verdicts };
}

test('observes what it would have rejected, and says why and how bad it is', async () => {
  const { verdicts } = await attack(freshNumber(), 7);
  const { call_id, alert_id, ...seventh } = verdicts[6];
  assert.is.not(call_id, '');
  assert.is.not(alert_id, '');
  assert.equal(seventh, {
    verdict: 'VERDICT_OBSERVE',
    reason: 'REASON_MASKING',
    distinct_a_count: 7,
    call_count: 7,
    window_ms: 5_000,
    threshold: 5,
    severity: 'SEVERITY_HIGH',
    degraded: false,
    degraded_causes: [],
    state_age_ms: 0,
    sip_status: 0,
    sip_reason: '',
    reason_header: '',
    enforcement: 'ENFORCEMENT_SHADOW',
  });
  assert.ok(verdicts.slice(0, 4).every(({ verdict }) => verdict === 'VERDICT_ALLOW'));
});

test('gives a repeated attempt the same verdict again', async () => {
  const { calls, verdicts } = await attack(freshNumber(), 5);
  assert.is(verdicts[4].verdict, 'VERDICT_OBSERVE');
  assert.equal(await client.checkCall(calls[4]), verdicts[4]);
});

test('blocks nobody', async () => {
  const b_number = freshNumber();
  const { calls } = await attack(b_number, 6);
  const { reason } = await client.checkCall({ ...calls[0], call_id: freshCallId() });
  assert.is(reason, 'REASON_MASKING');
  assert.is((await readMetrics(sidecar.url)).get('acm_blocks'), 0);
});

test('tears nothing down, reported early or late', async () => {
  const commands: Command[] = [];
  const stream = client.watchDisconnects('s').on('data', (command: Command) => commands.push(command));
  await once(stream, 'metadata');
  const b_number = freshNumber();
  const { calls } = await attack(b_number, 4);
  for (const call of calls) await client.reportCallState({ ...call, state: 'CALL_STATE_ANSWERED' });
  const { calls: late, verdicts } = await attack(b_number, 2);
  assert.is(verdicts[1].verdict, 'VERDICT_OBSERVE');
  for (const call of late) {
    const answer = await client.reportCallState({ ...call, state: 'CALL_STATE_RINGING' });
    assert.equal(answer, { disconnect_requested: false });
  }
  assert.equal(commands, []);
  assert.is((await readMetrics(sidecar.url)).get('acm_teardowns_under_way'), 0);
  stream.cancel();
});

test('counts what it observed, and alerts', async () => {
  const metrics = await readMetrics(sidecar.url);
  assert.ok(metrics.get('acm_calls_processed_total{verdict="observe",reason="masking"}')! >= 8);
  assert.is(metrics.get('acm_calls_processed_total{verdict="reject",reason="masking"}'), 0);
  assert.is(metrics.get('acm_alerts_generated_total{severity="medium"}'), 4);
  const alerts = sidecar.log.filter(({ message }) => message === 'call masking detected');
  assert.is(alerts.length, 4);
  assert.ok(alerts.every(({ fields }) => fields['effect'] === 'observing'));
});

test.run();
