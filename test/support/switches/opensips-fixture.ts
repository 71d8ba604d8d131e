/** The peer of OpenSIPS's mi_http as a switch under the contract. */
import { randomUUID } from 'node:crypto';
import type { Log } from '../../../src/admission/ports.js';
import { connectOpensips } from '../../../src/switches/opensips/connector.js';
import type { MiDialog } from '../opensips/mi-dialog.js';
import { type Names, OpensipsPeer } from '../opensips/opensips-peer.js';
import type { SwitchFixture } from './fixture.js';
import { untilConnected } from './until-connected.js';

const SILENCE: Log = { debug() {}, info() {}, warn() {}, error() {} };
const SWITCH_ID = 'edge-2';

export async function startOpensipsFixture(names: Names): Promise<SwitchFixture> {
  const peer = new OpensipsPeer(names);
  await peer.start();
  const connector = connectOpensips({ url: peer.url, switchId: SWITCH_ID, log: SILENCE });
  await untilConnected(connector);
  const dialogs = new Map<string, MiDialog>();
  return {
    switchId: SWITCH_ID,
    control: connector.control!,
    lister: connector.lister!,
    async placeCall(state) {
      const call = { callId: randomUUID(), fromTag: randomUUID(), aNumber: '+49301', bNumber: '+49302' };
      dialogs.set(call.callId, peer.addCall(call.callId, state === 'answered' ? 4 : 2, call));
      return call;
    },
    async isOver({ callId }) {
      const { told } = dialogs.get(callId)!;
      return told.caller !== '' && told.callee !== '';
    },
    freeze: async () => peer.freeze(),
    thaw: async () => peer.thaw(),
    kill: () => peer.kill(),
    revive: () => peer.start(),
    async stop() {
      await connector.stop();
      await peer.kill();
    },
  };
}
