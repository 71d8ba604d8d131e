import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { figuresOf, ROW_LENGTH, rowOf } from '../../src/admission/check-figures.js';
import { FigureRing } from '../../src/admission/figure-ring.js';
import { figuresOfChecks } from '../support/memory-statistics.js';

const test = suite('admission/figure-ring');

const SLOT_MS = 1_000;
const SLOTS = 8;

test('adds up what a list of everything adds up, at any times that do not go back by more than it holds', () => {
  const step = fc.record({
    // Back by a slot now and then, as wall clocks go.
    advanceMs: fc.integer({ min: -SLOT_MS, max: 3 * SLOT_MS }),
    checks: fc.integer({ min: 0, max: 5 }),
    maxMs: fc.integer({ min: 0, max: 9 }),
  });
  const asked = fc.tuple(fc.integer({ min: 0, max: SLOTS - 2 }), fc.integer({ min: 0, max: SLOTS }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), asked, (steps, [back, length]) => {
      const ring = new FigureRing(SLOT_MS, SLOTS);
      const all: { slot: number; checks: number; maxMs: number }[] = [];
      let [timeMs, newest] = [1_000_000, 0];
      for (const { advanceMs, checks, maxMs } of steps) {
        timeMs = Math.max(timeMs + advanceMs, newest - SLOT_MS);
        newest = Math.max(newest, timeMs);
        ring.add(timeMs, rowOf(figuresOfChecks(checks, { latencyMaxMs: maxMs })));
        all.push({ slot: Math.floor(timeMs / SLOT_MS), checks, maxMs });
      }
      const from = Math.floor(newest / SLOT_MS) - back;
      const wanted = all.filter(({ slot }) => slot >= from && slot < from + length);
      const got = ring.between(from * SLOT_MS, (from + length) * SLOT_MS);
      assert.is(
        got.checks,
        wanted.reduce((sum, { checks }) => sum + checks, 0),
      );
      assert.is(got.latencyBuckets[0], got.checks);
      assert.is(got.latencyMaxMs, Math.max(0, ...wanted.map(({ maxMs }) => maxMs)));
    }),
  );
});

test('forgets a slot once its place is needed', () => {
  const ring = new FigureRing(SLOT_MS, SLOTS);
  const one = rowOf(figuresOfChecks(1));
  ring.add(0, one);
  ring.add((SLOTS - 1) * SLOT_MS, one);
  assert.is(ring.between(0, SLOTS * SLOT_MS).checks, 2);
  ring.add(SLOTS * SLOT_MS, one);
  assert.is(ring.between(0, SLOT_MS).checks, 0);
  assert.is(ring.between(0, (SLOTS + 1) * SLOT_MS).checks, 2);
});

test('leaves out a slot that begins before what is asked for', () => {
  const ring = new FigureRing(SLOT_MS, SLOTS);
  ring.add(5_000, rowOf(figuresOfChecks(3)));
  assert.is(ring.between(5_001, 7_000).checks, 0);
  assert.is(ring.between(4_001, 5_001).checks, 3);
});

test('gives figures back as they were put into a row', () => {
  const figures = figuresOfChecks(7, {
    rejected: 1,
    observed: 2,
    detections: 3,
    alerts: 4,
    latencyMaxMs: 0.5,
  });
  assert.is(rowOf(figures).length, ROW_LENGTH);
  assert.equal(figuresOf(rowOf(figures)), figures);
});

test.run();
