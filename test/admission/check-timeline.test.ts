import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sumOf } from '../../src/admission/check-figures.js';
import { CheckTimeline } from '../../src/admission/check-timeline.js';
import { CheckCounters } from '../../src/admission/counters.js';
import type { MinuteOfChecks } from '../../src/admission/store-ports.js';
import { lastMinutes } from '../../src/admission/time-span.js';

const test = suite('admission/check-timeline');

const NOON = Date.UTC(2026, 0, 1, 12);

function timelineAt(startMs: number) {
  const counters = new CheckCounters();
  const told: MinuteOfChecks[] = [];
  const recorder = { minute: (minute: MinuteOfChecks) => void told.push(minute) };
  return { counters, told, timeline: new CheckTimeline(counters, recorder, new Date(startMs)) };
}

function check(counters: CheckCounters, times = 1): void {
  for (let i = 0; i < times; i++) counters.countVerdict('allow', 'none');
}

test('tells of each minute once, when it is over, and of nothing twice', () => {
  const { counters, told, timeline } = timelineAt(NOON + 30_000);
  counters.countVerdict('allow', 'none');
  counters.countVerdict('reject', 'masking');
  counters.countVerdict('reject', 'blocked');
  counters.countVerdict('observe', 'masking');
  counters.countLatency(2);
  counters.alertsOpened++;
  timeline.advance(new Date(NOON + 59_999));
  assert.is(told.length, 0);
  timeline.advance(new Date(NOON + 60_000));
  timeline.advance(new Date(NOON + 61_000));
  counters.countVerdict('allow', 'none');
  counters.countLatency(0.01);
  timeline.advance(new Date(NOON + 120_000));
  const buckets = (bucket: number) => Array.from({ length: 13 }, (_, place) => (place === bucket ? 1 : 0));
  assert.is(told[1]?.latencySumMs.toFixed(9), '0.010000000');
  assert.equal(
    told.map(({ latencySumMs, ...rest }) => rest),
    [
      {
        beganAt: new Date(NOON),
        checks: 4,
        rejected: 2,
        observed: 1,
        detections: 2,
        alerts: 1,
        latencyMaxMs: 2,
        latencyBuckets: buckets(8),
      },
      {
        beganAt: new Date(NOON + 60_000),
        checks: 1,
        rejected: 0,
        observed: 0,
        detections: 0,
        alerts: 0,
        latencyMaxMs: 0.01,
        latencyBuckets: buckets(1),
      },
    ],
  );
});

test('tells at the end of the minute that is not over', () => {
  const { counters, told, timeline } = timelineAt(NOON);
  check(counters, 3);
  timeline.advance(new Date(NOON + 1_000));
  check(counters, 2);
  timeline.finish(new Date(NOON + 1_500));
  assert.equal(
    told.map(({ beganAt, checks }) => [beganAt, checks]),
    [[new Date(NOON), 5]],
  );
});

test('tells all of a minute that a clock set back has entered twice', () => {
  const { counters, told, timeline } = timelineAt(NOON + 59_000);
  check(counters, 3);
  timeline.advance(new Date(NOON + 60_500));
  check(counters);
  timeline.advance(new Date(NOON + 58_000));
  check(counters, 2);
  timeline.advance(new Date(NOON + 61_000));
  timeline.finish(new Date(NOON + 61_000));
  assert.equal(
    told.map(({ beganAt, checks }) => [beganAt.getTime() - NOON, checks]),
    [
      [0, 3],
      [0, 6],
      [60_000, 0],
    ],
  );
});

test('knows every check of any span since the start, whenever it looked', () => {
  const visits = fc.array(
    fc.record({
      afterMs: fc.oneof(
        fc.integer({ min: 1, max: 3_000 }),
        fc.integer({ min: 1, max: 600_000 }),
        fc.integer({ min: 1, max: 20_000_000 }),
      ),
      checks: fc.integer({ min: 0, max: 5 }),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(visits, fc.integer({ min: 1, max: 43_200 }), (all, minutes) => {
      const { counters, timeline } = timelineAt(NOON);
      const counted: { atMs: number; checks: number }[] = [];
      let nowMs = NOON;
      for (const { afterMs, checks } of all) {
        check(counters, checks);
        counted.push({ atMs: nowMs, checks });
        nowMs += afterMs;
        timeline.advance(new Date(nowMs));
      }
      const span = lastMinutes(minutes, nowMs);
      const steps = timeline.steps(span);
      const wanted = steps.map((_, step) => {
        const beganMs = span.fromMs + step * span.stepMs;
        return counted
          .filter(({ atMs }) => atMs >= beganMs && atMs < beganMs + span.stepMs)
          .reduce((sum, { checks }) => sum + checks, 0);
      });
      assert.equal(
        steps.map(({ checks }) => checks),
        wanted,
      );
    }),
  );
});

test('keeps the longest check of each time apart from the longest of all', () => {
  const { counters, timeline } = timelineAt(NOON);
  counters.countLatency(9);
  timeline.advance(new Date(NOON + 10_000));
  counters.countLatency(2);
  timeline.advance(new Date(NOON + 11_000));
  const longest = timeline.steps(lastMinutes(1, NOON + 11_000)).map(({ latencyMaxMs }) => latencyMaxMs);
  assert.equal(longest.slice(-11), [9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
  assert.is(sumOf(timeline.steps(lastMinutes(60, NOON + 11_000))).latencyMaxMs, 9);
  assert.is(counters.latencyMaxS, 0.009);
});

test.run();
