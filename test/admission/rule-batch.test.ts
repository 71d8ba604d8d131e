import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BATCH_MAX, readEach } from '../../src/admission/rule-batch.js';
import { InvalidFieldError } from '../../src/errors.js';

const test = suite('admission/rule-batch');

test('reads every item, in its order', () => {
  assert.equal(
    readEach('blocks', [1, 2, 3], (item) => item * 2),
    [2, 4, 6],
  );
});

test('says which item a complaint is about', () => {
  const read = (item: number): void => {
    if (item === 2) throw new InvalidFieldError('a_number', 'is empty');
  };
  assert.throws(() => readEach('blocks', [0, 1, 2], read), /^blocks\[2\]\.a_number: is empty$/);
});

test('takes 1 to 1,000 items', () => {
  const items = Array.from({ length: BATCH_MAX + 1 }, () => 0);
  assert.throws(() => readEach('blocks', [], () => 0), /^blocks: is empty$/);
  assert.throws(() => readEach('blocks', items, () => 0), /^blocks: has 1001 items; at most 1000/);
  assert.is(readEach('blocks', items.slice(1), () => 0).length, 1_000);
});

test('passes on what is no complaint', () => {
  const defect = (): never => {
    throw new TypeError('a defect');
  };
  assert.throws(
    () => readEach('blocks', [0], defect),
    (error: Error) => error instanceof TypeError,
  );
});

test.run();
