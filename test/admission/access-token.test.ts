import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isToken, mintToken, tokenIdOf } from '../../src/admission/access-token.js';

const test = suite('admission/access-token');

test('makes tokens that look alike and are never the same', () => {
  const made = Array.from({ length: 1_000 }, mintToken);
  for (const { token, tokenId } of made) {
    assert.match(token, /^acm_[\da-f]{12}_[\w-]{43}$/);
    assert.is(token.slice(4, 16), tokenId);
    assert.is(tokenIdOf(token), tokenId);
    // 32 bytes, none of them left out.
    assert.is(Buffer.from(token.slice(17), 'base64url').length, 32);
  }
  assert.is(new Set(made.map(({ token }) => token.slice(17))).size, made.length);
  assert.is(new Set(made.map(({ tokenId }) => tokenId)).size, made.length);
});

test('keeps the SHA-256 of the whole token, by which it is known again', () => {
  const { token, hash } = mintToken();
  assert.is(hash, createHash('sha256').update(token).digest('hex'));
  assert.ok(isToken(token, Buffer.from(hash, 'hex')));
  assert.not.ok(isToken(mintToken().token, Buffer.from(hash, 'hex')));
  assert.not.ok(isToken('', Buffer.from(hash, 'hex')));
});

test('finds no id in what is no token', () => {
  const { token } = mintToken();
  for (const text of [
    '',
    'acm_',
    token.toUpperCase(),
    ` ${token}`,
    `${token} `,
    `${token}\n`,
    `${token}=`,
    token.slice(0, -1),
    token.replace('acm_', 'acm-'),
    token.replace(/_[\da-f]{12}_/, '_5d3c6f6e3c0_'),
    token.replace(/_[\da-f]{12}_/, '_5d3c6f6e3c0g_'),
  ])
    assert.is(tokenIdOf(text), undefined, JSON.stringify(text));
});

test.run();
