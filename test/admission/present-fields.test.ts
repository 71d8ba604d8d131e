import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { present } from '../../src/admission/present-fields.js';

const test = suite('admission/present-fields');

test('leaves out what is undefined, and only that', () => {
  assert.equal(Object.keys(present({ a: undefined, b: null, c: '', d: 0, e: false })), ['b', 'c', 'd', 'e']);
});

test.run();
