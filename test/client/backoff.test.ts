import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Backoff } from '../../src/client/backoff.js';

const backoff = suite('client/backoff');

const delays = (random: () => number): number[] => {
  const each = new Backoff(100, 1_000, random);
  return Array.from({ length: 6 }, () => each.next());
};

backoff('doubles up to its bound', () => {
  assert.equal(
    delays(() => 1),
    [100, 200, 400, 800, 1_000, 1_000],
  );
});

backoff('jitters down to half of the delay and no further', () => {
  assert.equal(
    delays(() => 0),
    [50, 100, 200, 400, 500, 500],
  );
});

backoff('begins again after a reset', () => {
  const each = new Backoff(100, 1_000, () => 1);
  each.next();
  each.next();
  each.reset();
  assert.is(each.next(), 100);
});

backoff.run();
