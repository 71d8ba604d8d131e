import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { StoreClock } from '../../src/reconcile/store-clock.js';

const clock = suite('reconcile/store-clock');

clock('knows nothing before the first answer', () => {
  const one = new StoreClock();
  assert.not(one.known);
  one.learn(10, 12, 5_000);
  assert.ok(one.known);
});

clock('takes the middle of what an answer allows', () => {
  const one = new StoreClock();
  one.learn(100, 120, 5_110);
  assert.is(one.offsetMs, 5_000);
  assert.is(one.toStore(200), 5_200);
  assert.is(one.toLocal(5_200), 200);
});

clock('grows more exact with answers whose delays differ', () => {
  const one = new StoreClock();
  one.learn(0, 200, 10_190);
  one.learn(1_000, 1_200, 11_010);
  assert.ok(Math.abs(one.offsetMs - 10_000) <= 1.5, `${one.offsetMs}`);
});

clock('begins anew when the clock has jumped, and says so', () => {
  const one = new StoreClock();
  for (let ms = 0; ms < 1_000; ms += 50) assert.not(one.learn(ms, ms + 4, ms + 7_002));
  assert.ok(one.learn(1_000, 1_004, 1_002 + 3_600_000));
  assert.is(one.offsetMs, 3_600_000);
  assert.not(one.learn(1_050, 1_054, 1_052 + 3_600_000));
});

clock('follows clocks that drift apart, without taking it for a jump', () => {
  const one = new StoreClock();
  let error = 0;
  for (let ms = 0; ms < 600_000; ms += 1_000) {
    const storeMs = 1e9 + ms * 1.0005;
    assert.not(one.learn(ms - 1, ms + 1, Math.floor(storeMs)), `at ${ms} ms`);
    error = Math.max(error, Math.abs(one.toStore(ms) - storeMs));
  }
  assert.ok(error < 4, `off by ${error} ms`);
});

/** Two sidecars with clocks of their own ask the store at random times with random delays; then one tells the other a time. */
clock('lets a time travel from one sidecar to another, off by half of both round trips at most', () => {
  const delay = fc.integer({ min: 0, max: 300 });
  const exchange = fc.tuple(delay, delay, fc.integer({ min: 1, max: 200 }));
  const sidecar = fc.record({
    originMs: fc.integer({ min: -10_000_000, max: 10_000_000 }),
    drift: fc.double({ min: -0.0002, max: 0.0002, noNaN: true }),
    exchanges: fc.array(exchange, { minLength: 1, maxLength: 100 }),
  });
  fc.assert(
    fc.property(
      sidecar,
      sidecar,
      fc.integer({ min: -5_000, max: 5_000 }),
      fc.option(fc.constantFrom(-3_600_000, 86_400_000), { nil: undefined }),
      (one, two, skewMs, jumpMs) => {
        const storeAt = (ms: number): number => 1_800_000_000_000 + skewMs + ms + (jumpMs ?? 0);
        const ends = [one, two].map((each) => measured(each, storeAt, jumpMs));
        const trueMs = Math.max(...ends.map(({ endMs }) => endMs));
        const [from, to] = ends;
        const heard = to.clock.toLocal(from.clock.toStore(from.localOf(trueMs)));
        const agedMs = ends.reduce((sum, { endMs, beganMs }) => sum + trueMs - Math.min(endMs, beganMs), 0);
        const bound = from.halfTripMs + to.halfTripMs + 2 + 0.0015 * agedMs;
        const error = Math.abs(heard - to.localOf(trueMs));
        assert.ok(error <= bound, `off by ${error} ms, more than ${bound} ms`);
      },
    ),
    { numRuns: 500 },
  );
});

interface Measured {
  readonly clock: StoreClock;
  readonly localOf: (ms: number) => number;
  readonly beganMs: number;
  readonly endMs: number;
  readonly halfTripMs: number;
}

function measured(
  sidecar: { originMs: number; drift: number; exchanges: readonly (readonly [number, number, number])[] },
  storeAt: (ms: number) => number,
  jumpMs: number | undefined,
): Measured {
  const clock = new StoreClock();
  const localOf = (ms: number): number => sidecar.originMs + ms * (1 + sidecar.drift);
  let ms = 0;
  let halfTripMs = Number.POSITIVE_INFINITY;
  // Before the jump there was another answer, which is of no use any more.
  if (jumpMs !== undefined)
    clock.learn(localOf(-10_000), localOf(-9_990), Math.floor(storeAt(-9_995) - jumpMs));
  for (const [thereMs, backMs, pauseMs] of sidecar.exchanges) {
    const storedMs = ms + thereMs;
    clock.learn(localOf(ms), localOf(storedMs + backMs), Math.floor(storeAt(storedMs)));
    halfTripMs = Math.min(halfTripMs, (thereMs + backMs) / 2);
    ms = storedMs + backMs + pauseMs;
  }
  return { clock, localOf, beganMs: 0, endMs: ms, halfTripMs };
}

clock.run();
