import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { columnParser, parameterText } from '../../src/store/wire-values.js';

const test = suite('store/wire-values');

test('writes scalars as PostgreSQL reads them', () => {
  assert.is(parameterText(null), null);
  assert.is(parameterText(undefined), null);
  assert.is(parameterText('a "b"'), 'a "b"');
  assert.is(parameterText(1.5e21), '1.5e+21');
  assert.is(parameterText(false), 'false');
  assert.is(parameterText(new Date(0)), '1970-01-01T00:00:00.000Z');
});

test('writes arrays with what is special in them quoted', () => {
  assert.is(parameterText([]), '{}');
  assert.is(parameterText([1, null, true]), '{1,NULL,true}');
  assert.is(
    parameterText(['a,b', 'NULL', '', 'say "hi"', 'back\\slash']),
    String.raw`{"a,b","NULL","","say \"hi\"","back\\slash"}`,
  );
  assert.is(parameterText([[1], [2]]), '{{1},{2}}');
  assert.is(parameterText([new Date(0)]), '{"1970-01-01T00:00:00.000Z"}');
});

test('takes no objects, so that JSON is never guessed', () => {
  assert.throws(() => parameterText({ a: 1 }), /JSON as text/);
  assert.throws(() => parameterText([{ a: 1 }]), /JSON as text/);
  assert.throws(() => parameterText(new Date(Number.NaN)), RangeError);
});

test('reads whole and exact numbers as numbers, alone and in arrays', () => {
  assert.is(columnParser(20)('9007199254740991'), Number.MAX_SAFE_INTEGER);
  assert.is(columnParser(1700)('0.25'), 0.25);
  assert.equal(columnParser(1016)('{1,NULL,-3}'), [1, null, -3]);
});

test('leaves types that it does not know as text', () => {
  assert.is(columnParser(4_000_000)('as it is'), 'as it is');
});

test.run();
