/** What people do with alerts, on both databases. */
import { randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
import { NEVER } from '../../../src/store/rule-changes.js';
import { allPages, at, onEachDatabase, PAGE, snapshot } from '../../support/store-fixture.js';

const suites = onEachDatabase('contract/store/alert-desk-store', (test, store) => {
  test('writes down who changed what, and refuses a status that an alert cannot take', async () => {
    const [alertId, bNumber] = [randomUUID(), store.freshB()];
    await store.save([snapshot(alertId, bNumber)]);
    const alerts = store.alerts();
    await alerts.change(
      alertId,
      { author: 'ada', origin: 'test', status: 'INVESTIGATING', assignedTo: 'ada' },
      at(1),
    );
    await alerts.change(
      alertId,
      { author: 'bob', origin: 'test', status: 'RESOLVED', notes: 'carrier told' },
      at(2),
    );
    const refused = await alerts
      .change(alertId, { author: 'bob', origin: 'test', status: 'NEW' }, at(3))
      .catch((error) => error);
    assert.equal(
      [refused.code, refused.message],
      ['ACM_CONFLICT', 'status: an alert that is RESOLVED cannot become NEW'],
    );
    const { alert, history } = (await alerts.find(alertId))!;
    assert.equal(
      [alert.status, alert.assignedTo, alert.notes, alert.resolvedAt],
      ['RESOLVED', 'ada', 'carrier told', at(2)],
    );
    assert.equal(
      history.map(({ author, changes }) => [author, changes]),
      [
        ['ada', { status: { from: 'NEW', to: 'INVESTIGATING' }, assigned_to: { from: '', to: 'ada' } }],
        [
          'bob',
          { status: { from: 'INVESTIGATING', to: 'RESOLVED' }, notes: { from: '', to: 'carrier told' } },
        ],
      ],
    );
    await alerts.change(alertId, { author: 'ada', origin: 'test', status: 'INVESTIGATING' }, at(4));
    assert.is((await alerts.find(alertId))!.alert.resolvedAt, undefined);
    const missing = await alerts
      .change(randomUUID(), { author: 'a', origin: 'test' }, at(1))
      .catch((error) => error);
    assert.is(missing.code, 'ACM_NOT_FOUND');
  });

  test('loses no change when two people change an alert at the same moment', async () => {
    const [alertId, bNumber] = [randomUUID(), store.freshB()];
    await store.save([snapshot(alertId, bNumber)]);
    const alerts = store.alerts();
    await Promise.all([
      alerts.change(alertId, { author: 'ada', origin: 'test', notes: 'seen' }, at(1)),
      alerts.change(alertId, { author: 'bob', origin: 'test', assignedTo: 'bob' }, at(1)),
    ]);
    const { alert, history } = (await alerts.find(alertId))!;
    assert.equal([alert.notes, alert.assignedTo, history.length], ['seen', 'bob', 2]);
  });

  test('lets a settled alert stay settled, and the next one open', async () => {
    const [first, second, bNumber] = [randomUUID(), randomUUID(), store.freshB()];
    await store.save([snapshot(first, bNumber)]);
    await store.alerts().change(first, { author: 'ada', origin: 'test', status: 'RESOLVED' }, at(1));
    await store.save([snapshot(first, bNumber, { callCount: 9 })]);
    await store.save([snapshot(second, bNumber)]);
    const { items } = await store.alerts().list({ ...PAGE, bNumber });
    assert.equal(
      items.map(({ alertId, status }) => `${alertId} ${status}`).sort(),
      [`${first} RESOLVED`, `${second} NEW`].sort(),
    );
  });

  test('tells every sidecar that an alert was settled, by every id that was given out', async () => {
    const [first, alias, bNumber] = [randomUUID(), randomUUID(), store.freshB()];
    await store.save([snapshot(first, bNumber)]);
    await store.save([snapshot(alias, bNumber)], randomUUID());
    const { reached } = await store.changesSince(NEVER);
    await store.alerts().change(alias, { author: 'ada', origin: 'test', status: 'FALSE_POSITIVE' }, at(1));
    const { all } = await store.changesSince(reached);
    assert.equal(all.flatMap(({ settledAlerts }) => settledAlerts).sort(), [first, alias].sort());
  });

  test('lists alerts in pages, the newest first, none twice and none left out', async () => {
    const bNumber = store.freshB();
    const ids = Array.from({ length: 7 }, () => randomUUID());
    for (const [i, id] of ids.entries()) {
      // Every other one at the same time as the one before.
      const openedAt = at(Math.floor(i / 2) * 60_000);
      store.now = new Date(openedAt.getTime() + 40_000);
      await store.save([snapshot(id, bNumber, { openedAt, coolsAt: new Date(openedAt.getTime() + 1_000) })]);
    }
    const listed = await allPages((page) => store.alerts().list({ ...page, bNumber }), 2);
    assert.equal(listed.map(({ alertId }) => alertId).sort(), ids.sort());
    const times = listed.map(({ createdAt }) => createdAt.getTime());
    assert.equal(
      times,
      [...times].sort((a, b) => b - a),
    );
    const since = await store.alerts().list({ ...PAGE, bNumber, since: at(60_000), until: at(120_000) });
    assert.is(since.items.length, 2);
    const wrong = await store
      .alerts()
      .list({ ...PAGE, after: 'nonsense' })
      .catch((error) => error);
    assert.is(wrong.field, 'after');
  });
});

suites.run();
