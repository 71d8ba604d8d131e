import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SCOPES } from '../../src/admission/access.js';
import { type NewToken, TokenDesk } from '../../src/admission/token-desk.js';
import { AcmError, InvalidFieldError } from '../../src/errors.js';
import { MemoryTokenStore } from '../support/memory-access.js';

const test = suite('admission/token-desk');

const NOW = new Date(1_000_000);
const BY = { author: 'ada', origin: 'test' };
const WANTED: NewToken = { name: 'sbc-1', scopes: ['check', 'switch'], expiresAt: undefined };

let store: MemoryTokenStore;
let desk: TokenDesk;
let caughtUp: number;

test.before.each(() => {
  store = new MemoryTokenStore();
  caughtUp = 0;
  const watch = { revision: 0, catchUp: async () => void caughtUp++ };
  desk = new TokenDesk(store, watch, () => NOW);
});

/** The field that is complained of, or the code of the error. */
async function complaintAbout(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => '',
    (error: unknown) => {
      assert.instance(error, AcmError);
      return error instanceof InvalidFieldError ? error.field : (error as AcmError).code;
    },
  );
}

test('makes a token that is in force when the answer comes, and keeps no secret', async () => {
  const { token, stored } = await desk.create({ ...WANTED, expiresAt: new Date(1_000_001) }, BY);
  assert.is(caughtUp, 1);
  assert.equal(
    [stored.name, stored.scopes, stored.author, stored.createdAt, stored.expiresAt, stored.revokedAt],
    ['sbc-1', ['check', 'switch'], 'ada', NOW, new Date(1_000_001), undefined],
  );
  assert.is(store.tokens.find(token, NOW.getTime())?.tokenId, stored.tokenId);
  const { items } = await desk.list({ limit: 10, after: '' });
  assert.equal(items, [stored]);
  assert.not.ok(JSON.stringify(items).includes(token.slice(17)));
});

test('takes every scope, and each once', async () => {
  const { stored } = await desk.create({ ...WANTED, scopes: [...SCOPES, ...SCOPES] }, BY);
  assert.equal(stored.scopes, SCOPES);
});

test('names the field that a token cannot be made of', async () => {
  const wrong: [Partial<NewToken>, string][] = [
    [{ name: '' }, 'name'],
    [{ name: 'n'.repeat(65) }, 'name'],
    [{ name: 'a\nb' }, 'name'],
    [{ name: 'half \ud800' }, 'name'],
    [{ scopes: [] }, 'scopes'],
    [{ scopes: ['check', 'root'] }, 'scopes'],
    [{ scopes: ['Admin'] }, 'scopes'],
    [{ scopes: ['__proto__'] }, 'scopes'],
    [{ expiresAt: NOW }, 'expires_at'],
    [{ expiresAt: new Date(Number.NaN) }, 'expires_at'],
  ];
  for (const [fields, field] of wrong)
    assert.is(await complaintAbout(desk.create({ ...WANTED, ...fields }, BY)), field, JSON.stringify(fields));
  assert.is(await complaintAbout(desk.create(WANTED, { ...BY, author: '' })), 'author');
  assert.is((await desk.list({ limit: 10, after: '' })).items.length, 0);
  assert.is(await complaintAbout(desk.create({ ...WANTED, name: '\u{1f4de}'.repeat(32) }, BY)), '');
});

test('revokes a token, once, and says when there is none', async () => {
  const { token, stored } = await desk.create(WANTED, BY);
  await desk.revoke(stored.tokenId, BY);
  assert.is(caughtUp, 2);
  assert.is(store.tokens.find(token, NOW.getTime()), undefined);
  assert.is(await complaintAbout(desk.revoke(stored.tokenId, BY)), 'ACM_NOT_FOUND');
  assert.is(await complaintAbout(desk.revoke('000000000000', BY)), 'ACM_NOT_FOUND');
});

test('does not look for what is no id, least of all for a whole token', async () => {
  const { token, stored } = await desk.create(WANTED, BY);
  for (const id of ['', 'x', token, `${stored.tokenId} `, stored.tokenId.toUpperCase().padEnd(13, 'F')])
    assert.is(await complaintAbout(desk.revoke(id, BY)), 'token_id', id);
  const complaint = await desk.revoke(token, BY).catch(({ message }) => message);
  assert.not.match(complaint, token.slice(17));
  assert.is(await complaintAbout(desk.revoke(stored.tokenId, { ...BY, author: '' })), 'author');
  assert.ok(store.tokens.find(token, NOW.getTime()));
});

test('refuses pages that are too long', async () => {
  assert.throws(() => desk.list({ limit: 1_001, after: '' }), /limit/);
});

test.run();
