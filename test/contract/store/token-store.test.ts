/** Access tokens, on both databases: kept for good, and told to every sidecar. */
import * as assert from 'uvu/assert';
import { SCOPES, type Scope } from '../../../src/admission/access.js';
import type { StoredToken } from '../../../src/admission/access-token.js';
import { newToken } from '../../../src/admission/token-desk.js';
import { Housekeeping } from '../../../src/store/housekeeping.js';
import { NEVER } from '../../../src/store/rule-changes.js';
import { allPages, at, BY, DAY_MS, onEachDatabase, PAGE, SILENT } from '../../support/store-fixture.js';

const suites = onEachDatabase('contract/store/token-store', (test, store) => {
  async function made(
    name: string,
    scopes: readonly Scope[] = ['check'],
    expiresAt?: Date,
  ): Promise<StoredToken> {
    const { stored } = newToken({ name, scopes, expiresAt }, BY, store.now);
    await store.tokens().add(stored, BY);
    return stored;
  }

  const toldSince = async (revision: number) => {
    const { all, reached } = await store.changesSince(revision);
    return { told: all.flatMap(({ tokens }) => tokens), reached };
  };

  test('keeps a token as it was made, and shows it as it is', async () => {
    const tokens = store.tokens();
    const stored = await made('a "name", {with} \\ everything', SCOPES, at(60_000));
    const listed = async () =>
      (await tokens.list(PAGE)).items.find(({ tokenId }) => tokenId === stored.tokenId);
    assert.equal(await listed(), stored);
    assert.ok(await tokens.revoke(stored.tokenId, at(5), BY));
    assert.equal(await listed(), { ...stored, revokedAt: at(5) });
    assert.not.ok(await tokens.revoke(stored.tokenId, at(9), BY));
    assert.equal((await listed())?.revokedAt, at(5), 'the first time counts');
  });

  test('is not changed by a token that comes again under its id', async () => {
    const stored = await made('first');
    await store.tokens().add({ ...stored, name: 'second', scopes: ['admin'] }, BY);
    const { items } = await store.tokens().list(PAGE);
    assert.equal(
      items.filter(({ tokenId }) => tokenId === stored.tokenId),
      [stored],
    );
  });

  test('lists tokens in pages, the newest first, none twice and none left out', async () => {
    const before = (await allPages((page) => store.tokens().list(page), 100)).length;
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) {
      // Every other one at the same time as the one before.
      store.now = at(1_000 * Math.floor(i / 2));
      ids.push((await made(`t${i}`)).tokenId);
    }
    const listed = await allPages((page) => store.tokens().list(page), 2);
    assert.is(listed.length, before + ids.length);
    assert.equal(
      listed
        .map(({ tokenId }) => tokenId)
        .filter((id) => ids.includes(id))
        .sort(),
      ids.sort(),
    );
    const times = listed.map(({ createdAt }) => createdAt.getTime());
    assert.equal(
      times,
      times.toSorted((a, b) => b - a),
    );
    const wrong = await store
      .tokens()
      .list({ ...PAGE, after: 'nonsense' })
      .catch((error) => error);
    assert.is(wrong.field, 'after');
  });

  test('tells every sidecar of a new token and of its end, and one that has just started of both', async () => {
    const { reached: start } = await toldSince(NEVER);
    const stored = await made('sbc-1', ['check', 'switch'], at(60_000));
    const asTold = {
      tokenId: stored.tokenId,
      name: 'sbc-1',
      hash: stored.hash,
      scopes: ['check', 'switch'],
      expiresAt: at(60_000),
    };
    const { told: first, reached } = await toldSince(start);
    assert.equal(first, [{ ...asTold, revoked: false }]);
    assert.equal((await toldSince(reached)).told, [], 'once');
    await store.tokens().revoke(stored.tokenId, at(1), BY);
    assert.equal((await toldSince(reached)).told, [{ ...asTold, revoked: true }]);
    store.now = at(99_000);
    const { told } = await toldSince(NEVER);
    assert.equal(
      told.filter(({ tokenId }) => tokenId === stored.tokenId),
      [{ ...asTold, revoked: true }],
      'also revoked and expired: it says that there was one',
    );
  });

  test('keeps tokens for good: an id never names another one', async () => {
    const stored = await made('old', ['check'], at(1_000));
    await store.tokens().revoke(stored.tokenId, at(1), BY);
    store.now = at(4_000 * DAY_MS);
    await new Housekeeping({
      database: () => store.database,
      webhooks: store.webhooks,
      alertMs: DAY_MS,
      auditMs: DAY_MS,
      now: () => store.now,
      log: SILENT,
      pause: async () => undefined,
    }).run();
    const { told } = await toldSince(NEVER);
    assert.ok(told.some(({ tokenId }) => tokenId === stored.tokenId));
  });
});

suites.run();
