import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { numberingPlanOf } from '../../src/admission/numbering-plan.js';
import {
  canonicalToken,
  isAnonymous,
  isPackedKey,
  NOT_PACKED,
  packCanonical,
  packNumber,
  unpackNumber,
} from '../../src/detection/number.js';

const test = suite('detection/number');

const nigeria = numberingPlanOf('NG');

test('reads every way of writing one number as one number', () => {
  for (const text of [
    '+2348031234567',
    '002348031234567',
    '2348031234567',
    '08031234567',
    '+234 (803) 123-45.67',
    '0803-123-4567',
  ]) {
    assert.is(packNumber(text, nigeria), 2348031234567, text);
  }
});

test('leaves a national number as it stands where no country is configured', () => {
  assert.is(unpackNumber(packNumber('08031234567', undefined)), '08031234567');
  assert.is.not(packNumber('08031234567', undefined), packNumber('8031234567', undefined));
});

test('keeps short numbers and the emergency number that consists of zeros', () => {
  for (const text of ['112', '911', '000', '08001', '0']) {
    assert.is(unpackNumber(packNumber(text, undefined)), text);
    assert.is(unpackNumber(packNumber(text, nigeria)), text);
  }
});

test('knows how each country dials', () => {
  const dialled: [string, string, number][] = [
    ['US', '212-555-0123', 12125550123],
    ['US', '12125550123', 12125550123],
    ['US', '0112348031234567', 2348031234567],
    ['US', '2348031234567', 2348031234567],
    ['ES', '912345678', 34912345678],
    ['IT', '0612345678', 390612345678],
    ['RU', '89121234567', 79121234567],
    ['HU', '06201234567', 36201234567],
    ['AU', '0011441632960123', 441632960123],
    ['GB', '02079460000', 442079460000],
  ];
  for (const [country, text, key] of dialled)
    assert.is(packNumber(text, numberingPlanOf(country)), key, `${country} ${text}`);
});

test('has no packed form for what is not a phone number', () => {
  for (const text of [
    '',
    'A001',
    'alice',
    '+',
    '++1',
    '1+2',
    '()',
    '12a',
    '+1234567890123456',
    '0000000001',
    'sip:1@x',
    '\u0661',
  ]) {
    assert.is(packNumber(text, undefined), NOT_PACKED, text);
  }
});

test('compares numbers that are too long by their digits, and names as they stand', () => {
  assert.is(canonicalToken('+1234 5678-9012 3456 7'), '12345678901234567');
  assert.is(canonicalToken('0012345678901234567'), '12345678901234567');
  assert.is(canonicalToken('A 001'), 'A 001');
  assert.is(canonicalToken('0000000001'), '0000000001', 'not 00000001, which is another number');
});

test('packs every string of up to 15 digits without loss, and no two alike', () => {
  const digits = fc
    .tuple(fc.integer({ min: 0, max: 8 }), fc.bigInt({ min: 0n, max: 999_999_999_999_999n }))
    .map(([zeros, value]) => '0'.repeat(zeros) + (value === 0n ? '' : value))
    .filter((text) => text.length > 0 && text.length <= 15 && !/^00[1-9]\d{6,}$/.test(text));
  fc.assert(fc.property(digits, (text) => assert.is(unpackNumber(packNumber(text, undefined)), text)));
  fc.assert(
    fc.property(digits, digits, (one, other) => {
      assert.is(packNumber(one, undefined) === packNumber(other, undefined), one === other);
    }),
  );
});

test('knows the keys that digits pack into', () => {
  const keys = fc.oneof(
    fc.double({ noNaN: false }),
    fc.double({ min: 0, max: 2 ** 53 }).map(Math.round),
    fc
      .tuple(
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: -2, max: 15 }),
        fc.integer({ min: -2, max: 2 }),
      )
      .map(([zeros, power, more]) => zeros * 1e15 + Math.floor(10 ** power) + more),
  );
  fc.assert(
    fc.property(keys, (key) => {
      const isKey = key > 0 && key < 2 ** 53 && packCanonical(unpackNumber(key)) === key;
      assert.is(isPackedKey(key), isKey, String(key));
    }),
    { numRuns: 5_000 },
  );
  for (const key of [0, -0, -1, 9e15, 2 ** 53, Number.NaN, Infinity]) assert.not.ok(isPackedKey(key));
});

test('recognises callers who hide their number', () => {
  for (const name of ['', 'anonymous', 'Anonymous', 'UNAVAILABLE', 'restricted'])
    assert.ok(isAnonymous(name), name);
  for (const name of ['alice', 'anonym', '234', 'robert', 'ursula']) assert.not(isAnonymous(name), name);
});

test.run();
