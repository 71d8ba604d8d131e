import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Blocks } from '../../src/admission/blocks.js';
import { NumberKeys } from '../../src/detection/number-keys.js';

const test = suite('admission/blocks');

test('blocks a pair until it expires', () => {
  const blocks = new Blocks(new NumberKeys());
  blocks.add(1, 2, 100);
  assert.equal(
    [blocks.covers(1, 2, 99), blocks.covers(1, 2, 100), blocks.covers(2, 1, 0), blocks.covers(1, 3, 0)],
    [true, false, false, false],
  );
});

test('keeps the longer of two blocks of one pair', () => {
  const blocks = new Blocks(new NumberKeys());
  blocks.add(1, 2, 100);
  blocks.add(1, 2, 50);
  assert.ok(blocks.covers(1, 2, 99));
  assert.is(blocks.size, 1);
});

test('holds the names of its pairs until they are swept', () => {
  const keys = new NumberKeys();
  const blocks = new Blocks(keys);
  const [alice, bob] = [keys.acquire('alice'), keys.acquire('bob')];
  blocks.add(bob, alice, 100);
  for (const key of [alice, bob]) keys.release(key);
  assert.is(keys.kept, 2);
  blocks.sweep(100);
  assert.is(keys.kept, 0);
  assert.is(blocks.size, 0);
});

test('sweeps a block that was prolonged in its new turn', () => {
  const blocks = new Blocks(new NumberKeys());
  blocks.add(1, 2, 100);
  blocks.add(1, 3, 100);
  blocks.add(1, 2, 200);
  blocks.sweep(100);
  assert.equal([blocks.size, blocks.covers(1, 2, 199)], [1, true]);
});

test('lets the first go when it is full, and counts that', () => {
  const blocks = new Blocks(new NumberKeys(), 2);
  for (const aKey of [1, 2, 3]) blocks.add(9, aKey, 100);
  assert.equal(
    [1, 2, 3].map((aKey) => blocks.covers(9, aKey, 0)),
    [false, true, true],
  );
});

test.run();
