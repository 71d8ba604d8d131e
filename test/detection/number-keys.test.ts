import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { numberingPlanOf } from '../../src/admission/numbering-plan.js';
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

test('gives the text of a key the same key elsewhere, however the number was dialled', () => {
  const dialled = fc.oneof(
    fc
      .tuple(
        fc.constantFrom('', '+', '0', '00', '000', '0000', '0011', '011', '000000000', '234', '810'),
        fc.bigInt({ min: 0n, max: 10n ** 18n }),
        fc.constantFrom('', ' ', '-', '()'),
      )
      .map(([before, value, after]) => `${before}${value}${after}`),
    fc.constantFrom('A001', '()', '+', '0'.repeat(20), '\u0000anonymous 192.0.2.7', '1+2', '\u0661'),
  );
  const countries = fc.constantFrom('', 'NG', 'US', 'ES', 'RU', 'AU', 'GB', 'IT');
  fc.assert(
    fc.property(dialled, countries, (text, country) => {
      const [here, there] = [new NumberKeys(), new NumberKeys()];
      const plan = country === '' ? undefined : numberingPlanOf(country);
      const key = here.acquire(text, plan);
      assert.is(there.acquireCanonical(here.textOf(key)), key);
      assert.is(there.textOf(key), here.textOf(key));
    }),
    { numRuns: 2_000 },
  );
});

test('keeps no packed number', () => {
  const keys = new NumberKeys();
  keys.release(keys.acquire('2348031234567'));
  assert.is(keys.kept, 0);
});

test.run();
