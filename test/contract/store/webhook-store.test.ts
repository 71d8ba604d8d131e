/** What webhooks are told of alerts, and what becomes of the deliveries, on both databases. */
import { randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
import type { Delivery } from '../../../src/admission/webhook.js';
import { DeadLetters } from '../../../src/store/dead-letters.js';
import { Housekeeping } from '../../../src/store/housekeeping.js';
import { WebhookNews } from '../../../src/store/webhook-news.js';
import { WebhookQueue } from '../../../src/store/webhook-queue.js';
import { entriesMadeBy } from '../../support/audit-trail.js';
import { allPages, at, DAY_MS, onEachDatabase, PAGE, SILENT, snapshot } from '../../support/store-fixture.js';

const ADA = { author: 'ada', origin: 'test' };
const GONE = { status: 500, reason: 'answered 500' };

const suites = onEachDatabase('contract/store/webhook-store', (test, store) => {
  let all: string;
  let high: string;
  let queue: WebhookQueue;
  let letters: DeadLetters;

  test.before.each(() => {
    // Names of their own, so that no case meets the deliveries of another.
    [all, high] = [`all-${randomUUID()}`, `high-${randomUUID()}`];
    store.webhooks = new WebhookNews([
      { name: all, minSeverity: 'medium' },
      { name: high, minSeverity: 'high' },
    ]);
    queue = new WebhookQueue(() => store.database);
    letters = new DeadLetters(() => store.database);
  });

  /** What a webhook has been told so far, or will be, in order. */
  async function told(webhook: string): Promise<string[]> {
    const [{ rows }] = await store.database.run([
      {
        text: 'SELECT event, severity FROM webhook_deliveries WHERE webhook = $1 ORDER BY place',
        values: [webhook],
      },
    ]);
    return rows.map(({ event, severity }) => `${event} ${severity}`);
  }

  const claim = (room = 10, now = 0, until = 60_000): Promise<readonly Delivery[]> =>
    queue.claim(
      new Map([
        [all, room],
        [high, room],
      ]),
      at(now),
      at(until),
    );

  const keepHouse = (alertMs = 90 * DAY_MS): Promise<void> =>
    new Housekeeping({
      database: () => store.database,
      alertMs,
      auditMs: DAY_MS,
      webhooks: store.webhooks,
      now: () => store.now,
      log: SILENT,
      pause: async () => undefined,
    }).run();

  /** Alerts that were opened at the same time, each of a B-number of its own. */
  async function attacks(count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, () => randomUUID());
    await store.save(ids.map((id) => snapshot(id, store.freshB())));
    return ids;
  }

  test('tells each webhook from its least severity on, and nothing twice', async () => {
    const [alertId, bNumber] = [randomUUID(), store.freshB()];
    for (const severity of ['medium', 'medium', 'high', 'high', 'critical', 'medium'] as const)
      await store.save([snapshot(alertId, bNumber, { severity })]);
    assert.equal(await told(all), [
      'alert.opened MEDIUM',
      'alert.severity_raised HIGH',
      'alert.severity_raised CRITICAL',
    ]);
    assert.equal(await told(high), ['alert.opened HIGH', 'alert.severity_raised CRITICAL']);
  });

  test('tells once of an attack that sidecars see at the same moment', async () => {
    const bNumber = store.freshB();
    await Promise.all(
      Array.from({ length: 8 }, () =>
        store.save([snapshot(randomUUID(), bNumber, { severity: 'high' })], randomUUID()),
      ),
    );
    assert.equal(await told(all), ['alert.opened HIGH']);
    assert.equal(await told(high), ['alert.opened HIGH']);
  });

  test('tells of the end, by whichever way it comes', async () => {
    const [cooled, makesRoom, settled] = [store.freshB(), store.freshB(), store.freshB()];
    const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()];
    await store.save([
      snapshot(first, cooled),
      snapshot(second, makesRoom, { coolsAt: at(50_000) }),
      snapshot(third, settled, { coolsAt: at(90_000) }),
    ]);
    store.now = at(40_000);
    await keepHouse();
    await store.save([
      snapshot(randomUUID(), makesRoom, { openedAt: at(60_000), windowEnd: at(60_000), coolsAt: at(90_000) }),
    ]);
    await store.alerts().change(third, { ...ADA, status: 'RESOLVED' }, at(41_000));
    await store.save([snapshot(third, settled, { callCount: 9, coolsAt: at(90_000) })]);
    assert.equal((await told(all)).sort(), [
      'alert.changed MEDIUM',
      'alert.ended MEDIUM',
      'alert.ended MEDIUM',
      'alert.ended MEDIUM',
      ...Array(4).fill('alert.opened MEDIUM'),
    ]);
  });

  test('tells of an attack that was over before the store heard of it', async () => {
    store.now = at(100_000);
    await store.save([snapshot(randomUUID(), store.freshB(), { severity: 'high', coolsAt: at(30_000) })]);
    assert.equal(await told(high), ['alert.opened HIGH', 'alert.ended HIGH']);
  });

  test('tells of every change that a person makes, and of none that changes nothing', async () => {
    const [alertId] = await attacks(1);
    const alerts = store.alerts();
    await alerts.change(alertId, { ...ADA, status: 'INVESTIGATING' }, at(1));
    await alerts.change(alertId, { ...ADA, status: 'INVESTIGATING' }, at(2));
    await Promise.all([
      alerts.change(alertId, { ...ADA, notes: 'seen' }, at(3)),
      alerts.change(alertId, { ...ADA, assignedTo: 'bob' }, at(3)),
    ]);
    assert.equal(await told(all), ['alert.opened MEDIUM', ...Array(3).fill('alert.changed MEDIUM')]);
    assert.equal(await told(high), []);
  });

  test('writes nothing down where there are no webhooks', async () => {
    store.webhooks = new WebhookNews([]);
    const [alertId] = await attacks(1);
    await store.alerts().change(alertId, { ...ADA, status: 'RESOLVED' }, at(1));
    const [{ rows }] = await store.database.run([
      { text: 'SELECT count(*) AS n FROM webhook_deliveries WHERE alert_id = $1::uuid', values: [alertId] },
    ]);
    assert.equal(rows, [{ n: 0 }]);
  });

  test('gives each delivery to one courier only, however many claim at once', async () => {
    await attacks(40);
    const claims = await Promise.all(Array.from({ length: 8 }, () => claim(10)));
    const ids = claims.flat().map(({ deliveryId }) => deliveryId);
    assert.is(new Set(ids).size, ids.length);
    while (ids.length < 40) ids.push(...(await claim(10)).map(({ deliveryId }) => deliveryId));
    assert.is(new Set(ids).size, 40);
    assert.is((await claim()).length, 0);
  });

  test('takes no more of a webhook than there is room for, and none of others', async () => {
    await attacks(5);
    assert.is((await claim(3)).length, 3);
    assert.is((await queue.claim(new Map([[high, 10]]), at(0), at(1))).length, 0);
  });

  test('delivers the events of an alert one after the other, with the alert as it is now', async () => {
    const [alertId, bNumber] = [randomUUID(), store.freshB()];
    await store.save([snapshot(alertId, bNumber)]);
    await store.save([snapshot(alertId, bNumber, { severity: 'critical' })]);
    const [opened, ...none] = (await claim()).filter(({ webhook }) => webhook === all);
    assert.equal([opened.event, opened.attempt, opened.alert?.severity], ['alert.opened', 1, 'critical']);
    assert.equal([none.length, (await claim()).length], [0, 0], 'the next waits for it');
    await queue.settle(opened, { state: 'delivered', status: 204 }, at(1));
    const [raised] = await claim();
    assert.is(raised.event, 'alert.severity_raised');
  });

  test('lets another courier have what was claimed by one that died, which then settles nothing', async () => {
    await attacks(1);
    const [first] = await claim(10, 0, 60_000);
    assert.is((await claim(10, 59_999)).length, 0);
    const [second] = await claim(10, 60_000, 120_000);
    assert.equal([second.deliveryId, second.attempt], [first.deliveryId, 2]);
    await queue.settle(first, { state: 'dead', failure: GONE }, at(60_001));
    assert.equal((await queue.counts()).get(all), { waiting: 1, dead: 0 });
    await queue.settle(second, { state: 'delivered', status: 200 }, at(60_002));
    assert.is((await queue.counts()).get(all), undefined);
  });

  test('waits with what has failed until it is due', async () => {
    await attacks(1);
    const [delivery] = await claim();
    await queue.settle(delivery, { state: 'waiting', failure: GONE, dueAt: at(5_000) }, at(100));
    assert.is((await claim(10, 4_999)).length, 0);
    const [again] = await claim(10, 5_000);
    assert.equal([again.attempt, again.queuedAt], [2, at(0)]);
  });

  test('gives up the oldest that wait when there are too many, and forgets the oldest dead', async () => {
    await attacks(7);
    assert.equal(await queue.trim([all], { waitingMax: 5, deadMax: 9 }, at(1)), new Map([[all, 2]]));
    assert.equal((await queue.counts()).get(all), { waiting: 5, dead: 2 });
    const { items } = await letters.list({ ...PAGE, webhook: all });
    assert.equal(new Set(items.map(({ lastError }) => lastError)), new Set(['too many waiting']));
    assert.equal(await queue.trim([all], { waitingMax: 5, deadMax: 1 }, at(2)), new Map());
    assert.equal((await queue.counts()).get(all), { waiting: 5, dead: 1 });
  });

  test('lists dead letters in pages, the newest event first, and replays them', async () => {
    const ids = await attacks(5);
    for (const delivery of await claim())
      await queue.settle(delivery, { state: 'dead', failure: GONE }, at(9));
    const dead = await allPages((page) => letters.list({ ...page, webhook: all }), 2);
    assert.equal(dead.map(({ alertId }) => alertId).sort(), ids.sort());
    const [newest] = dead;
    assert.equal(
      { ...newest, deliveryId: '', alertId: '' },
      {
        deliveryId: '',
        webhook: all,
        event: 'alert.opened',
        alertId: '',
        occurredAt: at(0),
        attempts: 1,
        lastStatus: 500,
        lastError: 'answered 500',
        diedAt: at(9),
        replayedBy: '',
      },
    );
    assert.is(await letters.webhookOf(newest.deliveryId), all);
    assert.ok(await letters.replay(newest.deliveryId, ADA, at(10)));
    assert.not.ok(await letters.replay(newest.deliveryId, ADA, at(10)), 'it waits already');
    assert.is(await letters.webhookOf(newest.deliveryId), undefined);
    const [again] = await claim(10, 10);
    assert.equal(
      [again.deliveryId, again.attempt, again.queuedAt],
      [newest.deliveryId, 1, at(10)],
      'as if it were new',
    );
    const entries = await entriesMadeBy(store.audit(), async () => {
      for (const replayed of [3, 1, 0]) assert.is(await letters.replayAll(all, 3, ADA, at(11)), replayed);
    });
    assert.equal(
      entries.map(({ actor, action }) => `${actor} ${action}`),
      Array(4).fill('ada webhook.replay'),
    );
    const [{ before, after }] = entries;
    assert.equal([JSON.parse(before).state, JSON.parse(after).state], ['dead', 'waiting']);
    assert.equal((await queue.counts()).get(all), { waiting: 5, dead: 0 });
  });

  test('keeps what was told while news of the alert can come, and forgets it then', async () => {
    const [alertId, bNumber] = [randomUUID(), store.freshB()];
    const grown = snapshot(alertId, bNumber, { coolsAt: at(4 * DAY_MS) });
    await store.save([grown]);
    const [delivery] = await claim();
    await queue.settle(delivery, { state: 'delivered', status: 200 }, at(1));
    store.now = at(3 * DAY_MS);
    await keepHouse();
    await store.save([grown]);
    assert.equal(await told(all), ['alert.opened MEDIUM'], 'the alert is open: nothing is told again');
    store.now = at(4 * DAY_MS + 1);
    await keepHouse();
    const [end] = await claim(10, 4 * DAY_MS + 1);
    assert.is(end.event, 'alert.ended');
    await queue.settle(end, { state: 'delivered', status: 200 }, store.now);
    store.now = at(6 * DAY_MS);
    await keepHouse();
    assert.equal(await told(all), []);
  });

  test('gives up what no sidecar delivers, and forgets dead letters with the alerts', async () => {
    await attacks(1);
    store.now = at(DAY_MS);
    await keepHouse();
    assert.equal((await queue.counts()).get(all)?.waiting, 2, 'the opening, and the end by now');
    store.now = at(2 * DAY_MS + 3 * 3_600_000);
    await keepHouse();
    assert.equal((await queue.counts()).get(all), { waiting: 0, dead: 2 });
    assert.match((await letters.list({ ...PAGE, webhook: all })).items[0].lastError, 'no sidecar delivers');
    store.now = at(10 * DAY_MS);
    await keepHouse(7 * DAY_MS);
    assert.is((await queue.counts()).get(all), undefined);
  });

  test('delivers without the alert once it is not kept any more', async () => {
    const [alertId] = await attacks(1);
    await store.database.run([
      { text: 'DELETE FROM fraud_alerts WHERE alert_id = $1::uuid', values: [alertId] },
    ]);
    assert.is((await claim())[0].alert, undefined);
  });
});

suites.run();
