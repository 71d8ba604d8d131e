import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { totalOf } from '../../src/admission/check-figures.js';
import { CheckCounters, LATENCY_BOUNDS_S } from '../../src/admission/counters.js';
import { latencyOf, latencyQuantileMs } from '../../src/admission/latency-summary.js';

const test = suite('admission/latency-summary');

const HAIR = 1e-9;

function figuresAfter(latenciesMs: readonly number[]) {
  const counters = new CheckCounters();
  for (const each of latenciesMs) counters.countLatency(each);
  return totalOf(counters);
}

/** The bounds, in milliseconds, of the bucket that a latency is counted in. */
function bucketOf(latencyMs: number): { lower: number; upper: number } {
  const bucket = LATENCY_BOUNDS_S.findIndex((bound) => latencyMs / 1_000 <= bound);
  if (bucket < 0) return { lower: LATENCY_BOUNDS_S.at(-1)! * 1_000, upper: Number.POSITIVE_INFINITY };
  return { lower: (LATENCY_BOUNDS_S[bucket - 1] ?? 0) * 1_000, upper: LATENCY_BOUNDS_S[bucket]! * 1_000 };
}

test('estimates within the bucket of the true value, and never above the longest', () => {
  const latency = fc.oneof(
    fc.double({ min: 0, max: 0.2, noNaN: true }),
    fc.double({ min: 0, max: 500, noNaN: true }),
    fc.constantFrom(...LATENCY_BOUNDS_S.map((bound) => bound * 1_000)),
  );
  fc.assert(
    fc.property(
      fc.array(latency, { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 1, max: 100 }),
      (latencies, percent) => {
        const sorted = [...latencies].sort((one, other) => one - other);
        const truth = sorted[Math.ceil((percent * sorted.length) / 100) - 1]!;
        const { lower, upper } = bucketOf(truth);
        const estimate = latencyQuantileMs(figuresAfter(latencies), percent / 100);
        assert.ok(estimate >= lower - HAIR && estimate <= upper + HAIR, `${estimate} for ${truth}`);
        assert.ok(estimate <= sorted.at(-1)! + HAIR);
      },
    ),
  );
});

test('a larger share is never estimated lower', () => {
  const latencies = fc.array(fc.double({ min: 0, max: 200, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(latencies, (all) => {
      const { p50Ms, p95Ms, p99Ms, maxMs } = latencyOf(figuresAfter(all))!;
      assert.ok(p50Ms <= p95Ms && p95Ms <= p99Ms && p99Ms <= maxMs);
    }),
  );
});

test('goes as far into a bucket as the check in question is among those there', () => {
  const figures = figuresAfter([...Array(90).fill(0.004), ...Array(10).fill(0.09)]);
  assert.ok(Math.abs(latencyQuantileMs(figures, 0.45) - 0.0025) < HAIR, 'half of the bucket up to 5 µs');
  assert.ok(Math.abs(latencyQuantileMs(figures, 0.95) - 0.07) < HAIR, 'half way from 50 µs to the longest');
  assert.is(latencyQuantileMs(figures, 1), 0.09);
});

test('takes the longest check for the bound of what is above all bounds', () => {
  const figures = figuresAfter([250, 300]);
  assert.is(latencyQuantileMs(figures, 1), 300);
  assert.is(latencyQuantileMs(figures, 0.5), 200);
});

test('averages what was measured, and has nothing to say where nothing was', () => {
  assert.is(latencyOf(figuresAfter([])), undefined);
  const { averageMs, maxMs } = latencyOf(figuresAfter([1, 2, 6]))!;
  assert.ok(Math.abs(averageMs - 3) < HAIR);
  assert.is(maxMs, 6);
});

test.run();
