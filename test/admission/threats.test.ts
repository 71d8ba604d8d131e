import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { currentThreats } from '../../src/admission/threats.js';
import { AdmissionFixture } from './admission-fixture.js';

const test = suite('admission/threats');

function setUp() {
  const fixture = new AdmissionFixture();
  const { state, wallClock } = fixture;
  const parts = { state, wallClock, nowMs: () => fixture.now };
  const attack = (last: number, callers: number) =>
    fixture.attack(callers, { bNumber: `+2348091${String(last).padStart(6, '0')}` })[callers - 1].alertId;
  return { fixture, parts, attack };
}

test('has the gravest first, and no more than were asked for', async () => {
  const { parts, attack } = setUp();
  for (const [last, callers] of [5, 8, 6, 9, 7, 5].entries()) attack(last, callers);
  const threats = await currentThreats(parts, 2);
  assert.equal(
    threats.map(({ distinctACount }) => distinctACount),
    [9, 8],
  );
});

test('lets calls be answered meanwhile, and leaves out what closes meanwhile', async () => {
  const { fixture, parts, attack } = setUp();
  const ids = Array.from({ length: 450 }, (_, i) => attack(i, 5));
  const looking = currentThreats(parts, 1_000);
  await new Promise((resolve) => setImmediate(resolve));
  for (const id of [ids[0], ids[300], ids[449]]) fixture.state.incidents.settle(id);
  const numbers = (await looking).map(({ bNumber }) => Number(bNumber.slice(-6)));
  assert.is(numbers.length, 447);
  for (const gone of [0, 300, 449]) assert.not(numbers.includes(gone));
});

test('describes a threat by what the window holds', async () => {
  const { fixture, parts, attack } = setUp();
  attack(1, 6);
  const [threat] = await currentThreats(parts, 10);
  assert.equal(threat, {
    bNumber: '2348091000001',
    level: 'critical',
    distinctACount: 6,
    distinctSources: 1,
    callCount: 6,
    lastSeen: fixture.wallClock.dateOf(fixture.now),
    lastSeenMs: fixture.now,
  });
});

test.run();
