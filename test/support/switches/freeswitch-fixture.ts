/** The simulated FreeSWITCH, behind a relay that can freeze it, as a switch under the contract. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallIntake } from '../../../src/admission/call-intake.js';
import type { Log } from '../../../src/admission/ports.js';
import { Trunks } from '../../../src/admission/trunks.js';
import { SimulatedFreeswitch } from '../../../src/simulator/freeswitch.js';
import type { SimulatedCall } from '../../../src/simulator/simulated-call.js';
import { FreeswitchEventConnector } from '../../../src/switches/freeswitch/event-connector.js';
import { startRelay } from '../freeswitch/relay.js';
import type { SwitchFixture } from './fixture.js';

const SILENCE: Log = { debug() {}, info() {}, warn() {}, error() {} };
const SWITCH_ID = 'edge-4';
const NOBODY = { observe: () => undefined, report: () => false } as unknown as CallIntake;

export async function startFreeswitchFixture(): Promise<SwitchFixture> {
  let freeswitch = await SimulatedFreeswitch.start({ port: 0 });
  const { port } = freeswitch;
  const relay = await startRelay(() => port);
  const connector = new FreeswitchEventConnector({
    address: { host: '127.0.0.1', port: relay.port, password: 'ClueCon' },
    switchId: SWITCH_ID,
    trunks: new Trunks([], '608', ''),
    log: SILENCE,
  });
  await connector.start(NOBODY, () => void connector.lister.listCalls().catch(() => undefined));
  const placed = new Map<string, SimulatedCall>();
  await untilItAnswers(connector);
  let numbers = 0;
  return {
    switchId: SWITCH_ID,
    control: connector.control,
    lister: connector.lister,
    async placeCall(state) {
      numbers++;
      const parties = { aNumber: `+49301${numbers}`, bNumber: `+49302${numbers}` };
      const call = freeswitch.board.place(parties);
      if (state === 'answered') freeswitch.board.answer(call);
      placed.set(call.callId, call);
      return { callId: call.callId, fromTag: '', ...parties };
    },
    async isOver({ callId }) {
      const { a, b } = placed.get(callId)!;
      return a.hangup !== undefined && b.hangup !== undefined;
    },
    freeze: async () => relay.freeze(),
    async thaw() {
      relay.thaw();
      await untilItAnswers(connector);
    },
    async kill() {
      await freeswitch.stop();
    },
    async revive() {
      freeswitch = await SimulatedFreeswitch.start({ port, seed: 2 });
      await untilItAnswers(connector);
    },
    async stop() {
      await connector.stop();
      await relay.close();
      await freeswitch.stop();
    },
  };
}

async function untilItAnswers({ lister }: FreeswitchEventConnector): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    try {
      await lister.listCalls();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(20);
    }
  }
}
