/** What parties of calls on OpenSIPS are told, as the peer of its mi_http has it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SwitchConnector } from '../../../src/admission/switch-ports.js';
import { connectOpensips } from '../../../src/switches/opensips/connector.js';
import { OpensipsPeer } from '../../support/opensips/opensips-peer.js';
import { orderToEnd } from '../../support/switches/fixture.js';
import { untilConnected } from '../../support/switches/until-connected.js';

const SILENCE = { debug() {}, info() {}, warn() {}, error() {} };
const CALL = { fromTag: 'tag-1', aNumber: '+49301', bNumber: '+49302' };

interface Setting {
  peer: OpensipsPeer;
  connector: SwitchConnector;
}

const test = suite<Setting>('switches/opensips/dialogs');

test.before.each(async (setting) => {
  setting.peer = new OpensipsPeer();
  await setting.peer.start();
  setting.peer.unscreened = 7;
  setting.connector = connectOpensips({ url: setting.peer.url, switchId: 'edge', log: SILENCE });
  await untilConnected(setting.connector);
});

test.after.each(async ({ peer, connector }) => {
  await connector.stop();
  await peer.kill();
});

function end({ connector }: Setting, callId: string, fromTag = CALL.fromTag): Promise<string> {
  return connector.control!.disconnect(orderToEnd({ callId, fromTag }, 'edge'));
}

test('has both sides of an answered call told BYE with the Reason', async (setting) => {
  const { told } = setting.peer.addCall('call-1', 4, CALL);
  assert.is(await end(setting, 'call-1'), 'ended');
  const bye = 'BYE Reason: SIP;cause=608;text="Rejected"\r\n';
  assert.equal(told, { caller: bye, callee: bye });
});

test('has the callee of a call that rings cancelled, and the caller hears 487', async (setting) => {
  const { told } = setting.peer.addCall('call-1', 2, CALL);
  assert.is(await end(setting, 'call-1'), 'ended');
  assert.equal(told, { caller: '487', callee: 'CANCEL' });
});

test('ends each of several calls with one Call-ID where no tag is known', async (setting) => {
  const [one, two] = ['one', 'two'].map((fromTag) => setting.peer.addCall('call-1', 4, { ...CALL, fromTag }));
  assert.is(await end(setting, 'call-1', ''), 'ended');
  assert.ok(one!.told.caller !== '' && two!.told.caller !== '');
});

test('counts no call that went on without a verdict before it was connected', ({ connector }) => {
  assert.is(connector.figures.unscreened, 0);
  assert.is(connector.figures.up, true);
});

test.run();
