import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CallerWindow } from '../../src/detection/caller-window.js';
import { NumberKeys } from '../../src/detection/number-keys.js';
import { WindowOracle } from './window-oracle.js';

const test = suite('detection/recent-calls');

const HORIZON_MS = 200;

function windowOf(capacity = 1_000): CallerWindow {
  return new CallerWindow({ capacity, windowsMs: [HORIZON_MS, 50], keys: new NumberKeys(), seed: 42 });
}

test('tells the calls to a number from the oldest on, each with its Call-ID', () => {
  const window = windowOf();
  window.observe(9, 1, 5, 100, 'one');
  window.observe(8, 1, 5, 110, 'elsewhere');
  window.observe(9, 2, 6, 120, '');
  window.observe(9, 1, 5, 105, 'late');
  assert.equal(window.callsBetween(9, 100, Number.POSITIVE_INFINITY), [
    { timeMs: 100, aKey: 1, sourceKey: 5, callId: 'one' },
    { timeMs: 105, aKey: 1, sourceKey: 5, callId: 'late' },
    { timeMs: 120, aKey: 2, sourceKey: 6, callId: '' },
  ]);
  assert.is(window.callsBetween(9, 106, Number.POSITIVE_INFINITY).length, 1);
  assert.equal(window.callsBetween(7, 0, Number.POSITIVE_INFINITY), []);
});

test('tells no Call-ID rather than a wrong one when it has room for few', () => {
  const window = windowOf(300); // 64 KiB hold 127 of these
  for (let i = 0; i < 300; i++) window.observe(9, i, 5, 100, `${i} `.padEnd(512, 'x'));
  const calls = window.callsBetween(9, 0, Number.POSITIVE_INFINITY);
  assert.is(calls.length, 300);
  assert.ok(calls.every(({ aKey, callId }) => callId === '' || callId.startsWith(`${aKey} `)));
  assert.is(calls.filter(({ callId }) => callId !== '').length, 127);
});

const step = fc.record({
  bKey: fc.integer({ min: 1, max: 3 }),
  aKey: fc.integer({ min: 1, max: 6 }),
  sourceKey: fc.integer({ min: 1, max: 3 }),
  advanceMs: fc.oneof(fc.constantFrom(0, 0, 1, 50, 200, 201), fc.integer({ min: 0, max: 300 })),
  lateMs: fc.oneof(fc.constant(0), fc.integer({ min: -20, max: 120 })),
  local: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Plays a history into a window and an oracle; `look` compares them after each step. */
function play(history: readonly Step[], window: CallerWindow, look: (oracle: WindowOracle) => void): void {
  const oracle = new WindowOracle();
  let now = 1_000;
  window.advance(now);
  history.forEach(({ bKey, aKey, sourceKey, advanceMs, lateMs, local }, i) => {
    now += advanceMs;
    const timeMs = local ? now - Math.max(lateMs, 0) : now - lateMs;
    window.advance(now);
    if (local) window.observe(bKey, aKey, sourceKey, timeMs, `call-${i}`);
    else window.merge(bKey, aKey, timeMs);
    oracle.record(bKey, aKey, sourceKey, timeMs, local, `call-${i}`);
    look(oracle);
  });
}

test('agrees with the oracle on random histories', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (history) => {
      const window = windowOf();
      play(history, window, (oracle) => {
        for (const bKey of [1, 2, 3])
          for (const sinceMs of [window.now - HORIZON_MS, window.now - 30])
            for (const untilMs of [Number.POSITIVE_INFINITY, window.now - 10])
              for (const limit of [Number.POSITIVE_INFINITY, 1, 3])
                assert.equal(
                  window.callsBetween(bKey, sinceMs, untilMs, limit),
                  oracle.callsBetween(bKey, sinceMs, untilMs, limit),
                );
      });
    }),
    { numRuns: 300 },
  );
});

test('never holds a call longer than its pair, however full it is', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), fc.integer({ min: 1, max: 6 }), (history, capacity) => {
      const window = windowOf(capacity);
      play(history, window, (oracle) => {
        for (const bKey of [1, 2, 3]) {
          const sinceMs = window.now - HORIZON_MS;
          const made = oracle
            .callsBetween(bKey, sinceMs, Number.POSITIVE_INFINITY)
            .map((call) => JSON.stringify(call));
          const held = window.callsBetween(bKey, sinceMs, Number.POSITIVE_INFINITY);
          assert.ok(held.every((call) => made.includes(JSON.stringify(call))));
          assert.is(held.length, window.callCount(bKey, window.now, HORIZON_MS));
          for (const { aKey, timeMs } of held)
            assert.ok(window.callersOf(bKey, timeMs, 0).includes(aKey), `${aKey} at ${timeMs}`);
        }
      });
    }),
    { numRuns: 500 },
  );
});

test.run();
