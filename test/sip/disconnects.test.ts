import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DisconnectOutcome } from '../../src/admission/disconnect.js';
import { type ConfirmDisconnectRequest, DisconnectOutcome as Wire } from '../../src/gen/acm/v1/detection.js';
import type { Carrier } from '../../src/sip/call.js';
import { Disconnects } from '../../src/sip/disconnects.js';
import { LiveCalls } from '../../src/sip/live-calls.js';
import { callOf, commandTo, REASON, Recorder } from './fixtures.js';

const disconnects = suite('sip/disconnects');

function setUp() {
  const calls = new LiveCalls();
  const recorder = new Recorder();
  const confirmed: ConfirmDisconnectRequest[] = [];
  const client = {
    confirmDisconnect: async (request: ConfirmDisconnectRequest) => {
      confirmed.push(request);
      return true;
    },
  };
  const subject = new Disconnects(client, calls, recorder, recorder.log, 'sw');
  const outcomes = (): string[] => confirmed.map(({ outcome }) => Wire[outcome]);
  return { subject, calls, recorder, confirmed, outcomes };
}

/** Puts a passed-on call into the table that ends with one outcome after the other. */
function addCall(calls: LiveCalls, ...ends: readonly DisconnectOutcome[]): { readonly orders: string[] } {
  const orders: string[] = [];
  const left = [...ends];
  const carrier: Carrier = {
    carry: () => new Promise(() => undefined),
    end: async ({ disconnectId }) => {
      orders.push(disconnectId);
      return left.shift() ?? 'gone';
    },
  };
  const { call } = callOf();
  calls.add(call);
  void call.passOn(carrier, () => undefined);
  return { orders };
}

disconnects('confirms what became of the call', async () => {
  const { subject, calls, recorder, confirmed } = setUp();
  addCall(calls, 'ended');
  await subject.obey(commandTo('c'));
  assert.equal(confirmed, [{ disconnectId: 'd', switchId: 'sw', outcome: Wire.ENDED, detail: '' }]);
  assert.equal(recorder.counted, ['disconnect ended']);
});

disconnects('obeys a command once and confirms it as often as it comes', async () => {
  const { subject, calls, recorder, outcomes } = setUp();
  const { orders } = addCall(calls, 'ended');
  await Promise.all([subject.obey(commandTo('c')), subject.obey(commandTo('c'))]);
  await subject.obey(commandTo('c'));
  assert.equal(orders, ['d']);
  assert.equal(outcomes(), ['ENDED', 'ENDED', 'ENDED']);
  assert.equal(recorder.counted, ['disconnect ended']);
});

disconnects('tries again what failed', async () => {
  const { subject, calls, outcomes } = setUp();
  addCall(calls, 'failed', 'ended');
  await subject.obey(commandTo('c'));
  await subject.obey(commandTo('c'));
  assert.equal(outcomes(), ['FAILED', 'ENDED']);
});

disconnects('says GONE of a call that it does not know', async () => {
  const { subject, outcomes } = setUp();
  await subject.obey(commandTo('unknown'));
  assert.equal(outcomes(), ['GONE']);
});

disconnects('ends every branch of a forked call and reports what weighs most', async () => {
  const { subject, calls, outcomes } = setUp();
  const branches = [addCall(calls, 'gone'), addCall(calls, 'ended'), addCall(calls, 'unsupported')];
  await subject.obey(commandTo('c'));
  assert.equal(
    branches.map(({ orders }) => orders.length),
    [1, 1, 1],
  );
  assert.equal(outcomes(), ['UNSUPPORTED']);
});

disconnects('answers a call at once that waits for its verdict', async () => {
  const { subject, calls, outcomes } = setUp();
  const { call, res } = callOf();
  calls.add(call);
  await subject.obey(commandTo('c'));
  assert.equal(res.final, { status: 608, reason: 'Rejected', headers: { Reason: REASON } });
  assert.ok(call.over);
  assert.equal(outcomes(), ['ENDED']);
});

disconnects.run();
