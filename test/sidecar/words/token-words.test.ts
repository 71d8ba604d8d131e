import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { madeTokenInWords, tokenTable } from '../../../sidecar/words/token-words.js';
import type { Token } from '../../../src/gen/acm/v1/access.js';

const test = suite('sidecar/words/token-words');

const NOW = new Date(Date.UTC(2026, 10, 24, 9, 15));
const later = (ms: number): Date => new Date(NOW.getTime() + ms);
const TOKEN: Token = {
  tokenId: '5d3c6f6e3c0b',
  name: 'sbc-1',
  scopes: ['check', 'switch'],
  author: 'ada',
  createdAt: NOW,
  expiresAt: undefined,
  revokedAt: undefined,
};

function rowOf(fields: Partial<Token>): string {
  const [, row = ''] = tokenTable([{ ...TOKEN, ...fields }], false, NOW).split('\n');
  return row;
}

test('says of each token what it may do and whether it is in force', () => {
  for (const fact of ['5d3c6f6e3c0b', 'sbc-1', 'check switch', 'ada']) assert.match(rowOf({}), fact);
  assert.match(rowOf({}), /in force {2}/);
  assert.match(rowOf({ expiresAt: later(60_000) }), 'in force until 2026-11-24 09:16:00');
  assert.match(rowOf({ expiresAt: NOW }), 'expired 2026-11-24 09:15:00');
  assert.match(rowOf({ expiresAt: later(60_000), revokedAt: later(-1_000) }), 'revoked 2026-11-24 09:14:59');
});

test('says how to make the first one where there is none', () => {
  assert.is(tokenTable([], false, NOW), 'There are no tokens. Make the first one with `acm token init`.');
});

test('puts a new token alone on its first line, to be copied', () => {
  const lines = madeTokenInWords('acm_secret', TOKEN).split('\n');
  assert.equal(lines.slice(0, 2), ['acm_secret', '']);
  assert.is(
    lines[2],
    'This is the token 5d3c6f6e3c0b of sbc-1, with check, switch, in force until it is revoked.',
  );
  assert.match(madeTokenInWords('s', { ...TOKEN, expiresAt: later(60_000) }), 'until 2026-11-24 09:16:00');
});

test.run();
