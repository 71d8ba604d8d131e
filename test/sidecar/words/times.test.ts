import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { atMillisecond, atSecond, momentOf, roughly, spanOf } from '../../../sidecar/words/times.js';

const test = suite('sidecar/words/times');

test('reads time spans', () => {
  for (const [text, ms] of [
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['24h', 86_400_000],
    ['7D', 604_800_000],
  ] as const)
    assert.is(spanOf(text), ms);
});

test('reads nothing into what is no time span, or more than a life', () => {
  for (const text of ['', '24', 'h', '0h', '-1h', '1.5h', '1 h', '7w', '99999999d', '1e3s'])
    assert.is(spanOf(text), undefined, text);
});

test('reads times of RFC 3339, whatever their zone', () => {
  for (const text of ['2026-11-22T18:00:00Z', '2026-11-22 19:00:00.000+01:00', '2026-11-22t18:00:00z'])
    assert.equal(momentOf(text), new Date('2026-11-22T18:00:00Z'), text);
});

test('takes neither times without a zone nor days that do not exist', () => {
  for (const text of [
    '',
    '2026-11-22',
    '2026-11-22T18:00:00',
    '22.11.2026 18:00',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-11-22T25:00:00Z',
  ])
    assert.is(momentOf(text), undefined, text);
  assert.ok(momentOf('2028-02-29T00:00:00Z'));
});

test('writes times in UTC', () => {
  const time = new Date('2026-11-22T03:14:07.250Z');
  assert.is(atSecond(time), '2026-11-22 03:14:07Z');
  assert.is(atMillisecond(time), '2026-11-22 03:14:07.250Z');
  assert.is(atSecond(undefined), '-');
});

test('says roughly how long something is', () => {
  assert.equal([-5, 0, 90_000, 720_000, 10_000_000, 259_200_000].map(roughly), [
    '0 s',
    '0 s',
    '90 s',
    '12 minutes',
    '3 hours',
    '3 days',
  ]);
});

test.run();
