import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkText } from '../../src/admission/call-attempt.js';

const test = suite('admission/call-attempt');

function complaintAbout(text: string): string {
  try {
    checkText('trunk', text, 64);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

test('takes text of any script, and pairs of surrogates', () => {
  for (const text of ['', 'lagos-1', 'Ìbàdàn', '拉各斯', '😀', 'a😀b', '\u00a0\ud7ff\ue000'])
    assert.is(complaintAbout(text), '');
});

test('refuses half a pair of surrogates, which has no form in UTF-8, and says where it is', () => {
  for (const [text, position] of [
    ['\ud800', 0],
    ['a\udfff', 1],
    ['\udc00\ud800', 0],
    ['😀\ud83d', 2],
    ['\ud83d\ud83d\ude00', 0],
  ] as const)
    assert.is(complaintAbout(text), `trunk: holds half a character at position ${position}`);
});

test('refuses exactly what holds a control character or is not well-formed', () => {
  const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
  const text = fc.oneof(
    fc.array(unit, { maxLength: 8 }).map((units) => units.join('')),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(text, (each) => {
      const good = each.isWellFormed() && !/\p{Cc}/u.test(each);
      assert.is(complaintAbout(each) === '', good);
    }),
  );
});

test.run();
