/** The schema, what is taken up at the start and what is forgotten, on both databases. */
import { randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
import { hashedNumbers, plainNumbers } from '../../../src/admission/number-privacy.js';
import { Housekeeping } from '../../../src/store/housekeeping.js';
import { migrate } from '../../../src/store/migrate.js';
import { callStatements, minuteStatements } from '../../../src/store/recording.js';
import { openIncidents } from '../../../src/store/rule-changes.js';
import { MIGRATIONS } from '../../../src/store/schema.js';
import { figuresOfChecks } from '../../support/memory-statistics.js';
import {
  at,
  BY,
  block,
  CLOCK,
  call,
  DAY_MS,
  onEachDatabase,
  PAGE,
  SIGNED,
  SILENT,
  snapshot,
  TERMS,
} from '../../support/store-fixture.js';

const suites = onEachDatabase('contract/store/store-upkeep', (test, store) => {
  test('brings the schema up to date once, also when two sidecars do it together', async () => {
    await Promise.all([migrate(store.database, SILENT), migrate(store.database, SILENT)]);
    const [{ rows }] = await store.database.run([
      { text: 'SELECT version FROM schema_versions ORDER BY version' },
    ]);
    assert.equal(
      rows.map(({ version }) => version),
      MIGRATIONS.map(({ version }) => version),
    );
  });

  test('refuses a schema that is newer than it', async () => {
    const failure = await migrate(store.database, SILENT, []).catch((error: Error) => error.message);
    assert.match(String(failure), /schema version \d+, this version of acm knows 0: update acm/);
  });

  test('gives back the incidents that are open', async () => {
    const [open, ended, bNumber] = [randomUUID(), randomUUID(), store.freshB()];
    await store.save([
      snapshot(open, bNumber, { severity: 'high', distinctACount: 7 }),
      snapshot(ended, store.freshB(), { coolsAt: at(-1) }),
    ]);
    const incidents = await openIncidents(store.database, CLOCK, 1_000);
    assert.not.ok(incidents.some(({ alertId }) => alertId === ended));
    const found = incidents.find(({ alertId }) => alertId === open);
    assert.equal(found, {
      alertId: open,
      bNumber,
      exempt: false,
      openedMs: 0,
      lastDetectionMs: 0,
      distinctMax: 7,
      severity: 'high',
    });
  });

  test('stores no number in the clear where privacy is on, and finds it all the same', async () => {
    const conceal = hashedNumbers('sixteen characters');
    const [alertId, bNumber, aNumber] = [randomUUID(), store.freshB(), '15559876543'];
    const policy = { ...snapshot(alertId, bNumber).policy, scope: `b_number ${bNumber}` };
    await store.save([snapshot(alertId, bNumber, { policy })], store.sidecarId, conceal);
    const evidence = call({ callId: 'c', aNumber, bNumber, alertId });
    await store.database.run(callStatements([evidence], true, conceal));
    const rules = store.rules(conceal);
    await rules.putBlocks([block(aNumber, bNumber)], BY);
    await rules.putPolicy({ scope: { kind: 'b-number', digits: bNumber }, terms: TERMS, ...SIGNED }, BY);
    for (const table of ['fraud_alerts', 'calls', 'blocked_patterns', 'policies', 'audit_log']) {
      const [{ rows }] = await store.database.run([{ text: `SELECT * FROM ${table}` }]);
      assert.not.ok(JSON.stringify(rows).includes(bNumber), table);
      assert.not.ok(JSON.stringify(rows).includes(aNumber), table);
    }
    const { items } = await store.alerts(conceal).list({ ...PAGE, bNumber, aNumber });
    assert.equal([items[0].alertId, items[0].bNumber], [alertId, conceal(bNumber)]);
    assert.is((await rules.listBlocks({ ...PAGE, aNumber })).items.length, 1);
    assert.ok(await rules.removeBlock(aNumber, bNumber, BY));
    assert.ok(await rules.removePolicy({ kind: 'b-number', digits: bNumber }, BY));
  });

  test('forgets unflagged calls after 300 seconds, and the rest when its time is over', async () => {
    const [alertId, bNumber] = [randomUUID(), store.freshB()];
    const old = (ms: number) => ({
      openedAt: at(ms),
      windowStart: at(ms),
      windowEnd: at(ms),
      coolsAt: at(ms + 1),
    });
    await store.save([snapshot(alertId, bNumber, old(-8 * DAY_MS))]);
    await store.alerts().change(alertId, { author: 'ada', origin: 'test', notes: 'n' }, at(-8 * DAY_MS));
    const flagged = call({ callId: 'f', bNumber, alertId, calledAt: at(-8 * DAY_MS) });
    await store.database.run(callStatements([flagged], true, plainNumbers));
    const unflagged = Array.from({ length: 2_500 }, (_, i) =>
      call({ callId: `u${i}`, bNumber, calledAt: at(i < 2_400 ? -300_001 : -299_999) }),
    );
    await store.database.run(callStatements(unflagged, false, plainNumbers));
    const minute = { ...figuresOfChecks(1), beganAt: at(-32 * DAY_MS) };
    await store.database.run(minuteStatements([minute], store.sidecarId));
    await store.rules().putBlocks([block('1', bNumber, at(-2 * DAY_MS))], BY);
    let pauses = 0;
    const housekeeping = new Housekeeping({
      database: () => store.database,
      alertMs: 7 * DAY_MS,
      auditMs: 7 * DAY_MS,
      webhooks: store.webhooks,
      now: () => store.now,
      log: SILENT,
      pause: async () => void pauses++,
    });
    await housekeeping.run();
    const count = async (from: string): Promise<unknown> =>
      (await store.database.run([{ text: `SELECT count(*) AS n FROM ${from}`, values: [] }]))[0].rows[0]['n'];
    assert.is(await count(`calls WHERE b_number = '${bNumber}'`), 100);
    assert.ok(pauses >= 2, 'in batches, with pauses in between');
    assert.is(await count(`fraud_alerts WHERE b_number = '${bNumber}'`), 0);
    assert.is(await count(`alert_history WHERE alert_id = '${alertId}'`), 0);
    assert.is(await count(`alert_sightings WHERE alert_id = '${alertId}'`), 0);
    assert.is(await count(`blocked_patterns WHERE b_number = '${bNumber}'`), 0);
    assert.is(await count('detection_stats'), 0);
  });

  test('ends the incidents of sidecars that are no more', async () => {
    const [alertId, bNumber] = [randomUUID(), store.freshB()];
    await store.save([snapshot(alertId, bNumber, { coolsAt: at(30_000) })]);
    store.now = at(30_001);
    const always = {
      alertMs: DAY_MS,
      auditMs: DAY_MS,
      webhooks: store.webhooks,
      now: () => store.now,
      log: SILENT,
      pause: async () => undefined,
    };
    await new Housekeeping({ database: () => store.database, ...always }).run();
    assert.equal((await store.alerts().find(alertId))!.alert.endedAt, at(30_000));
  });
});

suites.run();
