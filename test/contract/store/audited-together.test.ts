/** Changes that are made at the same time, and changes that cannot be made: the log and the data never part. */
import { randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
import type { AuditEntry } from '../../../src/admission/audit-chain.js';
import { plainNumbers } from '../../../src/admission/number-privacy.js';
import { AlertRecords } from '../../../src/store/alert-records.js';
import { type Edit, makeAudited } from '../../../src/store/audited-change.js';
import type { Statement } from '../../../src/store/database.js';
import { entriesMadeBy, faultOf } from '../../support/audit-trail.js';
import { at, BY, block, onEachDatabase, PAGE, SIGNED, snapshot } from '../../support/store-fixture.js';

const CHANGES = 20;

const suites = onEachDatabase('contract/store/audited-together', (test, store) => {
  test.after.each(async () => assert.is(await faultOf(store.audit()), undefined));

  /** Each entry of a target tells of what the one before it has left. */
  function assertOneAfterAnother(entries: readonly AuditEntry[]): void {
    const last = new Map<string, string>();
    for (const { target, before, after } of entries) {
      const was = JSON.parse(before);
      if (last.has(target)) assert.equal(was, JSON.parse(last.get(target)!), target);
      last.set(target, after);
    }
  }

  test('writes each of many changes of one thing down, each on what the one before has left', async () => {
    const scope = { kind: 'b-number', digits: store.freshB() } as const;
    const clients = [store.rules(), store.rules(plainNumbers, store.otherDatabase)];
    const entries = await entriesMadeBy(store.audit(), () =>
      Promise.all(
        Array.from({ length: CHANGES }, (_, i) =>
          clients[i % 2].putPolicy({ scope, terms: { threshold: 2 + i }, ...SIGNED }, BY),
        ),
      ),
    );
    assert.is(entries.length, CHANGES);
    assertOneAfterAnother(entries);
    const thresholds = entries.map(({ after }) => JSON.parse(after).threshold);
    assert.is(new Set(thresholds).size, CHANGES, 'none is lost');
    const { items } = await store.rules().listPolicies(PAGE);
    const stored = items.find((each) => each.scope.kind === 'b-number' && each.scope.digits === scope.digits);
    assert.is(stored?.terms.threshold, thresholds.at(-1), 'the last one is in the table');
    await store.rules().removePolicy(scope, BY);
  });

  test('writes changes of different kinds down that two sidecars make at once', async () => {
    const [bNumber, alertId] = [store.freshB(), randomUUID()];
    await store.save([snapshot(alertId, bNumber)]);
    const other = store.rules(plainNumbers, store.otherDatabase);
    const otherAlerts = new AlertRecords(() => store.otherDatabase, plainNumbers, store.webhooks);
    const [rules, alerts, entryId] = [store.rules(), store.alerts(), randomUUID()];
    const scope = { kind: 'trunk', name: bNumber } as const;
    const entry = { entryId, scope, expiresAt: undefined, alertId: '', ...SIGNED };
    const notes = (text: string) => ({ ...BY, notes: text });
    const entries = await entriesMadeBy(store.audit(), () =>
      Promise.all([
        rules.putBlocks([block('1', bNumber), block('2', bNumber)], BY),
        other.putBlocks([block('2', bNumber), block('1', bNumber)], BY),
        rules.putAllowlist([entry], BY),
        other.putAllowlist([{ ...entry, reason: 'r' }], BY),
        rules.putPolicy({ scope, terms: { threshold: 7 }, ...SIGNED }, BY),
        other.putPolicy({ scope, terms: { threshold: 8 }, ...SIGNED }, BY),
        alerts.change(alertId, notes('one'), at(1)),
        otherAlerts.change(alertId, notes('other'), at(1)),
        alerts.change(alertId, { ...BY, status: 'RESOLVED' }, at(1)),
        otherAlerts.change(alertId, { ...BY, assignedTo: 'ada' }, at(1)),
      ]),
    );
    assert.is(entries.length, 12);
    assertOneAfterAnother(entries.filter(({ action }) => action !== 'alert.change'));
    const file = (await alerts.find(alertId))!;
    assert.is(file.history.length, 4);
    assert.equal([file.alert.status, file.alert.assignedTo], ['RESOLVED', 'ada']);
    await rules.removePolicy(scope, BY);
  });

  test('writes each of a great many blocks down that are made together', async () => {
    const bNumber = store.freshB();
    const blocks = Array.from({ length: 250 }, (_, i) => block(String(i), bNumber));
    const entries = await entriesMadeBy(store.audit(), () => store.rules().putBlocks(blocks, BY));
    assert.equal(
      entries.map(({ target }) => target),
      blocks.map(({ aNumber }) => `${aNumber} to ${bNumber}`),
    );
  });

  test('gives a removal to one of those who ask for it at once, and an entry to that one', async () => {
    const bNumber = store.freshB();
    await store.rules().putBlocks([block('1', bNumber)], BY);
    const clients = [store.rules(), store.rules(plainNumbers, store.otherDatabase)];
    let removed: boolean[] = [];
    const entries = await entriesMadeBy(store.audit(), async () => {
      removed = await Promise.all(
        Array.from({ length: 6 }, (_, i) => clients[i % 2].removeBlock('1', bNumber, BY)),
      );
    });
    assert.is(removed.filter(Boolean).length, 1);
    assert.is(entries.length, 1);
  });

  test('is whole to whoever follows it while changes are made', async () => {
    const bNumber = store.freshB();
    const other = store.rules(plainNumbers, store.otherDatabase);
    let writing = true;
    const write = async (): Promise<void> => {
      for (let i = 0; i < 150; i++) await other.putBlocks([block(String(i), bNumber)], BY);
    };
    const follow = async (): Promise<string[]> => {
      const faults: string[] = [];
      // From the end alone: the fault would be between the last entry and the head.
      while (writing) {
        const { items, head } = await store.audit().list({ limit: 1, after: '' });
        if (items[0].hash !== head.hash) faults.push(`${items[0].entryId} before ${head.entryId}`);
      }
      return faults;
    };
    const written = write().finally(() => {
      writing = false;
    });
    const [faults] = await Promise.all([follow(), written]);
    assert.equal(faults, []);
  });

  const anEdit = (statements: readonly Statement[], target = 't'): Edit => ({
    read: { text: 'SELECT 1 AS one' },
    plan: () => ({ statements, notes: [{ action: 'block.put', target, before: null, after: {} }] }),
  });
  const removal: Statement = { text: 'DELETE FROM blocked_patterns' };
  const blocksOf = async (bNumber: string): Promise<number> =>
    (await store.rules().listBlocks({ ...PAGE, bNumber })).items.length;

  test('makes no entry for a change that the database refuses', async () => {
    let code = '';
    const entries = await entriesMadeBy(store.audit(), async () => {
      code = await makeAudited(store.database, anEdit([{ text: 'SELECT 1 / 0' }]), BY, at(0)).catch(
        (error) => error.code,
      );
    });
    assert.equal([code, entries], ['ACM_STORE_REFUSED', []]);
  });

  test('makes no change whose entry the database refuses', async () => {
    const bNumber = store.freshB();
    await store.rules().putBlocks([block('1', bNumber)], BY);
    const nul = String.fromCharCode(0);
    let code = '';
    const entries = await entriesMadeBy(store.audit(), async () => {
      code = await makeAudited(store.database, anEdit([removal], nul), BY, at(0)).catch(
        (error) => error.code,
      );
    });
    assert.equal([code, entries], ['ACM_STORE_REFUSED', []]);
    assert.is(await blocksOf(bNumber), 1);
  });

  test('gives up, changing nothing, when others are always first', async () => {
    const bNumber = store.freshB();
    await store.rules().putBlocks([block('1', bNumber)], BY);
    // Whatever number the entry would have, it is taken: by one that this very change puts there.
    const first: Statement = {
      text: `INSERT INTO audit_log SELECT entry_id + 1, now(), '', '', '', '', '', '', '' FROM audit_head`,
    };
    let code = '';
    const entries = await entriesMadeBy(store.audit(), async () => {
      code = await makeAudited(store.database, anEdit([removal, first]), BY, at(0)).catch(
        (error) => error.code,
      );
    });
    assert.equal([code, entries], ['ACM_CONFLICT', []]);
    assert.is(await blocksOf(bNumber), 1);
  });
});

suites.run();
