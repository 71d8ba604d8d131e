import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SeededRandom } from '../../src/simulator/seeded-random.js';

const test = suite('simulator/seeded-random');

test('the same seed gives the same names and numbers, another seed others', () => {
  const draw = (seed: number): unknown[] => {
    const random = new SeededRandom(seed);
    return [random.uuid(), random.below(1_000), random.between(5, 9), random.fraction()];
  };
  assert.equal(draw(1), draw(1));
  assert.not.equal(draw(1), draw(2));
});

test('stays within what was asked for, and reaches all of it', () => {
  const random = new SeededRandom(3);
  const drawn = new Set(Array.from({ length: 1_000 }, () => random.between(-2, 2)));
  assert.equal([...drawn].sort(), [-1, -2, 0, 1, 2]);
});

test('shuffles without losing anything', () => {
  const values = Uint32Array.from({ length: 1_000 }, (_, index) => index);
  new SeededRandom(1).shuffle(values);
  assert.ok(values.some((value, index) => value !== index));
  assert.equal(
    [...values].sort((one, other) => one - other),
    [...values.keys()],
  );
});

test('names channels as FreeSWITCH does, no two alike', () => {
  const random = new SeededRandom(1);
  const names = Array.from({ length: 10_000 }, () => random.uuid());
  assert.is(new Set(names).size, names.length);
  for (const name of names)
    assert.match(name, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});

test.run();
