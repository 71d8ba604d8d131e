import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SequenceGaps } from '../../src/reconcile/sequence-gaps.js';

const test = suite('reconcile/sequence-gaps');

test('asks for a missing sequence until it comes', () => {
  const gaps = new SequenceGaps(10, 5_000);
  gaps.open(3, 6, 0);
  assert.equal(gaps.list(), [3, 4, 5]);
  gaps.close(4);
  assert.equal(gaps.list(), [3, 5]);
});

test('gives up what does not come in time', () => {
  const gaps = new SequenceGaps(10, 5_000);
  gaps.open(1, 2, 0);
  gaps.open(5, 6, 1_000);
  gaps.expire(5_000);
  assert.equal(gaps.list(), [1, 5]);
  gaps.expire(5_001);
  assert.equal(gaps.list(), [5]);
  assert.is(gaps.overflows, 0);
});

test('keeps the newest ones when there are too many, and counts the others', () => {
  const gaps = new SequenceGaps(3, 5_000);
  gaps.open(1, 1_000_000_000, 0);
  assert.equal(gaps.list(), [999_999_997, 999_999_998, 999_999_999]);
  assert.is(gaps.overflows, 999_999_996);
  gaps.open(1_000_000_001, 1_000_000_002, 0);
  assert.equal(gaps.list(), [999_999_998, 999_999_999, 1_000_000_001]);
  gaps.clear();
  assert.is(gaps.count, 0);
});

test.run();
