import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CallReadback } from '../../../src/admission/call-readback.js';
import { Trunks } from '../../../src/admission/trunks.js';
import { SimulatedFreeswitch } from '../../../src/simulator/freeswitch.js';
import { FreeswitchEventConnector } from '../../../src/switches/freeswitch/event-connector.js';
import { AdmissionFixture, recordingLog } from '../../admission/admission-fixture.js';
import { until } from '../../support/until.js';

const test = suite('switches/freeswitch/event-connector');

const SILENCE = recordingLog([]);

/** A sidecar's admission beside a simulated FreeSWITCH that has carried calls for a while. */
async function startBeside(freeswitch: SimulatedFreeswitch) {
  const connector = new FreeswitchEventConnector({
    address: { host: '127.0.0.1', port: freeswitch.port, password: 'ClueCon' },
    switchId: 'fs-1',
    trunks: new Trunks([], '608', ''),
    log: SILENCE,
  });
  const admission = new AdmissionFixture({
    policy: { autoDisconnect: true },
    disconnect: (order) => connector.control.disconnect(order),
  });
  const { calls, reports: callReports } = admission;
  const readback = new CallReadback({ callReports, calls, now: () => admission.now, log: SILENCE });
  await connector.start(admission.intake, () => void readback.read(connector.lister));
  return { connector, admission };
}

test('ends all five calls of an attack, each by the hangup of the switch', async () => {
  const freeswitch = await SimulatedFreeswitch.start({ port: 0 });
  const { connector, admission } = await startBeside(freeswitch);
  await until(() => connector.figures.up === true, 'it is connected');
  for (let caller = 1; caller <= 5; caller++) {
    const call = freeswitch.board.place({ aNumber: `+23480300000${caller}`, bNumber: '+2348099999999' });
    if (caller % 2 === 0) freeswitch.board.answer(call);
  }
  await until(() => {
    admission.settle();
    return freeswitch.board.size === 0;
  }, 'all calls have ended');
  await until(() => admission.calls.size === 0, 'their ends are known');
  // The fixture repeats a failed order without a pause, and orders fail once the connector has stopped.
  await until(() => admission.teardown.underWay === 0, 'the orders are settled');
  assert.is(admission.state.counters.totals().checks, 5);
  assert.equal(
    admission.records.disconnects.map(({ outcome }) => outcome),
    ['ended', 'ended', 'ended', 'ended', 'ended'],
  );
  await connector.stop();
  await freeswitch.stop();
});

test('reads back the calls that began before it came, and counts none of them', async () => {
  const freeswitch = await SimulatedFreeswitch.start({ port: 0 });
  const placed = ['1', '2', '3', '4', '5', '6'].map((caller) =>
    freeswitch.board.place({ aNumber: `+4930${caller}`, bNumber: '+49302' }),
  );
  freeswitch.board.answer(placed[0]!);
  const { connector, admission } = await startBeside(freeswitch);
  await until(() => admission.calls.size === 6, 'all calls are known');
  assert.is(admission.state.counters.totals().checks, 0);
  assert.is(admission.calls.find(placed[0]!.callId, '')?.state, 'answered');
  assert.is(admission.calls.find(placed[1]!.callId, '')?.state, 'ringing');
  freeswitch.board.hangUp(placed[1]!);
  await until(() => admission.calls.size === 5, 'the hangup is known');
  await connector.stop();
  await freeswitch.stop();
});

test.run();
