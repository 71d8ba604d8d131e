/** The sidecar with a real Kamailio by its JSON-RPC, and with the peer of OpenSIPS: what it ends, reads back and says of them. */
import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DetectionClient } from '../support/grpc-detection.js';
import {
  eventually,
  freshCallId,
  freshNumber,
  readMetrics,
  startTestSidecar,
  type TestSidecar,
} from '../support/grpc-sidecar.js';
import { OpensipsPeer } from '../support/opensips/opensips-peer.js';
import { type DialogKamailio, startDialogKamailio } from '../support/switches/kamailio-fixture.js';
import { Phone } from '../support/switches/phone.js';

interface Setting {
  kamailio: DialogKamailio;
  opensips: OpensipsPeer;
  sidecar: TestSidecar;
  client: DetectionClient;
  caller: Phone;
  callees: readonly Phone[];
}

const test = suite<Setting>('contract/switch-rpc');

test.before.each(async (setting) => {
  setting.kamailio = await startDialogKamailio('http');
  setting.opensips = new OpensipsPeer();
  await setting.opensips.start();
  setting.caller = await Phone.open();
  setting.callees = [await Phone.open('answer'), await Phone.open('ring')];
});

test.after.each(async ({ kamailio, opensips, sidecar, client, caller, callees }) => {
  client.close();
  await sidecar.stop();
  await opensips.kill();
  for (const phone of [caller, ...callees]) phone.close();
  await kamailio.server.stop();
});

async function startSidecar(setting: Setting): Promise<void> {
  setting.sidecar = await startTestSidecar({
    KAMAILIO_MI_URL: setting.kamailio.address,
    ACM_KAMAILIO_SWITCH_ID: 'edge',
    ACM_OPENSIPS_MI_URL: setting.opensips.url,
    ACM_AUTO_DISCONNECT: 'true',
    ACM_WINDOW_SECONDS: '60',
  });
  setting.client = new DetectionClient(setting.sidecar.address);
}

interface Call {
  readonly call_id: string;
  readonly from_tag: string;
  readonly a_number: string;
  readonly b_number: string;
}

const freshCall = (b_number: string): Call => ({
  call_id: freshCallId(),
  from_tag: randomUUID(),
  a_number: freshNumber(),
  b_number,
});

/** Every second one rings, the others are answered. */
async function place({ caller, callees, kamailio }: Setting, call: Call, number: number): Promise<void> {
  const callee = callees[number % 2]!;
  caller.call({
    callId: call.call_id,
    fromTag: call.from_tag,
    aNumber: call.a_number,
    bNumber: call.b_number,
    viaPort: kamailio.sipPort,
    domain: `127.0.0.1:${callee.port}`,
    headers: [{ name: 'X-A', value: call.a_number }],
  });
  await (number % 2 === 0 ? callee.hear('ACK', call.call_id) : caller.hear('180', call.call_id));
}

async function isOver({ caller, callees }: Setting, { call_id }: Call, number: number): Promise<void> {
  await caller.hear(number % 2 === 0 ? 'BYE' : '608', call_id);
  await callees[number % 2]!.hear(number % 2 === 0 ? 'BYE' : 'CANCEL', call_id);
}

function metric({ sidecar }: Setting, name: string): Promise<number | undefined> {
  return readMetrics(sidecar.url).then((samples) => samples.get(name));
}

const ENDED_ON = (control: string): string => `acm_disconnects_total{switch="${control}",outcome="ended"}`;

test('ends the four calls before the fifth, each by its state', async (setting) => {
  await startSidecar(setting);
  const b_number = freshNumber();
  const calls = Array.from({ length: 4 }, () => freshCall(b_number));
  for (const [number, call] of calls.entries()) {
    await place(setting, call, number);
    await setting.client.checkCall({ ...call, switch_id: 'edge' });
    await setting.client.reportCallState({ ...call, switch_id: 'edge', state: 'CALL_STATE_RINGING' });
  }
  const fifth = await setting.client.checkCall({ ...freshCall(b_number), switch_id: 'edge' });
  assert.is(fifth.verdict, 'VERDICT_REJECT');
  for (const [number, call] of calls.entries()) await isOver(setting, call, number);
  await eventually(async () => (await metric(setting, ENDED_ON('kamailio'))) === 4);
});

test('ends calls on the switch that carries them', async (setting) => {
  await startSidecar(setting);
  const b_number = freshNumber();
  const calls = Array.from({ length: 4 }, () => freshCall(b_number));
  for (const call of calls) {
    const [aNumber, bNumber] = [call.a_number, call.b_number];
    setting.opensips.addCall(call.call_id, 4, { fromTag: call.from_tag, aNumber, bNumber });
    await setting.client.checkCall({ ...call, switch_id: 'opensips' });
    await setting.client.reportCallState({ ...call, switch_id: 'opensips', state: 'CALL_STATE_ANSWERED' });
  }
  await setting.client.checkCall({ ...freshCall(b_number), switch_id: 'opensips' });
  await eventually(async () => (await metric(setting, ENDED_ON('opensips'))) === 4);
  assert.is(await metric(setting, ENDED_ON('kamailio')), 0);
});

test('reads back the calls that were there before it, and says that both switches are up', async (setting) => {
  const call = freshCall(freshNumber());
  await place(setting, call, 0);
  const [aNumber, bNumber] = [freshNumber(), freshNumber()];
  setting.opensips.addCall(freshCallId(), 4, { fromTag: 'tag', aNumber, bNumber });
  await startSidecar(setting);
  await eventually(async () => (await metric(setting, 'acm_calls_in_progress')) === 2);
  const health = (await (await fetch(`${setting.sidecar.url}/health`)).json()) as { switches: unknown };
  assert.equal(health.switches, [
    { name: 'kamailio', state: 'up', detail: '' },
    { name: 'opensips', state: 'up', detail: '' },
  ]);
});

test('starts although neither switch is there, and finds them when they come', async (setting) => {
  await setting.kamailio.server.kill();
  await setting.opensips.kill();
  await startSidecar(setting);
  await eventually(async () => (await metric(setting, 'acm_switch_up{switch="kamailio"}')) === 0);
  await setting.kamailio.server.start();
  await setting.opensips.start();
  for (const name of ['kamailio', 'opensips'])
    await eventually(async () => (await metric(setting, `acm_switch_up{switch="${name}"}`)) === 1);
});

test.run();
