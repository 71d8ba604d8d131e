import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { positionInTime, positionOf, tokenOf } from '../../src/store/paging.js';

const test = suite('store/paging');

const ID = '00000000-0000-4000-8000-000000000000';

function forged(...position: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

test('finds its way back by the tokens that it gave out', () => {
  for (const at of [
    '2026-11-25 00:20:20.485+00',
    '2024-02-29 23:59:59-15:59:59',
    '0001-01-01 00:00:00.5+05:30',
  ])
    assert.equal(positionInTime(tokenOf({ at, id: ID })), { at, id: ID });
  assert.equal(positionOf(tokenOf({ at: '', id: 'trunk\nlagos' })), { at: '', id: 'trunk\nlagos' });
  assert.is(positionInTime(''), undefined);
});

test('refuses a token that was forged, before the database does', () => {
  const tokens = [
    'nonsense',
    forged(),
    forged(7, ID),
    forged('2026-11-25 00:20:20+00', null),
    forged('2026-11-25 00:20:20+00', 'a\0b'),
    forged('yesterday', ID),
    forged('9999-99-99 99:99:99+99', ID),
    forged('2026-02-30 00:00:00+00', ID),
    forged('0000-01-01 00:00:00+00', ID),
    forged('2026-11-25 24:00:00+00', ID),
    forged('2026-11-25 00:20:20+16', ID),
    forged('2026-11-25 00:20:20+00:60', ID),
  ];
  for (const token of tokens)
    assert.throws(() => positionOf(token), /^after: is not the token of a page$/, token);
});

test('refuses the token of another list where a list goes by time', () => {
  assert.throws(() => positionInTime(tokenOf({ at: '', id: 'trunk\nlagos' })), /^after: /);
});

test.run();
