/** What sidecars write down of attacks, on both databases. */
import { randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
import { plainNumbers } from '../../../src/admission/number-privacy.js';
import { callStatements, disconnectStatements } from '../../../src/store/recording.js';
import { at, call, DAY_MS, onEachDatabase, PAGE, snapshot } from '../../support/store-fixture.js';

const suites = onEachDatabase('contract/store/alert-store', (test, store) => {
  test('keeps an alert as it was told of it, and lets it grow', async () => {
    const [alertId, bNumber] = [randomUUID(), store.freshB()];
    await store.save([snapshot(alertId, bNumber)]);
    await store.save([
      snapshot(alertId, bNumber, { severity: 'critical', distinctACount: 10, callCount: 12, detections: 8 }),
    ]);
    await store.save([snapshot(alertId, bNumber)]);
    const { alert } = (await store.alerts().find(alertId))!;
    assert.equal(
      [alert.severity, alert.distinctACount, alert.callCount, alert.detections, alert.status],
      ['critical', 10, 12, 8, 'NEW'],
      'what is told late or twice changes nothing',
    );
    assert.equal([alert.createdAt, alert.windowEnd, alert.endedAt], [at(0), at(0), undefined]);
    assert.equal([alert.policy.scope, alert.policy.threshold], ['default', 5]);
  });

  test('keeps one open alert for a B-number that two sidecars report, found by either id', async () => {
    const [first, second, bNumber] = [randomUUID(), randomUUID(), store.freshB()];
    await store.save([snapshot(first, bNumber, { callCount: 5, detections: 1 })]);
    await store.save(
      [snapshot(second, bNumber, { callCount: 7, detections: 3, severity: 'high' })],
      randomUUID(),
    );
    const file = (await store.alerts().find(second))!;
    assert.equal(
      [file.alert.alertId, file.alert.callCount, file.alert.detections, file.alert.severity],
      [first, 12, 4, 'high'],
    );
    assert.is((await store.alerts().list({ ...PAGE, bNumber })).items.length, 1);
  });

  test('keeps one open alert when sidecars report at the same moment', async () => {
    const bNumber = store.freshB();
    const ids = Array.from({ length: 8 }, () => randomUUID());
    await Promise.all(ids.map((id) => store.save([snapshot(id, bNumber)], randomUUID())));
    const { items } = await store.alerts().list({ ...PAGE, bNumber });
    assert.equal([items.length, items[0].callCount], [1, 40]);
    const found = await Promise.all(ids.map((id) => store.alerts().find(id)));
    assert.ok(found.every((file) => file?.alert.alertId === items[0].alertId));
  });

  test('opens a new alert once the one before has cooled down, also out of one batch', async () => {
    const [first, second, third, bNumber] = [randomUUID(), randomUUID(), randomUUID(), store.freshB()];
    store.now = at(100_000);
    await store.save([
      snapshot(first, bNumber, { openedAt: at(0), coolsAt: at(30_000) }),
      snapshot(second, bNumber, { openedAt: at(50_000), coolsAt: at(110_000) }),
    ]);
    store.now = at(130_000);
    await store.save([snapshot(third, bNumber, { openedAt: at(120_000), coolsAt: at(150_000) })]);
    const { items } = await store.alerts().list({ ...PAGE, bNumber });
    assert.equal(
      items.map(({ alertId, endedAt }) => [alertId, endedAt]),
      [
        [third, undefined],
        [second, at(110_000)],
        [first, at(30_000)],
      ],
    );
  });

  test('keeps the calls of an alert once, whichever sidecar tells of them, and lists who called', async () => {
    const [alertId, alias, bNumber] = [randomUUID(), randomUUID(), store.freshB()];
    await store.save([snapshot(alertId, bNumber)]);
    await store.save([snapshot(alias, bNumber)], randomUUID());
    const calls = [
      call({ callId: 'one', aNumber: '1', bNumber, alertId }),
      call({
        callId: 'two',
        aNumber: '2',
        bNumber,
        alertId,
        calledAt: at(5),
        decision: 'reject',
        sipStatus: 608,
      }),
    ];
    const other = call({ callId: 'three', aNumber: '2', bNumber, alertId: alias, calledAt: at(9) });
    for (let twice = 0; twice < 2; twice++) {
      await store.database.run(callStatements(calls, true, plainNumbers));
      await store.database.run(callStatements([other], true, plainNumbers));
    }
    const file = (await store.alerts().find(alertId))!;
    assert.equal(
      file.calls.map(({ callId, decision, sipStatus }) => [callId, decision, sipStatus]),
      [
        ['one', 'allow', 0],
        ['two', 'reject', 608],
        ['three', 'allow', 0],
      ],
    );
    assert.equal([...file.alert.aNumbers].sort(), ['1', '2']);
    assert.equal([...file.alert.callIds].sort(), ['one', 'three', 'two']);
    assert.equal(file.alert.sourceIps, ['192.0.2.7']);
    assert.is((await store.alerts().list({ ...PAGE, bNumber, aNumber: '2' })).items.length, 1);
    assert.is((await store.alerts().list({ ...PAGE, bNumber, aNumber: '3' })).items.length, 0);
  });

  test('keeps how each teardown ended, and counts those that failed', async () => {
    const [alertId, bNumber] = [randomUUID(), store.freshB()];
    await store.save([snapshot(alertId, bNumber)]);
    const ended = {
      disconnectId: randomUUID(),
      alertId,
      callId: 'one',
      fromTag: 't',
      switchId: 's',
      control: 'grpc',
      outcome: 'ended' as const,
      settledAt: at(1),
    };
    const failed = { ...ended, disconnectId: randomUUID(), callId: 'two', outcome: 'failed' as const };
    for (let twice = 0; twice < 2; twice++) await store.database.run(disconnectStatements([ended, failed]));
    const file = (await store.alerts().find(alertId))!;
    assert.equal(file.disconnects.map(({ callId, outcome }) => `${callId} ${outcome}`).sort(), [
      'one ended',
      'two failed',
    ]);
    assert.is(file.alert.retryCount, 1);
  });

  test('counts the alerts of a time by severity', async () => {
    const ever = at(-3_650 * DAY_MS);
    const before = await store.alerts().countBySeverity(ever);
    await store.save([
      snapshot(randomUUID(), store.freshB(), { severity: 'high', openedAt: at(DAY_MS) }),
      snapshot(randomUUID(), store.freshB(), { severity: 'high', openedAt: at(DAY_MS - 1) }),
      snapshot(randomUUID(), store.freshB(), { severity: 'critical', openedAt: at(DAY_MS + 1) }),
    ]);
    assert.equal(await store.alerts().countBySeverity(at(DAY_MS)), { medium: 0, high: 1, critical: 1 });
    const { medium, high, critical } = before;
    const after = { medium, high: high + 2, critical: critical + 1 };
    assert.equal(await store.alerts().countBySeverity(ever), after);
  });
});

suites.run();
