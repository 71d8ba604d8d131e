import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { redactNumber, redactNumbersIn } from '../../src/admission/redaction.js';

const test = suite('admission/redaction');

test('leaves the country and two digits of a number', () => {
  assert.is(redactNumber('2348031234567'), '234********67');
});

test('leaves the first character of what is short', () => {
  assert.equal(['', '1', '112', 'A001', '1234567'].map(redactNumber), ['', '1', '1**', 'A***', '1******']);
});

test('redacts the numbers in what people write, and leaves the rest', () => {
  assert.is(
    redactNumbersIn('+2348031234567 and 0803 123 4567 rang 3 times on 22 November'),
    '+23*********67 and 080********67 rang 3 times on 22 November',
  );
  assert.is(redactNumbersIn('ticket 4711'), 'ticket 4711');
});

test.run();
