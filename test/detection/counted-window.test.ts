import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CallerWindow } from '../../src/detection/caller-window.js';
import { NumberKeys } from '../../src/detection/number-keys.js';
import { WindowOracle } from './window-oracle.js';

const test = suite('detection/counted-window');

function windowOf(windowsMs: readonly number[], capacity = 1_000, keys = new NumberKeys()): CallerWindow {
  return new CallerWindow({ capacity, windowsMs, keys, seed: 42 });
}

/** Slices until nothing is left to do. */
function backfillAll(window: CallerWindow, pairsMax: number): number {
  let slices = 1;
  while (!window.backfill(pairsMax)) slices++;
  return slices;
}

test('counts a length that comes into force, before it has been backfilled and after', () => {
  const window = windowOf([5_000]);
  for (let i = 0; i < 100; i++) window.observe(9, i % 40, 1, i * 10, '');
  window.useWindows([5_000, 300]);
  const counts = () => [window.distinct(9, 990, 300), window.callCount(9, 990, 300)];
  assert.equal(counts(), [31, 31]);
  const slices = backfillAll(window, 10);
  assert.ok(slices > 5, `${slices} slices`);
  assert.equal(counts(), [31, 31]);
  window.advance(1_200);
  assert.is(window.distinct(9, 1_200, 300), 10);
});

test('keeps callers for longer once the longest length has grown, and invents none', () => {
  const window = windowOf([100]);
  window.observe(9, 1, 1, 1_000, '');
  window.observe(9, 2, 1, 1_080, '');
  window.advance(1_150); // the first is forgotten
  window.useWindows([100, 60_000]);
  backfillAll(window, 1);
  assert.is(window.distinct(9, 1_150, 60_000), 1);
  window.observe(9, 3, 1, 50_000, '');
  assert.is(window.distinct(9, 50_000, 60_000), 2);
  assert.is(window.distinct(9, 50_000, 100), 1);
  window.merge(9, 4, 1_040);
  assert.is(window.distinct(9, 50_000, 60_000), 2, 'news from before what it still knows');
});

test('forgets in slices what is too old when the longest length shrinks', () => {
  const keys = new NumberKeys();
  const window = windowOf([60_000], 10_000, keys);
  const source = keys.acquireToken('10.0.0.1');
  for (let i = 0; i < 5_000; i++) window.observe(9, i, source, i * 10, '');
  window.useWindows([1_000]);
  window.advance(50_000);
  assert.is(window.livePairs, 5_000, 'nothing goes at once');
  assert.is(window.distinct(9, 50_000, 1_000), 100);
  assert.is(window.backfill(500), false);
  assert.is(window.distinct(9, 50_000, 1_000), 100);
  assert.ok(backfillAll(window, 500) >= 9);
  assert.equal(
    [window.livePairs, window.distinct(9, 50_000, 1_000), window.callCount(9, 50_000, 1_000)],
    [100, 100, 100],
  );
  window.advance(51_000);
  assert.is(window.livePairs, 0);
});

test('changes its lengths at once while it holds nothing', () => {
  const window = windowOf([60_000, 5_000]);
  window.advance(1_000_000);
  window.useWindows([300_000, 5_000, 1_000]);
  assert.is(window.backfill(1), true);
  window.useWindows([2_000]);
  assert.is(window.backfill(1), true);
});

test('counts more lengths than it has counts for', () => {
  const lengths = [100, 200, 300, 400, 500, 600, 700];
  const window = windowOf(lengths);
  for (let i = 0; i < 70; i++) window.observe(9, i, 1, i * 10, '');
  assert.equal(
    lengths.map((windowMs) => window.distinct(9, 690, windowMs)),
    [11, 21, 31, 41, 51, 61, 70],
  );
});

test('takes only lengths for which it has room', () => {
  const window = windowOf([300_000]);
  for (const windowsMs of [[], [0], [300_001], [5_000, Number.NaN]])
    assert.throws(() => window.useWindows(windowsMs), /window lengths/);
});

const observation = fc.record({
  kind: fc.constantFrom('observe' as const, 'observe' as const, 'merge' as const),
  bKey: fc.integer({ min: 1, max: 3 }),
  aKey: fc.integer({ min: 1, max: 10 }),
  sourceKey: fc.integer({ min: 1, max: 3 }),
  advanceMs: fc.oneof(fc.constantFrom(0, 0, 1, 99, 100, 101), fc.integer({ min: 0, max: 300 })),
  lateMs: fc.oneof(fc.constant(0), fc.integer({ min: -20, max: 120 })),
});
const LENGTHS = [30, 50, 70, 100, 150, 300, 400];
const change = fc.record({
  kind: fc.constant('useWindows' as const),
  windowsMs: fc.uniqueArray(fc.constantFrom(...LENGTHS), { minLength: 1, maxLength: 7 }),
});
const slice = fc.record({
  kind: fc.constant('backfill' as const),
  pairsMax: fc.integer({ min: 1, max: 12 }),
});
const step = fc.oneof(
  { arbitrary: observation, weight: 6 },
  { arbitrary: slice, weight: 2 },
  { arbitrary: change, weight: 1 },
);

test('agrees with the oracle whenever lengths change and however far the backfill is', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (history) => {
      const keys = new NumberKeys();
      const window = windowOf([100], 1_000, keys);
      const oracle = new WindowOracle();
      let now = 1_000;
      let longestMs = 100;
      let forgottenMs = now - longestMs;
      window.advance(now);
      for (const each of history) {
        if (each.kind === 'useWindows') {
          window.useWindows(each.windowsMs);
          longestMs = Math.max(...each.windowsMs);
        } else if (each.kind === 'backfill') window.backfill(each.pairsMax);
        else {
          const { kind, bKey, aKey, sourceKey, advanceMs, lateMs } = each;
          now += advanceMs;
          window.advance(now);
          const timeMs = kind === 'observe' ? now - Math.max(lateMs, 0) : now - lateMs;
          if (kind === 'observe') window.observe(bKey, aKey, sourceKey, timeMs, '');
          else window.merge(bKey, aKey, timeMs);
          oracle.record(bKey, aKey, sourceKey, timeMs, kind === 'observe');
        }
        forgottenMs = Math.max(forgottenMs, now - longestMs);
        for (const bKey of [1, 2, 3])
          for (const windowMs of LENGTHS)
            for (const atMs of [now, now - 20]) {
              if (atMs - windowMs < forgottenMs) continue;
              const ask = `${bKey} at ${atMs} since ${atMs - windowMs}`;
              assert.is(window.distinct(bKey, atMs, windowMs), oracle.distinct(bKey, atMs, windowMs), ask);
              assert.is(window.callCount(bKey, atMs, windowMs), oracle.callCount(bKey, atMs, windowMs), ask);
            }
      }
      // Once everything has been forgotten no count is left over: what comes next is counted from 0.
      backfillAll(window, 5);
      window.advance(now + 1_000_000);
      assert.is(window.livePairs, 0);
      for (const bKey of [1, 2, 3]) {
        window.observe(bKey, 1, 1, now + 1_000_000, '');
        for (const windowMs of LENGTHS)
          assert.is(window.distinct(bKey, now + 1_000_000, windowMs), 1, `${bKey} ${windowMs}`);
      }
    }),
    { numRuns: 500 },
  );
});

test('agrees with a window that had the lengths from the beginning, when it is full', () => {
  const call = fc.tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 0, max: 40 }),
  );
  fc.assert(
    fc.property(fc.array(call, { maxLength: 120 }), fc.nat(120), fc.nat(3), (calls, changeAt, pairsMax) => {
      const [one, other] = [windowOf([400], 5), windowOf([400, 100, 30], 5)];
      let now = 0;
      calls.forEach(([bKey, aKey, advanceMs], i) => {
        now += advanceMs;
        if (i === changeAt) one.useWindows([400, 100, 30]);
        if (pairsMax > 0) one.backfill(pairsMax);
        for (const window of [one, other]) window.observe(bKey, aKey, 1, now, '');
        for (const each of [1, 2, 3])
          for (const windowMs of [400, 100, 30]) {
            assert.is(one.distinct(each, now, windowMs), other.distinct(each, now, windowMs));
            assert.is(one.callCount(each, now, windowMs), other.callCount(each, now, windowMs));
          }
      });
    }),
    { numRuns: 300 },
  );
});

test.run();
