import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mintToken } from '../../src/admission/access-token.js';
import type { TokenInForce } from '../../src/admission/stored-rules.js';
import { Tokens } from '../../src/admission/tokens.js';

const test = suite('admission/tokens');

const NOW = 1_000_000;

/** A token as the store tells of it, and its text. */
function made(overrides: Partial<TokenInForce> = {}): { text: string; stored: TokenInForce } {
  const { token: text, tokenId, hash } = mintToken();
  const stored = { tokenId, name: 'sbc-1', hash, scopes: ['check', 'switch'], expiresAt: undefined } as const;
  return { text, stored: { ...stored, revoked: false, ...overrides } };
}

test('knows whose token it is, and what that may do', () => {
  const tokens = new Tokens();
  const [one, other] = [made(), made({ name: 'dashboard', scopes: ['alerts:read'] })];
  tokens.apply([one.stored, other.stored]);
  const { tokenId, name, scopes } = tokens.find(other.text, NOW)!;
  assert.equal([tokenId, name, [...scopes]], [other.stored.tokenId, 'dashboard', ['alerts:read']]);
  assert.is(tokens.find(one.text, NOW)?.name, 'sbc-1');
  assert.is(tokens.find(made().text, NOW), undefined, 'one that was never stored');
  assert.is(tokens.find('', NOW), undefined);
});

test('knows a token by its exact text only', () => {
  const tokens = new Tokens();
  const [one, other] = [made(), made()];
  tokens.apply([one.stored, other.stored]);
  const { text } = one;
  const anyUnit = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-'),
  );
  const edit = fc.record({
    place: fc.nat(text.length - 1),
    unit: anyUnit,
    kind: fc.constantFrom('replace', 'insert', 'delete', 'append'),
  });
  fc.assert(
    fc.property(edit, ({ place, unit, kind }) => {
      const [head, tail] = [text.slice(0, place), text.slice(place + 1)];
      const edited = {
        replace: head + unit + tail,
        insert: head + unit + text.slice(place),
        delete: head + tail,
        append: text + unit,
      }[kind];
      fc.pre(edited !== text);
      assert.is(tokens.find(edited, NOW), undefined);
    }),
    { numRuns: 500 },
  );
  const ofBoth = text.slice(0, 17) + other.text.slice(17);
  assert.is(tokens.find(ofBoth, NOW), undefined, 'the secret of another token under this id');
});

test('refuses a token from the millisecond on at which it expires', () => {
  const tokens = new Tokens();
  const { text, stored } = made({ expiresAt: new Date(NOW) });
  tokens.apply([stored]);
  assert.is(tokens.find(text, NOW - 1)?.tokenId, stored.tokenId);
  assert.ok(tokens.isInForce(stored.tokenId, NOW - 1));
  assert.is(tokens.find(text, NOW), undefined);
  assert.not.ok(tokens.isInForce(stored.tokenId, NOW));
});

test('refuses a token that was revoked, and one that it first hears of as revoked', () => {
  const tokens = new Tokens();
  const [one, other] = [made(), made({ revoked: true })];
  tokens.apply([one.stored]);
  assert.ok(tokens.isInForce(one.stored.tokenId, NOW));
  tokens.apply([{ ...one.stored, revoked: true }, other.stored]);
  for (const { text, stored } of [one, other]) {
    assert.is(tokens.find(text, NOW), undefined);
    assert.not.ok(tokens.isInForce(stored.tokenId, NOW));
  }
  assert.not.ok(tokens.isInForce('000000000000', NOW), 'nor one that nobody knows');
});

test('remembers that there was a token once, whatever became of it', () => {
  const tokens = new Tokens();
  assert.not.ok(tokens.everMade);
  tokens.apply([]);
  assert.not.ok(tokens.everMade);
  tokens.apply([made({ revoked: true }).stored]);
  assert.ok(tokens.everMade);
  const expired = new Tokens();
  expired.apply([made({ expiresAt: new Date(0) }).stored]);
  assert.ok(expired.everMade);
});

test('knows whether it knows all tokens', () => {
  const tokens = new Tokens();
  tokens.apply([made().stored]);
  assert.not.ok(tokens.loaded, 'there may be more');
  tokens.markLoaded();
  assert.ok(tokens.loaded);
});

test.run();
