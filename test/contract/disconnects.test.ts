/** ReportCallState, WatchDisconnects and ConfirmDisconnect, from outside. */
import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Check,
  type Command,
  type CommandStream,
  DetectionClient,
  take,
  type Verdict,
} from '../support/grpc-detection.js';
import {
  eventually,
  freshCallId,
  freshNumber,
  readMetrics,
  startTestSidecar,
  type TestSidecar,
} from '../support/grpc-sidecar.js';

const test = suite('contract/disconnects');

let sidecar: TestSidecar;
let client: DetectionClient;

test.before(async () => {
  sidecar = await startTestSidecar({ ACM_AUTO_DISCONNECT: 'true', ACM_WINDOW_SECONDS: '60' });
  client = new DetectionClient(sidecar.address);
});

test.after(async () => {
  client.close();
  await sidecar.stop();
});

let switches = 0;
/** A switch of its own for each case: commands of one case never reach another. */
const freshSwitch = (): string => `switch-${++switches}`;

interface Burst {
  readonly switch_id: string;
  readonly b_number: string;
  /** The calls that were let through, in order. */
  readonly calls: readonly Required<
    Pick<Check, 'call_id' | 'from_tag' | 'a_number' | 'b_number' | 'switch_id'>
  >[];
}

/** Four callers who were let through, each reported as ringing. */
async function fourCalls(b_number = freshNumber()): Promise<Burst> {
  const switch_id = freshSwitch();
  const calls = Array.from({ length: 4 }, (_, i) => ({
    call_id: freshCallId(),
    from_tag: `tag-${i}`,
    a_number: freshNumber(),
    b_number,
    switch_id,
  }));
  for (const call of calls) {
    await client.checkCall(call);
    const answer = await client.reportCallState({ ...call, state: 'CALL_STATE_RINGING' });
    assert.equal(answer, { disconnect_requested: false });
  }
  return { switch_id, b_number, calls };
}

function fifthCaller({ b_number }: Burst): Promise<Verdict> {
  return client.checkCall({ call_id: freshCallId(), a_number: freshNumber(), b_number });
}

function confirm(command: Command, switch_id: string, outcome: string): Promise<{ known: boolean }> {
  const detail = 'SIP 200 to the BYE';
  return client.confirmDisconnect({ disconnect_id: command.disconnect_id, switch_id, outcome, detail });
}

/** Opens a watch and waits until the sidecar has it. */
async function watch(switch_id: string): Promise<CommandStream> {
  const stream = client.watchDisconnects(switch_id);
  await once(stream, 'metadata');
  return stream;
}

/** Asserts that no command comes for as long as the sidecar needs for other work. */
async function assertSilent(stream: CommandStream): Promise<void> {
  const commands: Command[] = [];
  stream.on('data', (command: Command) => commands.push(command));
  for (let i = 0; i < 20; i++) await client.checkCall({ a_number: 'a', b_number: freshNumber() });
  assert.equal(commands, []);
}

/** Teardowns with this outcome so far. */
async function settled(outcome: string): Promise<number> {
  const metrics = await readMetrics(sidecar.url);
  return metrics.get(`acm_disconnects_total{switch="grpc",outcome="${outcome}"}`) ?? 0;
}

test('commands the end of the four calls of a burst, and takes what became of each', async () => {
  const burst = await fourCalls();
  const { switch_id, calls } = burst;
  await client.reportCallState({ ...calls[1], state: 'CALL_STATE_ANSWERED' });
  const stream = await watch(switch_id);
  const { alert_id } = await fifthCaller(burst);
  const commands = await take<Command>(stream, 4);
  assert.equal(
    commands.map(({ call_id, from_tag }) => ({ call_id, from_tag })),
    calls.map(({ call_id, from_tag }) => ({ call_id, from_tag })),
  );
  for (const command of commands) {
    assert.is(command.alert_id, alert_id);
    assert.is(command.sip_status, 608);
    assert.is(command.sip_reason, 'Rejected');
    assert.is(command.reason_header, 'SIP;cause=608;text="Rejected"');
  }
  assert.is(new Set(commands.map(({ disconnect_id }) => disconnect_id)).size, 4);
  const [ended, gone, unsupported, failed] = commands;
  assert.equal(await confirm(ended, switch_id, 'DISCONNECT_OUTCOME_ENDED'), { known: true });
  assert.equal(await confirm(ended, switch_id, 'DISCONNECT_OUTCOME_ENDED'), { known: false });
  assert.equal(await confirm(gone, switch_id, 'DISCONNECT_OUTCOME_GONE'), { known: true });
  assert.equal(await confirm(unsupported, switch_id, 'DISCONNECT_OUTCOME_UNSUPPORTED'), { known: true });
  assert.equal(await confirm(failed, switch_id, 'DISCONNECT_OUTCOME_FAILED'), { known: true });
  const [again] = await take<Command>(stream, 1);
  assert.equal(again, failed, 'repeated as it was, under the same id');
  assert.equal(await confirm(again, switch_id, 'DISCONNECT_OUTCOME_ENDED'), { known: true });
  await assertSilent(stream);
  stream.cancel();
  assert.is(await settled('ended'), 2);
  assert.is(await settled('gone'), 1);
  assert.is(await settled('unsupported'), 1);
  assert.is(await settled('failed'), 0);
});

test('knows no confirmation of a command that it never gave, or gave to another switch', async () => {
  const nothing = { disconnect_id: 'never', switch_id: 's', outcome: 'DISCONNECT_OUTCOME_ENDED' };
  assert.equal(await client.confirmDisconnect(nothing), { known: false });
  const burst = await fourCalls();
  const stream = await watch(burst.switch_id);
  await fifthCaller(burst);
  const [first] = await take<Command>(stream, 1);
  assert.equal(await confirm(first, 'another', 'DISCONNECT_OUTCOME_ENDED'), { known: false });
  assert.equal(await confirm(first, burst.switch_id, 'DISCONNECT_OUTCOME_ENDED'), { known: true });
  stream.cancel();
});

test('delivers what was not confirmed to a watcher who comes later', async () => {
  const burst = await fourCalls();
  await fifthCaller(burst);
  const first = await watch(burst.switch_id);
  const commands = await take<Command>(first, 4);
  await confirm(commands[0], burst.switch_id, 'DISCONNECT_OUTCOME_ENDED');
  first.cancel();
  const second = await watch(burst.switch_id);
  assert.equal(await take<Command>(second, 3), commands.slice(1));
  second.cancel();
});

test('delivers to the watchers of the switch that carries the call, and to no other', async () => {
  const burst = await fourCalls();
  const others = await watch(freshSwitch());
  const stream = await watch(burst.switch_id);
  await fifthCaller(burst);
  await take<Command>(stream, 4);
  await assertSilent(others);
  for (const each of [stream, others]) each.cancel();
});

test('leaves calls alone that are over', async () => {
  const burst = await fourCalls();
  const { call_id, from_tag, switch_id } = burst.calls[2];
  await client.reportCallState({ call_id, from_tag, switch_id, state: 'CALL_STATE_ENDED' });
  const stream = await watch(switch_id);
  await fifthCaller(burst);
  const commands = await take<Command>(stream, 3);
  assert.not.ok(commands.some((command) => command.call_id === call_id));
  await assertSilent(stream);
  stream.cancel();
});

test('says so when a call that is reported late belongs to an attack', async () => {
  const b_number = freshNumber();
  const switch_id = freshSwitch();
  const late = { call_id: freshCallId(), from_tag: 't', a_number: freshNumber(), b_number, switch_id };
  await client.checkCall(late);
  for (let i = 0; i < 4; i++)
    await client.checkCall({ call_id: freshCallId(), a_number: freshNumber(), b_number });
  const stream = await watch(switch_id);
  const report = { ...late, state: 'CALL_STATE_ANSWERED' };
  assert.equal(await client.reportCallState(report), { disconnect_requested: true });
  const [command] = await take<Command>(stream, 1);
  assert.is(command.call_id, late.call_id);
  stream.cancel();
});

test('never ends a call to an emergency number', async () => {
  const burst = await fourCalls('112');
  const stream = await watch(burst.switch_id);
  const { verdict, alert_id } = await fifthCaller(burst);
  assert.is(verdict, 'VERDICT_ALLOW');
  assert.is.not(alert_id, '');
  await assertSilent(stream);
  stream.cancel();
});

test('forgets watchers who have left', async () => {
  const watched = async (): Promise<number | undefined> =>
    (await readMetrics(sidecar.url)).get('acm_watched_switches');
  await eventually(async () => (await watched()) === 0);
  const stream = await watch(freshSwitch());
  assert.is(await watched(), 1);
  stream.cancel();
  await eventually(async () => (await watched()) === 0);
});

test.run();
