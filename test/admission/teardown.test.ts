import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CallInProgress } from '../../src/admission/calls.js';
import type { DisconnectOrder, DisconnectOutcome } from '../../src/admission/disconnect.js';
import type { Incident } from '../../src/admission/incident.js';
import type { SwitchControl } from '../../src/admission/ports.js';
import { sipAnswerOf } from '../../src/admission/reject-profile.js';
import { causeOf, Teardown } from '../../src/admission/teardown.js';
import { POLICY, recordingLog } from './admission-fixture.js';

const test = suite('admission/teardown');

const CALL: CallInProgress = {
  callId: 'call',
  fromTag: 'tag',
  switchId: 'sw',
  sourceIp: '',
  aKey: 2,
  bKey: 1,
  startedMs: 0,
  spared: false,
  attempt: 0,
  state: 'answered',
};

const INCIDENT = {
  alertId: 'alert',
  exempt: false,
  policy: { ...POLICY, scope: { kind: 'default' }, revision: 0 },
} as Incident;

/** A control that plays back outcomes, the last one for ever. */
function scripted(name: string, orders: DisconnectOrder[], ...outcomes: DisconnectOutcome[]): SwitchControl {
  return {
    name,
    carries: () => true,
    disconnect(order) {
      orders.push(order);
      return Promise.resolve(outcomes.length > 1 ? (outcomes.shift() ?? 'failed') : outcomes[0]);
    },
  };
}

/** Tears one call down with time that passes only in pauses; resolves with what was settled. */
async function tearDown(
  controls: SwitchControl[],
  incident = INCIDENT,
): Promise<{ settled: string[]; pausesMs: number[]; over: string[] }> {
  const settled: string[] = [];
  const pausesMs: number[] = [];
  const over: string[] = [];
  let now = 0;
  const teardown = new Teardown({
    controls,
    calls: { end: (callId, fromTag) => void over.push(`${callId} ${fromTag}`) },
    answer: sipAnswerOf('608', ''),
    log: recordingLog([]),
    settled: (_order, control, outcome) => void settled.push(`${control} ${outcome}`),
    now: () => now,
    sleep: (ms) => {
      pausesMs.push(ms);
      now += ms;
      return Promise.resolve();
    },
    random: () => 1,
  });
  void teardown.order(CALL, causeOf(incident));
  void teardown.order({ ...CALL }, causeOf(incident));
  assert.is(teardown.underWay, 1, 'one order for a call at a time');
  while (teardown.underWay > 0) await new Promise((resolve) => setImmediate(resolve));
  return { settled, pausesMs, over };
}

test('counts a call as ended when the switch confirms it, not before', async () => {
  const orders: DisconnectOrder[] = [];
  const { settled } = await tearDown([scripted('grpc', orders, 'ended')]);
  assert.equal(settled, ['grpc ended']);
  assert.equal(
    [orders[0].callId, orders[0].alertId, orders[0].reasonHeader],
    ['call', 'alert', 'SIP;cause=608;text="Rejected"'],
  );
});

test('repeats the same order with growing pauses until it is confirmed', async () => {
  const orders: DisconnectOrder[] = [];
  const { settled, pausesMs } = await tearDown([scripted('grpc', orders, 'failed', 'failed', 'gone')]);
  assert.equal(settled, ['grpc gone']);
  assert.equal(pausesMs, [200, 400]);
  assert.is(new Set(orders.map(({ disconnectId }) => disconnectId)).size, 1);
});

test('tries the next way when one cannot end calls', async () => {
  const { settled } = await tearDown([
    scripted('proxy', [], 'unsupported'),
    scripted('mi', [], 'ended'),
    scripted('never', [], 'ended'),
  ]);
  assert.equal(settled, ['proxy unsupported', 'mi ended']);
});

test('asks the way that speaks to the switch of the call, and no other', async () => {
  const other = { ...scripted('other', [], 'ended'), carries: (switchId: string) => switchId === 'another' };
  const own = { ...scripted('own', [], 'gone'), carries: (switchId: string) => switchId === 'sw' };
  const { settled } = await tearDown([other, own]);
  assert.equal(settled, ['own gone']);
});

test('asks every way in turn where none speaks to the switch, also while one does not answer', async () => {
  const controls = [
    scripted('down', [], 'failed', 'failed', 'failed'),
    scripted('without it', [], 'gone'),
    scripted('carrier', [], 'failed', 'ended'),
  ].map((control) => ({ ...control, carries: () => false }));
  const { settled, pausesMs } = await tearDown(controls);
  assert.equal(settled, ['carrier ended']);
  assert.equal(pausesMs, [200]);
});

test('does not say that a call is gone while a way that may have it does not answer', async () => {
  const controls = [scripted('down', [], 'failed'), scripted('up', [], 'gone')];
  const { settled } = await tearDown(controls.map((control) => ({ ...control, carries: () => false })));
  assert.equal(settled, ['down failed']);
});

test('says what became of the call, to everybody who has ordered its end', async () => {
  const teardown = new Teardown({
    controls: [scripted('only', [], 'gone')],
    calls: { end: () => undefined },
    answer: sipAnswerOf('608', ''),
    log: recordingLog([]),
    settled: () => undefined,
    now: () => 0,
    sleep: () => Promise.resolve(),
    random: () => 1,
  });
  const cause = { alertId: '', isOver: () => false };
  assert.equal(await Promise.all([teardown.order(CALL, cause), teardown.order(CALL, cause)]), [
    'gone',
    'gone',
  ]);
  assert.is(teardown.underWay, 0);
});

test('a call is forgotten once it is known to be over, and not before', async () => {
  for (const outcome of ['ended', 'gone'] as const)
    assert.equal((await tearDown([scripted('grpc', [], outcome)])).over, ['call tag']);
  for (const outcome of ['failed', 'unsupported'] as const)
    assert.equal((await tearDown([scripted('grpc', [], outcome)])).over, []);
});

test('gives up after thirty seconds', async () => {
  const { settled, pausesMs } = await tearDown([scripted('grpc', [], 'failed')]);
  assert.equal(settled, ['grpc failed']);
  assert.ok(pausesMs.reduce((sum, ms) => sum + ms, 0) <= 30_000);
  assert.ok(Math.max(...pausesMs) <= 5_000);
});

test('stops repeating as soon as nothing may be torn down any more', async () => {
  const incident = { ...INCIDENT };
  const control: SwitchControl = {
    name: 'grpc',
    carries: () => true,
    disconnect() {
      incident.policy = { ...incident.policy, enforcement: 'shadow' };
      return Promise.resolve('failed');
    },
  };
  const { settled, pausesMs } = await tearDown([control], incident);
  assert.equal([settled, pausesMs.length], [['grpc failed'], 1]);
});

test.run();
