import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NOT_PACKED, unpackNumber } from '../../src/detection/number.js';
import { digitsOfPacked, packPrefix, prefixOfPacked } from '../../src/detection/number-prefix.js';

const test = suite('detection/number-prefix');

test('packs digits as they stand, and nothing else', () => {
  for (const text of ['', 'a', '1a', '+1', '1 2', '1234567890123456', '0000000001'])
    assert.is(packPrefix(text), NOT_PACKED, text);
  for (const text of ['0', '00000000', '234', '0011234567', '999999999999999', '000000001234567'])
    assert.is(unpackNumber(packPrefix(text)), text);
});

test('takes as many digits from the beginning of a number as there are', () => {
  const digits = fc
    .tuple(
      fc.integer({ min: 0, max: 8 }),
      fc.oneof(fc.nat(10_000), fc.integer({ min: 0, max: 10 ** 15 - 1 })),
    )
    .map(([zeros, value]) => '0'.repeat(zeros) + (value === 0 ? '' : String(value)))
    .filter((text) => text !== '' && text.length <= 15);
  fc.assert(
    fc.property(fc.oneof(digits, fc.constantFrom('999999999999999', '899999999999999')), (text) => {
      const key = packPrefix(text);
      assert.is(digitsOfPacked(key), text.length);
      for (let length = 1; length <= text.length; length++)
        assert.is(unpackNumber(prefixOfPacked(key, length)), text.slice(0, length));
    }),
    { numRuns: 1_000 },
  );
});

test.run();
