import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CheckCounters } from '../../src/admission/counters.js';
import { MinuteCounts } from '../../src/admission/minute-counts.js';
import type { MinuteOfChecks } from '../../src/admission/store-ports.js';

const test = suite('admission/minute-counts');

test('tells of each minute once, when it is over, and of nothing twice', () => {
  const counters = new CheckCounters();
  const told: MinuteOfChecks[] = [];
  const noon = Date.UTC(2026, 0, 1, 12, 0, 30);
  const minutes = new MinuteCounts(counters, { minute: (minute) => void told.push(minute) }, new Date(noon));
  counters.countVerdict('allow', 'none');
  counters.countVerdict('reject', 'masking');
  counters.countVerdict('reject', 'blocked');
  counters.countVerdict('observe', 'masking');
  counters.countLatency(2);
  counters.alertsOpened++;
  minutes.advance(new Date(noon + 29_999));
  assert.is(told.length, 0);
  minutes.advance(new Date(noon + 30_000));
  minutes.advance(new Date(noon + 31_000));
  counters.countVerdict('allow', 'none');
  minutes.advance(new Date(noon + 90_000));
  assert.equal(told, [
    {
      beganAt: new Date(Date.UTC(2026, 0, 1, 12, 0)),
      checks: 4,
      rejected: 2,
      observed: 1,
      detections: 2,
      alerts: 1,
      latencySumMs: 2,
    },
    {
      beganAt: new Date(Date.UTC(2026, 0, 1, 12, 1)),
      checks: 1,
      rejected: 0,
      observed: 0,
      detections: 0,
      alerts: 0,
      latencySumMs: 0,
    },
  ]);
});

test.run();
