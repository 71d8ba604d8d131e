import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DayTally, midnightBefore } from '../../src/admission/day-tally.js';

const test = suite('admission/day-tally');

test('counts alerts and calls that were ended, those that no alert is about apart', () => {
  const tally = new DayTally(() => new Date('2026-11-22T10:00:00Z'));
  tally.opened();
  tally.grew();
  tally.ended();
  for (const outcome of ['ended', 'gone', 'failed', 'unsupported'] as const)
    for (const alertId of ['x', '']) tally.settled({ alertId }, outcome);
  assert.equal(tally.today, { alerts: 1, disconnects: 1, otherDisconnects: 1 });
});

test('begins anew at midnight, UTC', () => {
  let now = new Date('2026-11-22T23:59:59.999Z');
  const tally = new DayTally(() => now);
  tally.opened();
  assert.is(tally.today.alerts, 1);
  now = new Date('2026-11-23T00:00:00Z');
  assert.is(tally.today.alerts, 0);
  tally.opened();
  assert.is(tally.today.alerts, 1);
});

test('knows the midnight before a time', () => {
  for (const time of ['2026-11-22T00:00:00.000Z', '2026-11-22T23:59:59.999Z'])
    assert.is(midnightBefore(new Date(time)).toISOString(), '2026-11-22T00:00:00.000Z');
});

test.run();
