import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KeyMap } from '../../src/admission/key-map.js';

const test = suite('admission/key-map');

test('agrees with a Map, however many keys come and go', () => {
  const key = fc.oneof(fc.integer({ min: -40, max: 40 }), fc.constantFrom(2348031234567, 2 ** 52, 3e15));
  const step = fc.tuple(fc.constantFrom('set', 'set', 'delete'), key, fc.nat());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.nat(600), (steps, clearAt) => {
      const [map, expected] = [new KeyMap<number>(), new Map<number, number>()];
      steps.forEach(([kind, each, value], i) => {
        if (kind === 'set') {
          map.set(each, value);
          expected.set(each, value);
        } else assert.is(map.delete(each), expected.delete(each));
        if (i === clearAt) {
          map.clear();
          expected.clear();
        }
        assert.is(map.size, expected.size);
      });
      for (const [each] of expected) assert.is(map.get(each), expected.get(each));
      for (const [, each] of steps) assert.is(map.get(each), expected.get(each));
    }),
    { numRuns: 500 },
  );
});

test('has nothing for what is no number', () => {
  const map = new KeyMap<string>();
  map.set(1, 'one');
  assert.is(map.get(Number.NaN), undefined);
  assert.is(map.delete(Number.NaN), false);
});

test.run();
