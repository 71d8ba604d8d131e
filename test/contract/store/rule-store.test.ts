/** Policies, the allowlist, blocks and the switch, on both databases. */
import { randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
import { plainNumbers } from '../../../src/admission/number-privacy.js';
import type { StoredBlock } from '../../../src/admission/stored-rules.js';
import { NEVER } from '../../../src/store/rule-changes.js';
import { blockStatement, NEXT_REVISION } from '../../../src/store/rule-writes.js';
import {
  allPages,
  at,
  BY,
  block,
  onEachDatabase,
  PAGE,
  SIGNED,
  snapshot,
  TERMS,
} from '../../support/store-fixture.js';

const suites = onEachDatabase('contract/store/rule-store', (test, store) => {
  test('hands on every change of a rule once, in pages, and what has ceased to be in force', async () => {
    const rules = store.rules();
    const { reached } = await store.changesSince(NEVER);
    const bNumber = store.freshB();
    await rules.putPolicy({ scope: { kind: 'b-number', digits: bNumber }, terms: TERMS, ...SIGNED }, BY);
    await rules.putBlocks(
      ['1', '2', '3'].map((aNumber) => block(aNumber, bNumber)),
      BY,
    );
    const entryId = randomUUID();
    await rules.putAllowlist(
      [
        {
          entryId,
          scope: { kind: 'source', cidr: '192.0.2.0/24' },
          expiresAt: undefined,
          alertId: '',
          ...SIGNED,
        },
      ],
      BY,
    );
    const made = await store.changesSince(reached);
    assert.equal(
      made.all.flatMap(({ policies }) => policies).map(({ terms }) => terms),
      [TERMS],
    );
    assert.equal(
      made.all.flatMap(({ blocks }) => blocks).map(({ aNumber }) => aNumber),
      ['1', '2', '3'],
    );
    assert.equal(
      made.all.flatMap(({ allowlist }) => allowlist).map((each) => each.entryId),
      [entryId],
    );
    assert.ok(await rules.removePolicy({ kind: 'b-number', digits: bNumber }, BY));
    assert.ok(await rules.removeBlock('2', bNumber, BY));
    assert.ok(await rules.removeAllowlist(entryId, BY));
    assert.not.ok(await rules.removeAllowlist(entryId, BY), 'it is not there any more');
    const gone = await store.changesSince(made.reached);
    assert.equal(
      gone.all.flatMap(({ removedPolicies }) => removedPolicies),
      [{ kind: 'b-number', digits: bNumber }],
    );
    assert.equal(
      gone.all.flatMap(({ removedBlocks }) => removedBlocks),
      [{ aNumber: '2', bNumber }],
    );
    assert.equal(
      gone.all.flatMap(({ removedAllowlist }) => removedAllowlist),
      [entryId],
    );
    const fromTheStart = await store.changesSince(NEVER);
    const inForce = fromTheStart.all
      .flatMap(({ blocks }) => blocks)
      .filter((each) => each.bNumber === bNumber);
    assert.equal(
      inForce.map(({ aNumber }) => aNumber),
      ['1', '3'],
    );
  });

  test('keeps every kind of scope and every term as it was given', async () => {
    const rules = store.rules();
    const scopes = [
      { kind: 'default' } as const,
      { kind: 'trunk', name: "carrier 'x'" } as const,
      { kind: 'b-prefix', digits: '4420' } as const,
    ];
    for (const scope of scopes) await rules.putPolicy({ scope, terms: { threshold: 7 }, ...SIGNED }, BY);
    const listed = await allPages((page) => rules.listPolicies(page), 1);
    for (const scope of scopes) {
      const policy = listed.find((each) => JSON.stringify(each.scope) === JSON.stringify(scope));
      assert.equal([policy?.terms, policy?.reason, policy?.author], [{ threshold: 7 }, 'because', 'ada']);
      assert.ok(await rules.removePolicy(scope, BY));
    }
    const kinds = [
      { kind: 'b-number', digits: store.freshB() } as const,
      { kind: 'b-prefix', digits: '23480' } as const,
      { kind: 'a-prefix', digits: '1555' } as const,
      { kind: 'source', cidr: '2001:db8::/32' } as const,
      { kind: 'trunk', name: 'carrier' } as const,
    ];
    await rules.putAllowlist(
      kinds.map((scope) => ({ entryId: randomUUID(), scope, expiresAt: at(1_000), alertId: '', ...SIGNED })),
      BY,
    );
    const entries = await allPages((page) => rules.listAllowlist(page), 2);
    assert.equal(
      entries.map(({ scope }) => JSON.stringify(scope)).sort(),
      kinds.map((scope) => JSON.stringify(scope)).sort(),
    );
    store.now = at(1_000);
    assert.is((await rules.listAllowlist(PAGE)).items.length, 0, 'they have expired');
  });

  test('changes the end of an entry and of a block', async () => {
    const rules = store.rules();
    const [entryId, bNumber] = [randomUUID(), store.freshB()];
    const scope = { kind: 'trunk', name: 'short' } as const;
    await rules.putAllowlist([{ entryId, scope, expiresAt: at(1_000), alertId: '', ...SIGNED }], BY);
    assert.ok(await rules.expireAllowlist(entryId, undefined, BY));
    await rules.putBlocks([block('1', bNumber, at(5_000))], BY);
    assert.ok(await rules.expireBlock('1', bNumber, at(1_000), BY));
    store.now = at(2_000);
    assert.ok((await rules.listAllowlist(PAGE)).items.some((each) => each.entryId === entryId));
    assert.is((await rules.listBlocks({ ...PAGE, bNumber })).items.length, 0);
    assert.not.ok(await rules.expireBlock('1', bNumber, at(9_000), BY), 'it has ended');
    assert.ok(await rules.removeAllowlist(entryId, BY));
  });

  test('lists blocks by either number, in pages', async () => {
    const rules = store.rules();
    const bNumber = store.freshB();
    const pairs = ['15550000001', '15550000002', '15550000003'].map((aNumber) => block(aNumber, bNumber));
    await rules.putBlocks(pairs, BY);
    const all = await allPages((page) => rules.listBlocks({ ...page, bNumber }), 2);
    assert.equal(
      all.map(({ aNumber }) => aNumber).sort(),
      pairs.map(({ aNumber }) => aNumber),
    );
    const both = await rules.listBlocks({ ...PAGE, aNumber: '15550000002', bNumber });
    assert.equal(both.items, [pairs[1]]);
    assert.is((await rules.listBlocks({ ...PAGE, aNumber: '15550000002' })).items.length, 1);
  });

  test('prolongs a block automatically, and never shortens it or brings back what a person removed', async () => {
    const rules = store.rules();
    const bNumber = store.freshB();
    const automatic = (made: StoredBlock) =>
      store.database.run([NEXT_REVISION, blockStatement([made], plainNumbers, true)]);
    const expiry = async () => (await rules.listBlocks({ ...PAGE, bNumber })).items[0]?.expiresAt;
    await rules.putBlocks([block('1', bNumber, at(10_000))], BY);
    await automatic(block('1', bNumber, at(5_000)));
    assert.equal(await expiry(), at(10_000));
    await automatic(block('1', bNumber, at(20_000)));
    assert.equal(await expiry(), at(20_000));
    store.now = at(2_000);
    await rules.removeBlock('1', bNumber, BY);
    await automatic({ ...block('1', bNumber, at(30_000)), changedAt: at(1_000) });
    assert.is(await expiry(), undefined, 'made before it was removed, written after');
    await automatic({ ...block('1', bNumber, at(30_000)), changedAt: at(3_000) });
    assert.equal(await expiry(), at(30_000));
  });

  test('lifts every block that an alert has made, under whichever of its ids', async () => {
    const rules = store.rules();
    const [alertId, alias, bNumber] = [randomUUID(), randomUUID(), store.freshB()];
    await store.save([snapshot(alertId, bNumber)]);
    await store.save([snapshot(alias, bNumber)], randomUUID());
    await rules.putBlocks(
      [{ ...block('1', bNumber), alertId }, { ...block('2', bNumber), alertId: alias }, block('3', bNumber)],
      BY,
    );
    await rules.liftBlocksOf(alertId, BY);
    const { items } = await rules.listBlocks({ ...PAGE, bNumber });
    assert.equal(
      items.map(({ aNumber }) => aNumber),
      ['3'],
    );
  });

  test('lets the newest throw of the switch win, whenever it arrives', async () => {
    const rules = store.rules();
    await rules.switchEnforcement({ on: false, author: 'ada', reason: 'storm', changedAt: at(2) }, BY);
    await rules.switchEnforcement({ on: true, author: 'bob', reason: '', changedAt: at(1) }, BY);
    const { all } = await store.changesSince(NEVER);
    assert.equal(all.at(-1)?.enforcement, { on: false, author: 'ada', reason: 'storm', changedAt: at(2) });
    await rules.switchEnforcement({ on: true, author: 'ada', reason: '', changedAt: at(3) }, BY);
  });
});

suites.run();
