import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NOT_PACKED } from '../../src/detection/number.js';
import { NumberKeys } from '../../src/detection/number-keys.js';

const test = suite('detection/number-keys');

test('gives one key to one name, and its text back', () => {
  const keys = new NumberKeys();
  const alice = keys.acquire('alice');
  assert.is(keys.acquire('alice'), alice);
  assert.is.not(keys.acquire('bob'), alice);
  assert.is(keys.textOf(alice), 'alice');
  assert.is(keys.textOf(keys.acquire('+234 803 123 4567')), '2348031234567');
});

test('forgets a name with its last holder and uses its place again', () => {
  const keys = new NumberKeys();
  const alice = keys.acquire('alice');
  keys.retain(alice);
  keys.release(alice);
  assert.is(keys.kept, 1);
  keys.release(alice);
  assert.is(keys.kept, 0);
  assert.is(keys.acquire('bob'), alice);
});

test('finds the key of a name only while somebody holds it', () => {
  const keys = new NumberKeys();
  const alice = keys.acquireToken('alice');
  assert.is(keys.findToken('alice'), alice);
  assert.is(keys.findToken('bob'), NOT_PACKED);
  keys.release(alice);
  assert.is(keys.findToken('alice'), NOT_PACKED);
});

test('keeps no packed number', () => {
  const keys = new NumberKeys();
  keys.release(keys.acquire('2348031234567'));
  assert.is(keys.kept, 0);
});

test.run();
