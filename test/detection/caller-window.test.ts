import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AHEAD_MS_MAX, CallerWindow } from '../../src/detection/caller-window.js';
import { NumberKeys } from '../../src/detection/number-keys.js';
import { WindowOracle } from './window-oracle.js';

const test = suite('detection/caller-window');

const W = 5_000;
const B = 2348099999999;
const SOURCE = 1;

function windowOf(
  options: { capacity?: number; windowsMs?: number[]; keys?: NumberKeys } = {},
): CallerWindow {
  const { capacity = 1_000, windowsMs = [W], keys = new NumberKeys() } = options;
  return new CallerWindow({ capacity, windowsMs, keys, seed: 42 });
}

test('counts five callers within five seconds, the far end included', () => {
  const window = windowOf();
  for (const [aKey, timeMs] of [
    [1, 0],
    [2, 1_000],
    [3, 2_000],
    [4, 3_000],
    [5, 5_000],
  ]) {
    window.observe(B, aKey, SOURCE, timeMs, '');
  }
  assert.is(window.distinct(B, 5_000, W), 5);
  assert.is(window.distinct(B, 5_001, W), 4);
});

test('counts one caller once and each of its calls', () => {
  const window = windowOf();
  for (let timeMs = 0; timeMs < 5; timeMs++) window.observe(B, 7, SOURCE, timeMs, '');
  assert.is(window.distinct(B, 5, W), 1);
  assert.is(window.callCount(B, 5, W), 5);
});

test('keeps a caller who calls again for a window after the last call, and no longer', () => {
  const window = windowOf();
  window.observe(B, 7, SOURCE, 0, '');
  window.observe(B, 7, SOURCE, 4_000, '');
  assert.is(window.distinct(B, 9_000, W), 1);
  assert.is(window.callCount(B, 9_000, W), 1);
  assert.is(window.distinct(B, 9_001, W), 0);
  assert.is(window.livePairs, 0);
});

test('holds the texts behind its keys only while they are live', () => {
  const keys = new NumberKeys();
  const window = windowOf({ keys });
  const [bKey, aKey, sourceKey] = ['bob', 'alice', '10.0.0.1'].map((text) => keys.acquireToken(text));
  window.observe(bKey, aKey, sourceKey, 0, '');
  for (const key of [bKey, aKey, sourceKey]) keys.release(key);
  assert.is(keys.textOf(aKey), 'alice');
  window.advance(W + 1);
  assert.is(keys.kept, 0);
});

test('does not move its clock for news from elsewhere', () => {
  const window = windowOf();
  window.observe(B, 1, SOURCE, 10_000, '');
  window.merge(B, 2, 10_000 + AHEAD_MS_MAX);
  assert.is(window.now, 10_000);
  assert.is(window.distinct(B, 10_000, W), 2);
  assert.is(window.distinct(B, 10_000 + AHEAD_MS_MAX + W, W), 1);
});

test('survives a clock that leaps by days', () => {
  const window = windowOf();
  window.observe(B, 1, SOURCE, 0, '');
  window.observe(B, 2, SOURCE, 90 * 86_400_000, '');
  assert.is(window.distinct(B, 90 * 86_400_000, W), 1);
});

test('counts ten thousand callers of one number', () => {
  const window = windowOf({ capacity: 20_000 });
  for (let aKey = 1; aKey <= 10_000; aKey++) window.observe(B, aKey, SOURCE, aKey >> 2, '');
  assert.is(window.distinct(B, 2_500, W), 10_000);
  assert.is(window.distinct(B, 2_500 + W, W), 1);
});

test('evicts the oldest pair when it is full, and says when', () => {
  const window = windowOf({ capacity: 3 });
  for (const [aKey, timeMs] of [
    [1, 0],
    [2, 10],
    [3, 20],
    [1, 30],
  ])
    window.observe(B, aKey, SOURCE, timeMs, '');
  assert.is(window.evictions, 0);
  window.observe(B, 4, SOURCE, 40, '');
  assert.equal(window.callersOf(B, 40, W).sort(), [1, 3, 4]);
  assert.is(window.evictions, 1);
  assert.is(window.lastEvictionMs, 40);
});

test('refuses news that is older than everything in a full table', () => {
  const window = windowOf({ capacity: 2 });
  window.observe(B, 1, SOURCE, 100, '');
  window.observe(B, 2, SOURCE, 200, '');
  window.merge(B, 3, 50);
  assert.equal(window.callersOf(B, 200, W).sort(), [1, 2]);
  assert.is(window.evictions, 1);
});

test('holds as many calls as its capacity when one caller calls without end', () => {
  const window = windowOf({ capacity: 8 });
  for (let timeMs = 0; timeMs < 100; timeMs++) window.observe(B, 1, SOURCE, timeMs, '');
  assert.is(window.callCount(B, 100, W), 8);
  assert.is(window.callOverflows, 92);
  assert.is(window.distinct(B, 100, W), 1);
});

/** One step of a history: who calls whom, how the clock moves, how late the news is, and which way it comes. */
const step = fc.record({
  bKey: fc.integer({ min: 1, max: 3 }),
  aKey: fc.integer({ min: 1, max: 12 }),
  sourceKey: fc.integer({ min: 1, max: 3 }),
  advanceMs: fc.oneof(fc.constantFrom(0, 0, 1, 99, 100, 101), fc.integer({ min: 0, max: 400 })),
  lateMs: fc.oneof(fc.constant(0), fc.integer({ min: -20, max: 120 })),
  local: fc.boolean(),
});
const WINDOWS = [300, 100, 30];

test('agrees with the brute-force oracle on random histories, late and early news included', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (history) => {
      const window = windowOf({ windowsMs: WINDOWS });
      const oracle = new WindowOracle();
      let now = 1_000;
      window.advance(now);
      for (const { bKey, aKey, sourceKey, advanceMs, lateMs, local } of history) {
        now += advanceMs;
        const timeMs = local ? now - Math.max(lateMs, 0) : now - lateMs;
        window.advance(now);
        if (local) window.observe(bKey, aKey, sourceKey, timeMs, '');
        else window.merge(bKey, aKey, timeMs);
        oracle.record(bKey, aKey, sourceKey, timeMs, local);
        // A length that is not in force (70), and questions about the past, take the slow way.
        for (const [atMs, windowMs] of [
          [now, 300],
          [now, 100],
          [now, 30],
          [now, 70],
          [now - 50, 100],
          [now - 1, 30],
        ]) {
          assert.is(window.distinct(bKey, atMs, windowMs), oracle.distinct(bKey, atMs, windowMs));
          assert.is(window.callCount(bKey, atMs, windowMs), oracle.callCount(bKey, atMs, windowMs));
          assert.is(
            window.distinctSources(bKey, atMs, windowMs),
            oracle.distinctSources(bKey, atMs, windowMs),
          );
        }
        assert.equal(window.callersOf(bKey, now, 100).sort(), oracle.callersOf(bKey, now, 100).sort());
      }
    }),
    { numRuns: 400 },
  );
});

test('agrees with the oracle when it overflows and evicts', () => {
  const distinctTimes = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 60 })),
    { maxLength: 150 },
  );
  fc.assert(
    fc.property(distinctTimes, fc.integer({ min: 1, max: 6 }), (history, capacity) => {
      const window = windowOf({ capacity, windowsMs: [100] });
      const oracle = new WindowOracle();
      let now = 0;
      for (const [bKey, aKey, advanceMs] of history) {
        now += advanceMs; // never twice the same time: which of two equally old pairs goes is not laid down
        const before = window.evictions;
        window.observe(bKey, aKey, 1, now, '');
        oracle.record(bKey, aKey, 1, now, true);
        if (window.evictions > before) oracle.evictOldest(now - 100);
        assert.ok(window.livePairs <= capacity);
        for (const each of [1, 2, 3])
          assert.is(window.distinct(each, now, 100), oracle.distinct(each, now, 100));
      }
    }),
    { numRuns: 400 },
  );
});

test('reaches the same state whatever the order and however often news comes', () => {
  const news = fc.array(
    fc.tuple(
      fc.integer({ min: 1, max: 2 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 900, max: 1_100 }),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(news, fc.infiniteStream(fc.nat()), (once, randoms) => {
      const shuffled = [...once, ...once.slice(0, 20)]
        .map((each) => ({ each, rank: randoms.next().value as number }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ each }) => each);
      const [one, other] = [once, shuffled].map((order) => {
        const window = windowOf({ windowsMs: [100, 50] });
        window.advance(1_000);
        for (const [bKey, aKey, timeMs] of order) window.merge(bKey, aKey, timeMs);
        return [1, 2].map((bKey) => [
          window.distinct(bKey, 1_000, 50),
          window.callersOf(bKey, 1_000, 100).sort(),
        ]);
      });
      assert.equal(one, other);
    }),
  );
});

test.run();
