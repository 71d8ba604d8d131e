import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { redactNumber } from '../../src/admission/redaction.js';

const test = suite('admission/redaction');

test('leaves the country and two digits of a number', () => {
  assert.is(redactNumber('2348031234567'), '234********67');
});

test('leaves the first character of what is short', () => {
  assert.equal(['', '1', '112', 'A001', '1234567'].map(redactNumber), ['', '1', '1**', 'A***', '1******']);
});

test.run();
