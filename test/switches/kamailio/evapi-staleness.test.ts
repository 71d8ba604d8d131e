import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Staleness } from '../../../src/switches/kamailio/evapi-staleness.js';

const staleness = suite('switches/kamailio/evapi-staleness');

/** Kamailio's clock has another origin than ours. */
const ORIGIN_MS = 1_795_576_779_000;

staleness('questions that come at their pace are fresh', () => {
  const judge = new Staleness();
  for (let ms = 0; ms < 10_000; ms += 100)
    assert.is(judge.isStale(ORIGIN_MS + ms, 5_000 + ms + (ms % 700)), false);
});

staleness('after a standstill those that have waited longer than two seconds are stale', () => {
  const judge = new Staleness();
  judge.isStale(ORIGIN_MS, 0);
  const resumedMs = 10_000;
  const stale = [1_000, 7_900, 8_000, 9_999].map((sentMs) => judge.isStale(ORIGIN_MS + sentMs, resumedMs));
  assert.equal(stale, [true, true, false, false]);
});

staleness('a clock that was set back is believed after a second', () => {
  const judge = new Staleness();
  judge.isStale(ORIGIN_MS, 0);
  const stale = [100, 600, 1_100, 1_200, 1_300].map((ms) => judge.isStale(ORIGIN_MS - 3_600_000 + ms, ms));
  assert.equal(stale, [true, true, true, false, false]);
});

staleness('a clock that was set forward makes nothing stale', () => {
  const judge = new Staleness();
  judge.isStale(ORIGIN_MS, 0);
  assert.is(judge.isStale(ORIGIN_MS + 3_600_000, 100), false);
  assert.is(judge.isStale(ORIGIN_MS + 3_600_100, 200), false);
});

staleness('a question that does not say when is fresh', () => {
  assert.is(new Staleness().isStale(Number.NaN, 1), false);
});

staleness.run();
