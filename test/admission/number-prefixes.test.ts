import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NumberPrefixes } from '../../src/admission/number-prefixes.js';
import { NumberKeys } from '../../src/detection/number-keys.js';

const test = suite('admission/number-prefixes');

test('leads to what each beginning of a number was set to, the shortest first', () => {
  const keys = new NumberKeys();
  const prefixes = new NumberPrefixes<string>(keys);
  for (const prefix of ['234803', '234', 'sip', '2348030']) prefixes.set(prefix, prefix);
  assert.equal(prefixes.matches(2348031234567), ['234', '234803']);
  assert.equal(prefixes.matches(keys.acquire('sipp')), ['sip']);
  assert.equal(prefixes.matches(keys.acquire('2348030000000000000')), ['234', '234803', '2348030']);
  assert.equal(prefixes.matches(23), []);
});

test('agrees with a search through all of them', () => {
  const unit = fc.constantFrom('0', '0', '1', '9', 'a');
  const digits = fc.oneof(
    fc.string({ unit, minLength: 1, maxLength: 4 }),
    fc.string({ unit: fc.constantFrom('0', '9'), minLength: 7, maxLength: 18 }),
  );
  const changes = fc.array(fc.tuple(fc.boolean(), digits), { maxLength: 40 });
  fc.assert(
    fc.property(changes, digits, (history, number) => {
      const keys = new NumberKeys();
      const prefixes = new NumberPrefixes<string>(keys);
      const expected = new Set<string>();
      for (const [isSet, prefix] of history) {
        if (isSet) prefixes.set(prefix, prefix);
        else prefixes.delete(prefix);
        if (isSet) expected.add(prefix);
        else expected.delete(prefix);
      }
      assert.is(prefixes.size, expected.size);
      const key = keys.acquire(number);
      const found = [...expected].filter((prefix) => keys.textOf(key).startsWith(prefix));
      assert.equal(
        prefixes.matches(key),
        found.sort((one, other) => one.length - other.length),
      );
    }),
    { numRuns: 1_000 },
  );
});

test.run();
