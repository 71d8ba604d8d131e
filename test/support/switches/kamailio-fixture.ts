/** A real Kamailio between two telephones, its dialogs ended and listed by one of the ways of its JSON-RPC. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { CallState } from '../../../src/admission/calls.js';
import type { Log } from '../../../src/admission/ports.js';
import { connectKamailio } from '../../../src/switches/kamailio/connector.js';
import { freeTcpPort, freeUdpPort } from '../free-port.js';
import { type KamailioServer, newKamailioDirectory, startKamailio } from '../kamailio/kamailio.js';
import type { PlacedCall, SwitchFixture } from './fixture.js';
import { Phone } from './phone.js';
import { untilConnected } from './until-connected.js';

const SILENCE: Log = { debug() {}, info() {}, warn() {}, error() {} };
const SWITCH_ID = 'edge-1';

export type KamailioWay = 'http' | 'udp' | 'fifo';

/** A Kamailio with test/support/kamailio/dialogs.cfg, and the address of its JSON-RPC. */
export interface DialogKamailio {
  readonly server: KamailioServer;
  readonly sipPort: number;
  readonly address: string;
}

export async function startDialogKamailio(way: KamailioWay): Promise<DialogKamailio> {
  const directory = newKamailioDirectory();
  const [sipPort, rpcPort, httpPort] = [await freeUdpPort(), await freeUdpPort(), await freeTcpPort()];
  const server = await startKamailio({
    configFile: fileURLToPath(new URL('../kamailio/dialogs.cfg', import.meta.url)),
    sipPort,
    directory,
    defines: [
      `SIP_PORT=${sipPort}`,
      `HTTP_PORT=${httpPort}`,
      `RPC_SOCKET="udp:127.0.0.1:${rpcPort}"`,
      `RPC_FIFO="${directory}/rpc"`,
      `RPC_REPLY_DIR="${directory}/"`,
    ],
  });
  const addresses = {
    http: `http://127.0.0.1:${httpPort}/rpc`,
    udp: `udp:127.0.0.1:${rpcPort}`,
    fifo: `fifo:${directory}/rpc?reply_dir=${directory}`,
  };
  return { server, sipPort, address: addresses[way] };
}

export async function startKamailioFixture(way: KamailioWay): Promise<SwitchFixture> {
  const { server, sipPort, address } = await startDialogKamailio(way);
  const caller = await Phone.open();
  const callees = { ringing: await Phone.open('ring'), answered: await Phone.open('answer') };
  const connector = connectKamailio({ address, switchId: SWITCH_ID, log: SILENCE });
  await untilConnected(connector);
  return {
    switchId: SWITCH_ID,
    control: connector.control!,
    lister: connector.lister!,
    async placeCall(state: CallState): Promise<PlacedCall> {
      const call = { callId: randomUUID(), fromTag: randomUUID(), ...freshNumbers() };
      const domain = `127.0.0.1:${callees[state].port}`;
      const headers = [{ name: 'X-A', value: call.aNumber }];
      caller.call({ ...call, viaPort: sipPort, domain, headers });
      await caller.hear(state === 'ringing' ? '180' : '200', call.callId);
      if (state === 'answered') await callees.answered.hear('ACK', call.callId);
      return call;
    },
    async isOver({ callId }) {
      const callee = callees.answered.hasHeard('INVITE', callId) ? callees.answered : callees.ringing;
      const ends = callee === callees.answered ? ['BYE', 'BYE'] : ['608', 'CANCEL'];
      const heard = [caller.hear(ends[0]!, callId), callee.hear(ends[1]!, callId)];
      return (await Promise.allSettled(heard)).every(({ status }) => status === 'fulfilled');
    },
    freeze: async () => server.freeze(),
    thaw: async () => server.thaw(),
    kill: () => server.kill(),
    revive: () => server.start(),
    async stop() {
      await connector.stop();
      for (const phone of [caller, ...Object.values(callees)]) phone.close();
      await server.stop();
    },
  };
}

let numbers = 0;
function freshNumbers(): { readonly aNumber: string; readonly bNumber: string } {
  numbers++;
  return { aNumber: `+49301${String(numbers).padStart(6, '0')}`, bNumber: `+49302${numbers}` };
}
