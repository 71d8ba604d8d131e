/** What people read of the audit log, and what never gets into it, on both databases. */
import { randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
import { hashedNumbers } from '../../../src/admission/number-privacy.js';
import { AcmError } from '../../../src/errors.js';
import { StoreRecorder } from '../../../src/store/store-recorder.js';
import { contentOf, entriesMadeBy, faultOf } from '../../support/audit-trail.js';
import {
  allPages,
  at,
  BY,
  block,
  onEachDatabase,
  PAGE,
  SIGNED,
  SILENT,
  snapshot,
  TERMS,
} from '../../support/store-fixture.js';

const suites = onEachDatabase('contract/store/audit-log', (test, store) => {
  test('shows entries by who, what, of which and when, all together, in either order', async () => {
    const [rules, bNumber] = [store.rules(), store.freshB()];
    const bob = { author: 'bob', origin: 'http 192.0.2.8, certificate' };
    await rules.putBlocks([block('1', bNumber, at(90_000))], BY);
    store.now = at(1_000);
    await rules.putBlocks([block('2', bNumber, at(90_000))], bob);
    store.now = at(2_000);
    await rules.removeBlock('1', bNumber, bob);
    const log = store.audit();
    const shown = async (query: object): Promise<string[]> =>
      (await log.list({ ...PAGE, ...query })).items.map(({ action, target }) => `${action} ${target}`);
    const [one, two] = [`1 to ${bNumber}`, `2 to ${bNumber}`];
    assert.equal(await shown({}), [`block.remove ${one}`, `block.put ${two}`, `block.put ${one}`]);
    assert.equal(await shown({ oldestFirst: true }), (await shown({})).reverse());
    assert.equal(await shown({ actor: 'bob' }), [`block.remove ${one}`, `block.put ${two}`]);
    assert.equal(await shown({ target: one, oldestFirst: true }), [
      `block.put ${one}`,
      `block.remove ${one}`,
    ]);
    assert.equal(await shown({ action: 'block.put', actor: 'bob' }), [`block.put ${two}`]);
    assert.equal(await shown({ since: at(1_000), until: at(2_000) }), [`block.put ${two}`]);
    assert.equal(await shown({ target: "' OR true --" }), []);
    const nothing = await log.list({ ...PAGE, actor: 'nobody' });
    const whole = await log.list(PAGE);
    assert.equal([nothing.items, nothing.head], [[], whole.head], 'the head is that of the log');
    assert.equal(whole.items[0].hash, whole.head.hash);
  });

  test('comes in pages, none twice and none left out, while it grows', async () => {
    const [rules, bNumber] = [store.rules(), store.freshB()];
    for (let i = 0; i < 7; i++) await rules.putBlocks([block(String(i), bNumber)], BY);
    const log = store.audit();
    const all = (await log.list({ ...PAGE, oldestFirst: true })).items.map(({ entryId }) => entryId);
    const newestFirst = await allPages(async (page) => {
      const answer = await log.list({ ...page });
      await rules.putBlocks([block('late', bNumber)], BY);
      return answer;
    }, 3);
    assert.equal(
      newestFirst.map(({ entryId }) => entryId),
      all.toReversed(),
    );
    const wrong = await log
      .list({ ...PAGE, after: Buffer.from('["","1e3"]').toString('base64url') })
      .catch((error) => error);
    assert.is(wrong.field, 'after');
  });

  test('holds no number in the clear where privacy is on', async () => {
    const conceal = hashedNumbers('sixteen characters');
    const rules = store.rules(conceal);
    const [bNumber, aNumber, alertId, entryId] = [store.freshB(), '15559876543', randomUUID(), randomUUID()];
    const scope = { kind: 'b-number', digits: bNumber } as const;
    const entries = await entriesMadeBy(store.audit(), async () => {
      await rules.putBlocks([{ ...block(aNumber, bNumber), alertId }], BY);
      await rules.expireBlock(aNumber, bNumber, at(9_000), BY);
      await rules.liftBlocksOf(alertId, BY);
      await rules.putBlocks([block(aNumber, bNumber)], BY);
      await rules.removeBlock(aNumber, bNumber, BY);
      await rules.putPolicy({ scope, terms: TERMS, ...SIGNED }, BY);
      await rules.removePolicy(scope, BY);
      await rules.putAllowlist([{ entryId, scope, expiresAt: undefined, alertId: '', ...SIGNED }], BY);
      await rules.expireAllowlist(entryId, at(9_000), BY);
      await rules.removeAllowlist(entryId, BY);
      await store.save([snapshot(alertId, bNumber)], store.sidecarId, conceal);
      await store.alerts(conceal).change(alertId, { ...BY, status: 'RESOLVED' }, at(1));
    });
    assert.is(entries.length, 11);
    for (const number of [bNumber, aNumber]) assert.not.ok(JSON.stringify(entries).includes(number));
    assert.is(entries[0].target, `${conceal(aNumber)} to ${conceal(bNumber)}`, 'but who may find it does');
  });

  /** A recorder whose store is away until it is said to be there. */
  function recorderOf(isThere: () => boolean): StoreRecorder {
    return new StoreRecorder({
      database: () => {
        if (!isThere()) throw new AcmError('ACM_STORE_UNAVAILABLE', 'the store is away');
        return store.database;
      },
      conceal: (number) => number,
      webhooks: store.webhooks,
      sidecarId: store.sidecarId,
      date: () => store.now,
      log: SILENT,
      flushMs: 1,
      now: () => performance.now(),
      schedule: (work, ms) => {
        const timer = setTimeout(work, ms);
        return { cancel: () => clearTimeout(timer) };
      },
      random: () => 0,
    });
  }

  test('hears of a switch that was thrown while the store was away, once', async () => {
    const change = { on: false, author: 'grace', reason: 'storm', changedAt: at(77) };
    const by = { author: 'grace', origin: 'grpc unix-socket, no token' };
    let there = false;
    const recorder = recorderOf(() => there);
    const entries = await entriesMadeBy(store.audit(), async () => {
      recorder.enforcement(change, by);
      await recorder.outbox.flush(20);
      assert.is(recorder.outbox.waiting('enforcement'), 1);
      there = true;
      store.now = at(500);
      assert.is(await recorder.outbox.flush(5_000), 0);
      // And again, as after a deadline that left it unknown whether it has arrived.
      recorder.enforcement(change, by);
      assert.is(await recorder.outbox.flush(5_000), 0);
    });
    assert.equal(
      entries.map(({ actor, origin }) => [actor, origin]),
      [['grace', 'grpc unix-socket, no token']],
    );
    assert.equal(entries[0].at, at(500), 'the log tells when it was written, the entry when it was thrown');
    const { action, after } = contentOf(entries[0]) as { action: string; after: object };
    assert.is(action, 'enforcement.switch');
    assert.equal(after, { on: false, reason: 'storm', author: 'grace', changed_at: at(77).toISOString() });
    assert.is(await faultOf(store.audit()), undefined);
  });
});

suites.run();
