import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Delivery, ReportQueue } from '../../src/client/report-queue.js';
import { CallState, ReportCallStateRequest } from '../../src/gen/acm/v1/detection.js';

const queue = suite('client/report-queue');

const { RINGING, ANSWERED, ENDED } = CallState;
const report = (callId: string, state: CallState): ReportCallStateRequest => ({
  ...ReportCallStateRequest.decode(new Uint8Array()),
  callId,
  state,
});
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A queue whose deliveries are decided by the test, one after the other. */
function setUp() {
  const sent: ReportCallStateRequest[] = [];
  const pending: ((delivery: Delivery) => void)[] = [];
  const clock = { nowMs: 0 };
  const reports = new ReportQueue(
    (each) => {
      sent.push(each);
      return new Promise((resolve) => pending.push(resolve));
    },
    () => clock.nowMs,
  );
  const deliver = async (delivery: Delivery): Promise<void> => {
    pending.shift()?.(delivery);
    await settle();
  };
  const states = (): string[] => sent.map((each) => `${each.callId} ${CallState[each.state]}`);
  return { reports, sent, states, deliver, clock };
}

queue('sends the states of one call one after the other, and those of others meanwhile', async () => {
  const { reports, states, deliver } = setUp();
  reports.add(report('a', RINGING));
  reports.add(report('a', ANSWERED));
  reports.add(report('b', RINGING));
  assert.equal(states(), ['a RINGING', 'b RINGING']);
  await deliver('taken');
  assert.equal(states(), ['a RINGING', 'b RINGING', 'a ANSWERED']);
});

queue('leaves out a state that a newer one has overtaken', async () => {
  const { reports, states, deliver } = setUp();
  reports.add(report('a', RINGING));
  reports.add(report('a', ANSWERED));
  reports.add(report('a', ENDED));
  await deliver('taken');
  assert.equal(states(), ['a RINGING', 'a ENDED']);
});

queue('keeps what finds nobody, and sends it with its true age when somebody is back', async () => {
  const { reports, sent, deliver, clock } = setUp();
  reports.add(report('a', ENDED));
  await deliver('away');
  reports.add(report('b', ENDED));
  assert.is(sent.length, 1);
  clock.nowMs = 700;
  reports.resume();
  const late = sent.slice(1).map((each) => `${each.callId} ${each.ageMs}`);
  assert.equal(late, ['a 700', 'b 700']);
  assert.is(reports.dropped, 0);
});

queue('counts a report that the sidecar refuses, and does not repeat it', async () => {
  const { reports, sent, deliver } = setUp();
  reports.add(report('a', RINGING));
  await deliver('refused');
  assert.is(reports.dropped, 1);
  assert.is(sent.length, 1);
});

queue('drops the oldest and counts it when too many wait', () => {
  const { reports, sent } = setUp();
  reports.pause();
  for (let i = 0; i <= 10_000; i++) reports.add(report(`call ${i}`, RINGING));
  assert.is(reports.dropped, 1);
  reports.resume();
  assert.is(sent[0]?.callId, 'call 1');
});

queue.run();
