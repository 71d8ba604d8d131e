import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PollCursor } from '../../src/reconcile/poll-cursor.js';

const cursor = suite('reconcile/poll-cursor');

function afterReading(...sequences: number[]): PollCursor {
  const one = new PollCursor();
  for (const sequence of sequences) one.see(sequence, 0);
  return one;
}

cursor('asks again for what is missing below the highest', () => {
  const one = afterReading(1, 2, 5);
  assert.is(one.highest, 5);
  assert.equal(one.gaps(0), [3, 4]);
  one.see(4, 10);
  assert.equal(one.gaps(10), [3]);
  assert.is(one.highest, 5);
});

cursor('gives up what has been missing for five seconds', () => {
  const one = afterReading(1, 3);
  one.see(5, 3_000);
  assert.equal(one.gaps(5_000), [2, 4]);
  assert.equal(one.gaps(5_001), [4]);
  assert.equal(one.gaps(8_001), []);
});

cursor('asks for a few before the first row, which may be on their way', () => {
  assert.equal(afterReading(3).gaps(0), [1, 2]);
  const { length, 0: first } = afterReading(5_000).gaps(0);
  assert.is(length, 100);
  assert.is(first, 4_900);
});

cursor('keeps a thousand gaps at most, the newest', () => {
  const one = afterReading(1, 10_000_000, 10_000_500);
  const gaps = one.gaps(0);
  assert.is(gaps.length, 1_000);
  assert.is(gaps.at(-1), 10_000_499);
});

cursor.run();
