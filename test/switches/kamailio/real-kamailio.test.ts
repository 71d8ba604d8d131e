/** A real Kamailio: what the parties of a call are told, and what the connector makes of a restart. */
import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Log } from '../../../src/admission/ports.js';
import type { SwitchConnector } from '../../../src/admission/switch-ports.js';
import { connectKamailio } from '../../../src/switches/kamailio/connector.js';
import { header, type SipMessage } from '../../support/drachtio/sip-message.js';
import { eventually } from '../../support/grpc-sidecar.js';
import { orderToEnd } from '../../support/switches/fixture.js';
import { type DialogKamailio, startDialogKamailio } from '../../support/switches/kamailio-fixture.js';
import { Phone } from '../../support/switches/phone.js';
import { untilConnected } from '../../support/switches/until-connected.js';

const SILENCE: Log = { debug() {}, info() {}, warn() {}, error() {} };
const REASON = 'SIP;cause=608;text="Rejected"';

interface Setting {
  kamailio: DialogKamailio;
  connector: SwitchConnector;
  caller: Phone;
  callee: Phone;
  ringing: Phone;
}

const test = suite<Setting>('switches/kamailio, a real one');

test.before.each(async (setting) => {
  setting.kamailio = await startDialogKamailio('http');
  const { address } = setting.kamailio;
  setting.connector = connectKamailio({ address, switchId: 'edge', log: SILENCE });
  await untilConnected(setting.connector);
  setting.caller = await Phone.open();
  setting.callee = await Phone.open('answer');
  setting.ringing = await Phone.open('ring');
});

test.after.each(async ({ kamailio, connector, caller, callee, ringing }) => {
  await connector.stop();
  for (const phone of [caller, callee, ringing]) phone.close();
  await kamailio.server.stop();
});

interface Call {
  readonly callId: string;
  readonly fromTag: string;
}

/** Calls one of the phones, without the headers by which the script notes the numbers unless some are given. */
function call(
  { caller, kamailio }: Setting,
  to: Phone,
  headers: Record<string, string> = {},
  ids?: Call,
): Call {
  const { callId, fromTag } = ids ?? { callId: randomUUID(), fromTag: randomUUID() };
  caller.call({
    ...{ callId, fromTag },
    aNumber: '+4930100',
    bNumber: '+4930200',
    viaPort: kamailio.sipPort,
    domain: `127.0.0.1:${to.port}`,
    headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
  });
  return { callId, fromTag };
}

function end({ connector }: Setting, ended: Call): Promise<string> {
  return connector.control!.disconnect(orderToEnd(ended, 'edge'));
}

function reasonsIn(message: SipMessage): string[] {
  return message.headers.filter(({ name }) => name === 'Reason').map(({ value }) => value);
}

test('tells both sides of an answered call BYE, with one Reason', async (setting) => {
  const { caller, callee } = setting;
  const answered = call(setting, callee);
  await callee.hear('ACK', answered.callId);
  assert.is(await end(setting, answered), 'ended');
  for (const phone of [caller, callee])
    assert.equal(reasonsIn(await phone.hear('BYE', answered.callId)), [REASON]);
});

test('sends the callee a BYE past the one that this version may leave out', async (setting) => {
  const { callee } = setting;
  const answered = call(setting, callee);
  await callee.hear('ACK', answered.callId);
  await end(setting, answered);
  const byes = (): SipMessage[] => callee.all('BYE', answered.callId);
  await eventually(() => byes().some((bye) => header(bye, 'CSeq') === '3 BYE'));
  assert.ok(byes().every((bye) => header(bye, 'From')?.includes(answered.fromTag)));
});

test('tells the caller of a call that rings 608, and the callee CANCEL, with one Reason each', async (setting) => {
  const { caller, ringing } = setting;
  const early = call(setting, ringing);
  await caller.hear('180', early.callId);
  assert.is(await end(setting, early), 'ended');
  const rejection = await caller.hear('608', early.callId);
  assert.is(rejection.kind === 'response' && rejection.reason, 'Rejected');
  assert.equal(reasonsIn(rejection), [REASON]);
  // Kamailio writes this one by itself.
  assert.equal(reasonsIn(await ringing.hear('CANCEL', early.callId)), ['SIP;cause=608']);
});

test('ends calls with one Call-ID by their tags, or all of them', async (setting) => {
  const { callee } = setting;
  const callId = randomUUID();
  for (const fromTag of ['one', 'two', 'three']) call(setting, callee, {}, { callId, fromTag });
  await eventually(() => callee.all('ACK', callId).length === 3);
  const tagsLeft = async (): Promise<string[]> => {
    const { calls } = await setting.connector.lister!.listCalls();
    return calls.map(({ fromTag }) => fromTag).sort();
  };
  assert.is(await end(setting, { callId, fromTag: 'two' }), 'ended');
  assert.equal(await tagsLeft(), ['one', 'three']);
  assert.is(await end(setting, { callId, fromTag: '' }), 'ended');
  assert.equal(await tagsLeft(), []);
});

test('lists a call by From and To where the script has noted nothing', async (setting) => {
  const { callee } = setting;
  const plain = call(setting, callee);
  await callee.hear('ACK', plain.callId);
  const noted = call(setting, callee, { 'X-A': '+4930199' });
  await callee.hear('ACK', noted.callId);
  const { calls } = await setting.connector.lister!.listCalls();
  const found = [plain, noted].map(({ callId }) => calls.find((each) => each.callId === callId)!);
  assert.equal(
    found.map(({ aNumber, bNumber, sourceIp }) => [aNumber, bNumber, sourceIp]),
    [
      ['+4930100', '+4930200', ''],
      ['+4930199', '+4930200', '127.0.0.1'],
    ],
  );
});

test('counts the calls that went on without a verdict', async (setting) => {
  const { callee, connector, kamailio } = setting;
  for (let count = 0; count < 3; count++)
    await callee.hear('INVITE', call(setting, callee, { 'X-Unscreened': '1' }).callId);
  // Kamailio tells lives apart by the second in which they began.
  const second = Math.floor(Date.now() / 1_000);
  await eventually(() => Date.now() / 1_000 > second + 1);
  await kamailio.server.restart();
  for (let count = 0; count < 2; count++)
    await callee.hear('INVITE', call(setting, callee, { 'X-Unscreened': '1' }).callId);
  await eventually(() => connector.figures.unscreened === 2);
  assert.is(connector.figures.connections, 2);
});

test.run();
