/** What each kind of change leaves in the audit log, on both databases. */
import { randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
import type { Scope } from '../../../src/admission/access.js';
import type { AuditEntry } from '../../../src/admission/audit-chain.js';
import { newToken } from '../../../src/admission/token-desk.js';
import { AuditRecords } from '../../../src/store/audit-records.js';
import { contentOf, entriesMadeBy, faultOf } from '../../support/audit-trail.js';
import { at, block, onEachDatabase, SIGNED, snapshot, TERMS } from '../../support/store-fixture.js';

const BY = { author: 'grace', origin: 'grpc 192.0.2.7, token 5d3c6f6e3c0b' };
const SIGNATURE = { reason: 'because', author: 'ada', changed_at: at(0).toISOString() };

const suites = onEachDatabase('contract/store/audited-changes', (test, store) => {
  /** What a change has left: who, where from and when is looked at here. */
  async function noted(work: () => Promise<unknown>): Promise<object[]> {
    const entries: AuditEntry[] = await entriesMadeBy(store.audit(), work);
    for (const { actor, origin, at: time } of entries)
      assert.equal([actor, origin, time], [BY.author, BY.origin, store.now]);
    return entries.map(contentOf);
  }

  test.after.each(async () => assert.is(await faultOf(store.audit()), undefined));

  test('tells of a policy: set, set anew, removed, and not removed again', async () => {
    const [rules, digits] = [store.rules(), store.freshB()];
    const scope = { kind: 'b-number', digits } as const;
    const first = { scope: 'b_number', value: digits, threshold: 7, ...SIGNATURE };
    const second = {
      scope: 'b_number',
      value: digits,
      window_seconds: 3,
      threshold: 9,
      cooldown_seconds: 60,
      enforcement: 'shadow',
      auto_block: false,
      block_duration_hours: 2,
      auto_disconnect: true,
      anonymous_callers: 'one',
      ...SIGNATURE,
    };
    const target = `b_number ${digits}`;
    assert.equal(await noted(() => rules.putPolicy({ scope, terms: { threshold: 7 }, ...SIGNED }, BY)), [
      { action: 'policy.set', target, before: null, after: first },
    ]);
    assert.equal(await noted(() => rules.putPolicy({ scope, terms: TERMS, ...SIGNED }, BY)), [
      { action: 'policy.set', target, before: first, after: second },
    ]);
    assert.equal(await noted(() => rules.removePolicy(scope, BY)), [
      { action: 'policy.remove', target, before: second, after: null },
    ]);
    assert.equal(await noted(() => rules.removePolicy(scope, BY)), []);
    assert.equal(await noted(() => rules.putPolicy({ scope, terms: { threshold: 7 }, ...SIGNED }, BY)), [
      { action: 'policy.set', target, before: null, after: first },
    ]);
    await rules.removePolicy(scope, BY);
    const targets = await noted(async () => {
      for (const each of [{ kind: 'default' }, { kind: 'trunk', name: 't 1' }] as const) {
        await rules.putPolicy({ scope: each, terms: { threshold: 7 }, ...SIGNED }, BY);
        await rules.removePolicy(each, BY);
      }
    });
    assert.equal(
      targets.map((each) => (each as { target: string }).target),
      ['default', 'default', 'trunk t 1', 'trunk t 1'],
    );
  });

  test('tells of allowlist entries: each of many, replaced, ended at another time, removed', async () => {
    const rules = store.rules();
    const [one, other, alertId] = [randomUUID(), randomUUID(), randomUUID()];
    const digits = store.freshB();
    const entries = [
      { entryId: one, scope: { kind: 'b-number', digits }, expiresAt: undefined, alertId: '', ...SIGNED },
      { entryId: other, scope: { kind: 'trunk', name: 't' }, expiresAt: at(9), alertId, ...SIGNED },
    ] as const;
    const rowOfOne = { entry_id: one, b_number: digits, ...SIGNATURE };
    const rowOfOther = {
      entry_id: other,
      trunk: 't',
      reason: SIGNATURE.reason,
      author: SIGNATURE.author,
      alert_id: alertId,
      changed_at: SIGNATURE.changed_at,
      expires_at: at(9).toISOString(),
    };
    assert.equal(await noted(() => rules.putAllowlist(entries, BY)), [
      { action: 'allowlist.put', target: one, before: null, after: rowOfOne },
      { action: 'allowlist.put', target: other, before: null, after: rowOfOther },
    ]);
    const replaced = { ...rowOfOne, reason: 'another' };
    assert.equal(await noted(() => rules.putAllowlist([{ ...entries[0], reason: 'another' }], BY)), [
      { action: 'allowlist.put', target: one, before: rowOfOne, after: replaced },
    ]);
    const ended = { ...replaced, expires_at: at(5).toISOString() };
    assert.equal(await noted(() => rules.expireAllowlist(one, at(5), BY)), [
      { action: 'allowlist.expire', target: one, before: replaced, after: ended },
    ]);
    const { expires_at: _, ...endless } = rowOfOther;
    assert.equal(await noted(() => rules.expireAllowlist(other, undefined, BY)), [
      { action: 'allowlist.expire', target: other, before: rowOfOther, after: endless },
    ]);
    assert.equal(await noted(() => rules.removeAllowlist(other, BY)), [
      { action: 'allowlist.remove', target: other, before: endless, after: null },
    ]);
    store.now = at(5);
    for (const gone of [one, other, randomUUID(), 'no id'])
      assert.equal(
        await noted(async () => {
          assert.not.ok(await rules.removeAllowlist(gone, BY));
          assert.not.ok(await rules.expireAllowlist(gone, at(99), BY));
        }),
        [],
        gone,
      );
  });

  test('tells of blocks: each of many, prolonged, removed, and lifted with a false positive', async () => {
    const [rules, bNumber, alertId] = [store.rules(), store.freshB(), randomUUID()];
    const row = (a_number: string, expires_at: Date) => ({
      a_number,
      b_number: bNumber,
      ...SIGNATURE,
      expires_at: expires_at.toISOString(),
    });
    const [first, second] = [`1 to ${bNumber}`, `2 to ${bNumber}`];
    assert.equal(
      await noted(() => rules.putBlocks([block('1', bNumber, at(50)), block('2', bNumber, at(50))], BY)),
      [
        { action: 'block.put', target: first, before: null, after: row('1', at(50)) },
        { action: 'block.put', target: second, before: null, after: row('2', at(50)) },
      ],
    );
    assert.equal(await noted(() => rules.expireBlock('1', bNumber, at(20), BY)), [
      { action: 'block.expire', target: first, before: row('1', at(50)), after: row('1', at(20)) },
    ]);
    assert.equal(await noted(() => rules.putBlocks([block('1', bNumber, at(70))], BY)), [
      { action: 'block.put', target: first, before: row('1', at(20)), after: row('1', at(70)) },
    ]);
    assert.equal(await noted(() => rules.removeBlock('2', bNumber, BY)), [
      { action: 'block.remove', target: second, before: row('2', at(50)), after: null },
    ]);
    assert.equal(
      await noted(async () => {
        assert.not.ok(await rules.removeBlock('2', bNumber, BY));
        assert.not.ok(await rules.expireBlock('2', bNumber, at(99), BY));
      }),
      [],
    );
    await rules.putBlocks(
      ['3', '4'].map((aNumber) => ({ ...block(aNumber, bNumber), alertId })),
      BY,
    );
    const [lifted] = (await noted(() => rules.liftBlocksOf(alertId, BY))) as {
      before: { blocks: string[] };
    }[];
    assert.equal(
      { ...lifted, before: { ...lifted.before, blocks: [...lifted.before.blocks].sort() } },
      {
        action: 'block.lift',
        target: alertId,
        before: { count: 2, blocks: [`3 to ${bNumber}`, `4 to ${bNumber}`] },
        after: null,
      },
    );
    assert.equal(await noted(() => rules.liftBlocksOf(alertId, BY)), []);
  });

  test('tells of a pair that one request names twice as it is stored', async () => {
    const [rules, bNumber] = [store.rules(), store.freshB()];
    const pair = [30, 10, 20].map((ms) => block('1', bNumber, at(ms)));
    const [entry, ...more] = (await noted(() => rules.putBlocks(pair, BY))) as {
      after: { expires_at: string };
    }[];
    assert.is(more.length, 0);
    const { items } = await rules.listBlocks({ limit: 10, after: '', bNumber });
    assert.equal(entry.after.expires_at, items[0].expiresAt.toISOString());
    assert.equal(items[0].expiresAt, at(20), 'the last one counts');
  });

  test('tells of the switch, once, however often the same throw arrives, and not of an older one', async () => {
    const rules = store.rules();
    const off = { on: false, author: 'grace', reason: 'storm', changedAt: at(2) };
    const on = { on: true, author: 'grace', reason: '', changedAt: at(3) };
    const written = { on: false, reason: 'storm', author: 'grace', changed_at: at(2).toISOString() };
    const [first] = (await noted(() => rules.switchEnforcement(off, BY))) as { before: unknown }[];
    assert.equal(first, {
      action: 'enforcement.switch',
      target: 'enforcement',
      before: first.before,
      after: written,
    });
    assert.equal(await noted(() => rules.switchEnforcement(off, BY)), [], 'told again after a deadline');
    assert.equal(await noted(() => rules.switchEnforcement({ ...on, changedAt: at(1) }, BY)), []);
    assert.equal(await noted(() => rules.switchEnforcement(on, BY)), [
      {
        action: 'enforcement.switch',
        target: 'enforcement',
        before: written,
        after: { on: true, reason: '', author: 'grace', changed_at: at(3).toISOString() },
      },
    ]);
  });

  test('tells of an alert what was changed in it, and nothing where nothing was', async () => {
    const [alerts, alertId] = [store.alerts(), randomUUID()];
    await store.save([snapshot(alertId, store.freshB())]);
    const change = (fields: object) => () => alerts.change(alertId, { ...BY, ...fields }, store.now);
    assert.equal(await noted(change({ status: 'INVESTIGATING', assignedTo: 'ada' })), [
      {
        action: 'alert.change',
        target: alertId,
        before: { status: 'NEW', assigned_to: '' },
        after: { status: 'INVESTIGATING', assigned_to: 'ada' },
      },
    ]);
    assert.equal(await noted(change({ status: 'RESOLVED', assignedTo: 'ada', notes: 'n' })), [
      {
        action: 'alert.change',
        target: alertId,
        before: { status: 'INVESTIGATING', notes: '' },
        after: { status: 'RESOLVED', notes: 'n' },
      },
    ]);
    assert.equal(await noted(change({ notes: 'n' })), []);
    const refused = async (work: Promise<unknown>) => assert.ok(await work.catch((error) => error.code));
    assert.equal(await noted(() => refused(change({ status: 'NEW' })())), []);
    assert.equal(await noted(() => refused(alerts.change(randomUUID(), { ...BY, notes: 'x' }, at(0)))), []);
  });

  test('tells of what people did that changes nothing in the store, all of it together', async () => {
    const audit = new AuditRecords(() => store.database);
    const notes = ['one', 'two'].map((target) => ({
      action: 'call.disconnect' as const,
      target,
      before: null,
      after: { ending: true, reason: 'r' },
    }));
    assert.equal(await noted(() => audit.write(notes, BY, store.now)), notes);
  });

  test('tells of a token, never of its hash', async () => {
    const tokens = store.tokens();
    const scopes: Scope[] = ['check', 'switch'];
    const { token, stored } = newToken({ name: 'sbc-1', scopes, expiresAt: at(9) }, BY, store.now);
    const content = { name: 'sbc-1', scopes, expires_at: at(9).toISOString() };
    const target = stored.tokenId;
    assert.equal(await noted(() => tokens.add(stored, BY)), [
      { action: 'token.create', target, before: null, after: content },
    ]);
    assert.equal(await noted(() => tokens.add(stored, BY)), [], 'told again after a deadline');
    assert.equal(await noted(() => tokens.revoke(target, store.now, BY)), [
      { action: 'token.revoke', target, before: content, after: null },
    ]);
    assert.equal(await noted(() => tokens.revoke(target, store.now, BY)), []);
    assert.equal(await noted(() => tokens.revoke('000000000000', store.now, BY)), []);
    const [{ rows }] = await store.database.run([{ text: 'SELECT * FROM audit_log' }]);
    for (const secret of [stored.hash, token, token.slice(17)])
      assert.not.ok(JSON.stringify(rows).includes(secret));
  });
});

suites.run();
