import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { plainText } from '../../../sidecar/words/plain-text.js';
import { readableJson } from '../../../sidecar/words/readable-json.js';
import { listing, table } from '../../../sidecar/words/table.js';
import { Reason, Verdict } from '../../../src/gen/acm/v1/detection.js';
import { AlertStatus } from '../../../src/gen/acm/v1/management.js';

const test = suite('sidecar/words/plain-text');

test('shows what would play tricks on a terminal, and leaves the rest', () => {
  assert.is(
    plainText('a\u001b[31mred\u0007\u009b\u202etxt\u2066'),
    'a\\u001b[31mred\\u0007\\u009b\\u202etxt\\u2066',
  );
  assert.is(plainText('Adé\n+234 \u{1f600} محمد'), 'Adé\n+234 \u{1f600} محمد');
});

test('keeps JSON what it is', () => {
  const message = { notes: 'x\u202ey\u009bz' };
  assert.equal(JSON.parse(plainText(readableJson(message))), message);
});

test('gives names to numbers, where they stand for something', () => {
  const message = {
    status: AlertStatus.FALSE_POSITIVE,
    verdict: Verdict.REJECT,
    reason: Reason.MASKING,
    sipStatus: 608,
    scope: { scope: { $case: 'bNumber', value: '1' } },
    at: new Date('2026-11-22T03:14:07.250Z'),
  };
  assert.equal(JSON.parse(readableJson(message)), {
    status: 'FALSE_POSITIVE',
    verdict: 'REJECT',
    reason: 'MASKING',
    sipStatus: 608,
    scope: { scope: { bNumber: '1' } },
    at: '2026-11-22T03:14:07.250Z',
  });
  assert.equal(JSON.parse(readableJson({ reason: 'because' })), { reason: 'because' });
});

test('makes columns as wide as they need to be', () => {
  assert.is(
    table(
      ['A', 'LONG'],
      [
        ['wide', 'x'],
        ['', 'y'],
      ],
    ),
    'A     LONG\nwide  x\n-     y',
  );
});

test('says when there is more, and when there is nothing', () => {
  assert.match(listing(['A'], [['x']], { more: true, none: 'Nothing.' }), /more than 1; --limit/);
  assert.is(listing(['A'], [], { more: false, none: 'Nothing.' }), 'Nothing.');
});

test.run();
