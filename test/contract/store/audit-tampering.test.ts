/** What somebody can do to the audit log who may write into the database, and how it shows. */
import * as assert from 'uvu/assert';
import { entriesAfter } from '../../../src/admission/audit-chain.js';
import { Housekeeping } from '../../../src/store/housekeeping.js';
import { faultOf } from '../../support/audit-trail.js';
import { at, BY, block, DAY_MS, onEachDatabase, SILENT } from '../../support/store-fixture.js';

const CHANGES = 12;

const suites = onEachDatabase('contract/store/audit-tampering', (test, store) => {
  const sql = (text: string, values: unknown[] = []) => store.database.run([{ text, values }]);
  const follow = () => faultOf(store.audit());
  const headOf = async () => (await store.audit().list({ limit: 1, after: '' })).head;
  const pointsOf = async () => {
    const { items, head, droppedTo } = await store
      .audit()
      .list({ limit: 1_000, after: '', oldestFirst: true });
    return { entryIds: items.map(({ entryId }) => entryId), head, droppedTo };
  };

  async function makeChanges(count = CHANGES): Promise<void> {
    const bNumber = store.freshB();
    for (let i = 0; i < count; i++)
      await store.rules().putBlocks([block(String(i), bNumber, new Date(store.now.getTime() + DAY_MS))], BY);
  }

  /** Does something that the triggers refuse, as the owner of the table could; then sets it right again. */
  async function tampering(work: () => Promise<unknown>): Promise<string | undefined> {
    const [{ rows }] = await sql('SELECT * FROM audit_log');
    await sql('ALTER TABLE audit_log DISABLE TRIGGER ALL');
    await work();
    const fault = await follow();
    await sql('DELETE FROM audit_log');
    await sql(
      `INSERT INTO audit_log SELECT * FROM jsonb_to_recordset($1::jsonb) AS n(entry_id bigint, at timestamptz,
         actor text, origin text, action text, target text, before_json text, after_json text, hash text)`,
      [JSON.stringify(rows)],
    );
    await sql('ALTER TABLE audit_log ENABLE TRIGGER ALL');
    assert.is(await follow(), undefined, 'whole again');
    return fault;
  }

  test.before(() => makeChanges());

  test('cannot be changed, nor shortened, nor emptied', async () => {
    for (const text of [
      `UPDATE audit_log SET actor = 'nobody' WHERE entry_id = 1`,
      'UPDATE audit_log SET entry_id = entry_id + 1000',
      'DELETE FROM audit_log WHERE entry_id = 1',
      'DELETE FROM audit_log',
      'TRUNCATE audit_log',
    ]) {
      const refused = await sql(text).catch((error) => error);
      assert.is(refused.sqlState, '42501', text);
      assert.match(refused.message, 'the audit log is append-only');
    }
    assert.is(await follow(), undefined);
  });

  test('betrays which entry was changed, whatever was changed in it', async () => {
    for (const change of [
      `actor = 'nobody'`,
      `origin = origin || ' '`,
      `action = 'block.remove'`,
      `target = target || '0'`,
      `at = at + interval '1 millisecond'`,
      `before_json = '{}'`,
      `after_json = replace(after_json, 'because', 'becausf')`,
      `hash = repeat('0', 64)`,
    ])
      assert.is(
        await tampering(() => sql(`UPDATE audit_log SET ${change} WHERE entry_id = 5`)),
        'entry 5 was changed, or one before it was put in its place',
        change,
      );
  });

  test('betrays which entries were taken out, also the last ones', async () => {
    const { entryId: last } = await headOf();
    for (const [condition, fault] of [
      ['entry_id = 1', 'entry 1 is missing'],
      ['entry_id IN (5, 6, 7)', 'entries 5 to 7 are missing'],
      [`entry_id = ${last}`, `entry ${last} is missing`],
      ['true', `entries 1 to ${last} are missing`],
    ])
      assert.is(await tampering(() => sql(`DELETE FROM audit_log WHERE ${condition}`)), fault, condition);
  });

  test('betrays entries that were put there, and two that have changed places', async () => {
    const head = await headOf();
    const [forged] = entriesAfter(
      head,
      [{ action: 'block.put', target: 'forged', before: null, after: {} }],
      BY,
      at(0),
    );
    const { entryId, at: time, actor, origin, action, target, before, after, hash } = forged;
    const values = [entryId, time, actor, origin, action, target, before, after, hash];
    assert.is(
      await tampering(() => sql('INSERT INTO audit_log VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)', values)),
      `entry ${entryId} and later ones were added behind the head`,
    );
    const swapped = await tampering(async () => {
      await sql('UPDATE audit_log SET entry_id = -5 WHERE entry_id = 5');
      await sql('UPDATE audit_log SET entry_id = 5 WHERE entry_id = 6');
      await sql('UPDATE audit_log SET entry_id = 6 WHERE entry_id = -5');
    });
    assert.is(swapped, 'entry 5 was changed, or one before it was put in its place');
  });

  test('betrays a shortened log whose head was set back to its end, by what was noted elsewhere', async () => {
    const noted = await headOf();
    const fault = await tampering(async () => {
      await sql('DELETE FROM audit_log WHERE entry_id = $1', [noted.entryId]);
      await sql(`UPDATE audit_head SET entry_id = l.entry_id, hash = l.hash
                 FROM (SELECT entry_id, hash FROM audit_log ORDER BY entry_id DESC LIMIT 1) l`);
      assert.is((await headOf()).entryId, noted.entryId - 1, 'nothing within the database tells of it');
      assert.is(await follow(), undefined);
      await sql('UPDATE audit_head SET entry_id = $1, hash = $2', [noted.entryId, noted.hash]);
    });
    assert.is(fault, `entry ${noted.entryId} is missing`);
  });

  async function keepHouse(days: number): Promise<void> {
    await new Housekeeping({
      database: () => store.database,
      webhooks: store.webhooks,
      alertMs: days * DAY_MS,
      auditMs: days * DAY_MS,
      now: () => store.now,
      log: SILENT,
      pause: async () => undefined,
    }).run();
  }

  test('loses its oldest entries when their time is over, and stays whole', async () => {
    const old = await headOf();
    store.now = at(6 * DAY_MS);
    await makeChanges(3);
    store.now = at(7 * DAY_MS);
    await keepHouse(7);
    assert.is((await pointsOf()).droppedTo.entryId, 0, 'not a moment too early');
    store.now = at(7 * DAY_MS + 1);
    await keepHouse(7);
    const { entryIds, head, droppedTo } = await pointsOf();
    assert.equal(droppedTo, old);
    assert.equal(
      entryIds,
      [1, 2, 3].map((n) => old.entryId + n),
    );
    assert.is(head.entryId, old.entryId + 3);
    assert.is(await follow(), undefined);
    await makeChanges(1);
    assert.is(await follow(), undefined);
  });

  test('keeps what came before an entry that a sidecar with a wrong clock has made', async () => {
    store.now = at(6 * DAY_MS);
    const before = await pointsOf();
    store.now = at(-400 * DAY_MS);
    await makeChanges(1);
    store.now = at(7 * DAY_MS);
    await makeChanges(1);
    await keepHouse(7);
    const after = await pointsOf();
    assert.equal(after.droppedTo, before.droppedTo);
    assert.is(after.entryIds.length, before.entryIds.length + 2);
    assert.is(await follow(), undefined);
  });

  test('may lose all its entries, and goes on from there', async () => {
    store.now = at(30 * DAY_MS);
    await keepHouse(7);
    const { entryIds, head, droppedTo } = await pointsOf();
    assert.equal([entryIds, droppedTo], [[], head]);
    assert.is(await follow(), undefined);
    await makeChanges(2);
    assert.equal((await pointsOf()).entryIds, [head.entryId + 1, head.entryId + 2]);
    assert.is(await follow(), undefined);
  });

  test('cannot be shortened by hand after housekeeping has done it', async () => {
    const refused = await sql('DELETE FROM audit_log').catch((error) => error);
    assert.is(refused.sqlState, '42501', 'its leave ends with its transaction');
  });
});

suites.run();
