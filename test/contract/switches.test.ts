/** One contract for every way of ending calls: each case runs against each switch. */
import { readdirSync } from 'node:fs';
import { suite, type Test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DisconnectOutcome } from '../../src/admission/disconnect.js';
import type { CallLister, ListedCall } from '../../src/admission/switch-ports.js';
import { orderToEnd, type PlacedCall, type SwitchFixture } from '../support/switches/fixture.js';
import { startFreeswitchFixture } from '../support/switches/freeswitch-fixture.js';
import { startGrpcFixture } from '../support/switches/grpc-fixture.js';
import { startKamailioFixture } from '../support/switches/kamailio-fixture.js';
import { startOpensipsFixture } from '../support/switches/opensips-fixture.js';

/** An order takes at most 3 s; what is more is for a machine that is busy. */
const ORDER_MS_MAX = 4_000;

const SWITCHES: ReadonlyArray<readonly [name: string, start: () => Promise<SwitchFixture>]> = [
  ['Kamailio over HTTP', () => startKamailioFixture('http')],
  ['Kamailio over datagrams', () => startKamailioFixture('udp')],
  ['Kamailio through its FIFO', () => startKamailioFixture('fifo')],
  ['OpenSIPS', () => startOpensipsFixture('old')],
  ['OpenSIPS with prefixed commands', () => startOpensipsFixture('new')],
  ['FreeSWITCH', startFreeswitchFixture],
  ['an agent over gRPC', startGrpcFixture],
];

interface Setting {
  fixture: SwitchFixture;
}

/** Names of the controls that were under the contract. */
const controls = new Set<string>();

for (const [name, start] of SWITCHES) {
  const test = suite<Setting>(`contract/switches: ${name}`);
  test.before(async (setting) => {
    setting.fixture = await start();
    controls.add(setting.fixture.control.name);
  });
  test.after(({ fixture }) => fixture.stop());
  addEndings(test);
  addFailures(test);
  addHostileCallIds(test);
  addListings(test);
  test.run();
}

function end({ control, switchId }: SwitchFixture, call: Pick<PlacedCall, 'callId' | 'fromTag'>) {
  return control.disconnect(orderToEnd(call, switchId));
}

/** The outcome, and that it came in time. */
async function endInTime(fixture: SwitchFixture, call: PlacedCall): Promise<DisconnectOutcome> {
  const startedMs = performance.now();
  const outcome = await end(fixture, call);
  assert.ok(performance.now() - startedMs < ORDER_MS_MAX, 'the order has a deadline');
  return outcome;
}

function addEndings(test: Test<Setting>): void {
  test('carries the calls of its switch, and no others', ({ fixture }) => {
    assert.ok(fixture.control.carries(fixture.switchId));
    assert.not(fixture.control.carries('another'));
  });

  test('ends an answered call, and both sides hear of it', async ({ fixture }) => {
    const call = await fixture.placeCall('answered');
    assert.is(await end(fixture, call), 'ended');
    assert.ok(await fixture.isOver(call));
  });

  test('ends a call that rings, and both sides hear of it', async ({ fixture }) => {
    const call = await fixture.placeCall('ringing');
    assert.is(await end(fixture, call), 'ended');
    assert.ok(await fixture.isOver(call));
  });

  test('says of a call that has ended that it is gone', async ({ fixture }) => {
    const call = await fixture.placeCall('answered');
    await end(fixture, call);
    assert.is(await end(fixture, call), 'gone');
  });

  test('says of a call that never was that it is gone', async ({ fixture }) => {
    assert.is(await end(fixture, { callId: 'no-such-call', fromTag: 'no-such-tag' }), 'gone');
  });

  test('ends one call and leaves the others', async ({ fixture }) => {
    const [one, other] = [await fixture.placeCall('answered'), await fixture.placeCall('answered')];
    assert.is(await end(fixture, one), 'ended');
    assert.is(await end(fixture, other), 'ended', 'it was still there');
  });

  test('ends many calls at once', async ({ fixture }) => {
    const calls: PlacedCall[] = [];
    for (let count = 0; count < 20; count++)
      calls.push(await fixture.placeCall(count % 2 === 0 ? 'answered' : 'ringing'));
    const outcomes = await Promise.all(calls.map((call) => end(fixture, call)));
    assert.equal(new Set(outcomes), new Set(['ended']));
  });
}

function addFailures(test: Test<Setting>): void {
  test('fails within its deadline while the switch is mute, and ends the call when it is back', async ({
    fixture,
  }) => {
    const call = await fixture.placeCall('answered');
    await fixture.freeze();
    assert.is(await endInTime(fixture, call), 'failed');
    await fixture.thaw();
    const outcome = await end(fixture, call);
    // What the switch has kept of the first order may have done the work meanwhile.
    assert.ok(outcome === 'ended' || outcome === 'gone', outcome);
    assert.ok(await fixture.isOver(call));
  });

  test('fails within its deadline while the switch is away, and works again when it is back', async ({
    fixture,
  }) => {
    const lost = await fixture.placeCall('answered');
    await fixture.kill();
    assert.is(await endInTime(fixture, lost), 'failed');
    await fixture.revive();
    const call = await fixture.placeCall('answered');
    assert.is(await end(fixture, call), 'ended');
  });
}

const HOSTILE_CALL_IDS: readonly string[] = [
  '"},"method":"core.kill","x":{"',
  "' OR 1=1 --",
  'ends in a backslash\\',
  'a\\"b\\\\',
  'line\r\nBYE sip:x SIP/2.0\r\n',
  '{{{{[[[[',
  '\u0000nul\u0007bell',
  'x'.repeat(512),
  '\\'.repeat(512),
  'ü€😀'.repeat(100),
  '\ud800',
  '',
];

function addHostileCallIds(test: Test<Setting>): void {
  test('survives hostile Call-IDs, and so does the switch', async ({ fixture }) => {
    const call = await fixture.placeCall('answered');
    for (const hostile of HOSTILE_CALL_IDS) {
      for (const order of [
        { callId: hostile, fromTag: hostile },
        { callId: hostile, fromTag: '' },
        { callId: call.callId, fromTag: `${hostile}x` },
      ]) {
        const outcome = await end(fixture, order);
        assert.ok(outcome === 'gone' || outcome === 'failed', `${outcome} for ${JSON.stringify(hostile)}`);
      }
    }
    assert.is(
      await end(fixture, call),
      'ended',
      'the call of that time was spared, and the switch still obeys',
    );
  });
}

function addListings(test: Test<Setting>): void {
  test('lists its calls with numbers, state and age, and no call that has ended', async ({ fixture }) => {
    const { lister } = fixture;
    if (lister === undefined) return assert.is(fixture.control.name, 'grpc', 'every other way can list');
    assert.is(lister.switchId, fixture.switchId);
    const ringing = await fixture.placeCall('ringing');
    const answered = await fixture.placeCall('answered');
    const over = await fixture.placeCall('answered');
    await end(fixture, over);
    const { calls, complete } = await lister.listCalls();
    assert.ok(complete);
    assertListed(calls, ringing, 'ringing');
    assertListed(calls, answered, 'answered');
    assert.not(findCall(calls, over));
    for (const call of [ringing, answered]) await end(fixture, call);
    const left = await lister.listCalls();
    assert.not(findCall(left.calls, ringing));
    assert.not(findCall(left.calls, answered));
  });

  test('complains within its deadline while the switch is mute', async ({ fixture }) => {
    if (fixture.lister === undefined)
      return assert.is(fixture.control.name, 'grpc', 'every other way can list');
    await fixture.freeze();
    const complaint = await complaintOf(fixture.lister);
    await fixture.thaw();
    assert.is(complaint, 'ACM_UNAVAILABLE');
    assert.ok((await fixture.lister.listCalls()).complete);
  });
}

function findCall(calls: readonly ListedCall[], { callId, fromTag }: PlacedCall): ListedCall | undefined {
  return calls.find((each) => each.callId === callId && each.fromTag === fromTag);
}

function assertListed(calls: readonly ListedCall[], call: PlacedCall, state: ListedCall['state']): void {
  const listed = findCall(calls, call);
  assert.ok(listed, 'the call is listed');
  const { aNumber, bNumber, ageMs } = listed!;
  assert.equal(
    { aNumber, bNumber, state: listed!.state },
    { aNumber: call.aNumber, bNumber: call.bNumber, state },
  );
  assert.ok(ageMs >= 0 && ageMs < 20_000, `aged ${ageMs} ms`);
}

function complaintOf(lister: CallLister): Promise<string> {
  return lister.listCalls().then(
    () => 'none',
    (error: { readonly code?: string }) => String(error.code),
  );
}

/** Folders of src/switches that are no kind of switch. */
const SHARED: readonly string[] = ['json-rpc'];

const test = suite('contract/switches');

test('is held by every kind of switch, and by agents over gRPC', () => {
  const folders = readdirSync('src/switches', { withFileTypes: true }).filter((each) => each.isDirectory());
  const kinds = folders.map(({ name }) => name).filter((name) => !SHARED.includes(name));
  assert.equal([...controls].sort(), [...kinds, 'grpc'].sort());
});

test.run();
