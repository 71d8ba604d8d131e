import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lastMinutes, slotsOf, stepsOf } from '../../src/admission/time-span.js';
import { InvalidFieldError } from '../../src/errors.js';

const test = suite('admission/time-span');

const MINUTE_MS = 60_000;
const NOON = Date.UTC(2026, 5, 1, 12);

test('covers what is asked for, in at most 121 whole steps that do not move with the time of asking', () => {
  const nows = fc.integer({ min: NOON, max: NOON + 40 * 86_400_000 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 43_200 }), nows, (minutes, nowMs) => {
      const span = lastMinutes(minutes, nowMs);
      const { fromMs, toMs, stepMs, resolution } = span;
      const tooMuchMs = nowMs - minutes * MINUTE_MS - fromMs;
      assert.is(toMs, nowMs);
      assert.ok(tooMuchMs >= 0 && tooMuchMs < stepMs);
      assert.is(fromMs % stepMs, 0);
      assert.is(stepMs % resolution.slotMs, 0);
      const steps = stepsOf(span);
      assert.ok(steps.length <= 121);
      assert.is(steps[0], fromMs);
      assert.ok(steps.at(-1)! < toMs && steps.at(-1)! + stepMs >= toMs);
      const slots = Math.floor(toMs / resolution.slotMs) - fromMs / resolution.slotMs + 1;
      assert.ok(slots <= slotsOf(resolution), 'the ring holds all of it');
    }),
  );
});

test('counts by the second up to 5 minutes, by the minute up to a day, and by the hour up to 30 days', () => {
  const finest = (minutes: number) => lastMinutes(minutes, NOON).resolution.slotMs;
  assert.equal([finest(1), finest(5)], [1_000, 1_000]);
  assert.equal([finest(6), finest(1_440)], [MINUTE_MS, MINUTE_MS]);
  assert.equal([finest(1_441), finest(43_200)], [60 * MINUTE_MS, 60 * MINUTE_MS]);
  assert.is(lastMinutes(43_200, NOON).stepMs, 6 * 60 * MINUTE_MS);
});

test('says what it takes', () => {
  for (const minutes of [0, -1, 1.5, 43_201, Number.NaN])
    assert.throws(
      () => lastMinutes(minutes, NOON),
      (error: unknown) => error instanceof InvalidFieldError && error.field === 'minutes',
    );
});

test.run();
