import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { demoLine, partiesOf } from '../../../sidecar/words/demo-words.js';

const test = suite('sidecar/words/demo-words');

test('one line says when, what and who, the numbers redacted however they are spelled', () => {
  const plan = { aNumber: '00234.7031234567', bNumber: '+234 (809) 9999999' };
  const line = demoLine('rejected', partiesOf(plan), new Date('2026-01-01T12:00:01.250Z'));
  assert.match(line, /^12:00:01\.250 {2}\S*rejected/);
  assert.match(line, '234********67 -> 234********99');
});

test.run();
