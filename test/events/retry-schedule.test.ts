import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GIVE_UP_MS, nextAttempt, PAUSE_MS_MAX, retryAfterOf } from '../../src/events/retry-schedule.js';

const test = suite('events/retry-schedule');

const NOON = new Date('2026-11-22T12:00:00Z');
const after = (ms: number): Date => new Date(NOON.getTime() + ms);
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** The pause after an attempt that fails at once. */
function pauseMs(attempt: number, by: { random?: number; status?: number; retryAfterMs?: number } = {}) {
  const failed = { attempt, queuedAt: NOON, status: by.status ?? 500, retryAfterMs: by.retryAfterMs ?? 0 };
  const next = nextAttempt(failed, NOON, by.random ?? 1);
  return next === undefined ? undefined : next.getTime() - NOON.getTime();
}

test('begins with five seconds, and doubles up to an hour', () => {
  assert.equal(
    [1, 2, 3, 10, 11, 40].map((attempt) => pauseMs(attempt)),
    [5_000, 10_000, 20_000, 2_560_000, 3_600_000, 3_600_000],
  );
  assert.is(pauseMs(1, { random: 0 }), 2_500, 'of which half is left to chance');
});

test('always waits at least half of a pause, and never more than an hour', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), random, fc.nat(1e9), (attempt, chance, retryAfterMs) => {
      const pause = pauseMs(attempt, { random: chance, retryAfterMs }) ?? Number.NaN;
      return pause >= 2_500 && pause >= Math.min(retryAfterMs, PAUSE_MS_MAX) && pause <= PAUSE_MS_MAX;
    }),
  );
});

test('gives a receiver that never answers up after about a day, whatever chance says', () => {
  fc.assert(
    fc.property(random, (chance) => {
      let [attempt, at] = [1, NOON];
      for (;;) {
        const next = nextAttempt({ attempt, queuedAt: NOON, status: 0, retryAfterMs: 0 }, at, chance);
        if (next === undefined) break;
        [attempt, at] = [attempt + 1, next];
      }
      const lastedMs = at.getTime() - NOON.getTime();
      return (
        lastedMs >= GIVE_UP_MS && lastedMs <= GIVE_UP_MS + PAUSE_MS_MAX && attempt >= 30 && attempt <= 60
      );
    }),
  );
});

test('gives up at once when the receiver is gone for good, and for no other answer', () => {
  assert.is(pauseMs(1, { status: 410 }), undefined);
  for (const status of [0, 302, 400, 401, 404, 408, 425, 429, 500, 503])
    assert.is(pauseMs(1, { status }), 5_000, String(status));
});

test('lets the receiver ask for patience, up to an hour', () => {
  assert.is(pauseMs(1, { status: 429, retryAfterMs: 60_000 }), 60_000);
  assert.is(pauseMs(1, { status: 503, retryAfterMs: 1_000 }), 5_000, 'but not for haste');
  assert.is(pauseMs(1, { status: 503, retryAfterMs: 86_400_000 }), 3_600_000);
});

test('reads Retry-After as seconds or as a date', () => {
  assert.is(retryAfterOf('120', NOON), 120_000);
  assert.is(retryAfterOf(after(90_000).toUTCString(), NOON), 90_000);
  for (const useless of [undefined, '', '-1', 'soon', '1.5', after(-1_000).toUTCString(), '9'.repeat(30)])
    assert.is(retryAfterOf(useless, NOON), 0, String(useless));
});

test.run();
