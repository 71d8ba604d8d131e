import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { StoredToken } from '../../src/admission/access-token.js';
import { newToken } from '../../src/admission/token-desk.js';
import { TokenInbox } from '../../src/store/token-inbox.js';

const test = suite('store/token-inbox');

const BY = { author: 'ada', origin: 'test' };

let directory: string;
let path: string;
let inbox: TokenInbox;

test.before.each(() => {
  directory = mkdtempSync(join(tmpdir(), 'acm-inbox-'));
  path = join(directory, 'new-token.json');
  inbox = new TokenInbox(directory);
});

test.after.each(() => rmSync(directory, { recursive: true }));

function made(expiresAt?: Date) {
  return newToken({ name: 'ops', scopes: ['admin'], expiresAt }, BY, new Date(1_000));
}

async function taken(): Promise<StoredToken[]> {
  const tokens: StoredToken[] = [];
  await inbox.take(async (token) => void tokens.push(token));
  return tokens;
}

test('hands a token over as it was made, once', async () => {
  for (const expiresAt of [undefined, new Date(9_000)]) {
    const { stored } = made(expiresAt);
    await inbox.put(stored);
    assert.not.ok(await inbox.isEmpty());
    assert.equal(await taken(), [stored]);
    assert.ok(await inbox.isEmpty());
    assert.equal(await taken(), []);
  }
});

test('holds no secret, and is for its owner alone', async () => {
  const { token, stored } = made();
  await inbox.put(stored);
  assert.not.match(readFileSync(path, 'utf8'), token.slice(17));
  assert.is(statSync(path).mode & 0o777, 0o600);
});

test('keeps the token until it is stored', async () => {
  const { stored } = made();
  await inbox.put(stored);
  const failure = await inbox
    .take(() => Promise.reject(new Error('the store is away')))
    .catch((error) => error);
  assert.is(failure.message, 'the store is away');
  assert.equal(await taken(), [stored]);
});

test('does not put one token over another', async () => {
  const { stored } = made();
  await inbox.put(stored);
  const failure = await inbox.put(made().stored).catch((error) => error);
  assert.is(failure.code, 'EEXIST');
  assert.equal(await taken(), [stored]);
});

test('takes nothing for a token that is none', async () => {
  const token = JSON.parse(JSON.stringify(made().stored));
  for (const content of [
    '{',
    'null',
    '[]',
    { ...token, hash: 'x' },
    { ...token, tokenId: '../../x' },
    { ...token, scopes: ['root'] },
    { ...token, scopes: [] },
    { ...token, name: '' },
    { ...token, secret: 'x' },
  ]) {
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    const failure = await taken().then(
      () => undefined,
      (error: Error) => error,
    );
    assert.ok(failure, JSON.stringify(content));
  }
  await inbox.remove();
  assert.not.ok(existsSync(path));
  await inbox.remove();
});

test.run();
