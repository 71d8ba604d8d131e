/** One attack seen by several sidecars, that goes by several ids: one alert in the store, on both databases. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { AlertSnapshot, RecordedDisconnect } from '../../../src/admission/alert.js';
import { plainNumbers } from '../../../src/admission/number-privacy.js';
import { callStatements, disconnectStatements } from '../../../src/store/recording.js';
import { blockStatement, NEXT_REVISION } from '../../../src/store/rule-writes.js';
import { clockErrors, play, steps } from '../../admission/exchanged-attacks.js';
import type { SidecarFixture } from '../../admission/sidecar-fixture.js';
import {
  at,
  BY,
  block,
  call,
  onEachDatabase,
  PAGE,
  type StoreFixture,
  snapshot,
} from '../../support/store-fixture.js';

/** Three ids of one attack, the smallest first. */
function threeIds(): [string, string, string] {
  const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()].sort();
  return [first!, second!, third!];
}

function disconnect(alertId: string, callId: string, outcome: 'ended' | 'failed'): RecordedDisconnect {
  return {
    disconnectId: randomUUID(),
    alertId,
    callId,
    fromTag: 't',
    switchId: 's',
    control: 'test',
    outcome,
    settledAt: at(10),
  };
}

async function idsFoundFor(store: StoreFixture, ids: readonly string[]): Promise<(string | undefined)[]> {
  const files = await Promise.all(ids.map((id) => store.alerts().find(id)));
  return files.map((file) => file?.alert.alertId);
}

/** What a sidecar wrote down, one batch after the other; how teardowns ended may come before all else. */
function writesOf(
  { admission, now }: SidecarFixture,
  store: StoreFixture,
): [() => Promise<unknown>, () => Promise<unknown>] {
  const { alerts, flagged, disconnects } = admission.records;
  const sidecarId = randomUUID();
  store.now = admission.wallClock.dateOf(now);
  return [
    async () => {
      for (const each of alerts) await store.save([each], sidecarId);
      if (flagged.length > 0) await store.database.run(callStatements(flagged, true, plainNumbers));
    },
    async () => {
      if (disconnects.length > 0) await store.database.run(disconnectStatements(disconnects));
    },
  ];
}

const suites = onEachDatabase('contract/store/alert-aliases', (test, store) => {
  test('finds an alert by an id that only an alias tells of, and counts it as nothing', async () => {
    const [winner, own, other] = threeIds();
    const bNumber = store.freshB();
    for (let twice = 0; twice < 2; twice++)
      await store.save([snapshot(own, bNumber, { aliases: [winner, other], callCount: 7, detections: 2 })]);
    assert.equal(await idsFoundFor(store, [winner, own, other]), [own, own, own]);
    const { alert } = (await store.alerts().find(winner))!;
    assert.equal([alert.callCount, alert.detections], [7, 2]);
    assert.is((await store.alerts().list({ ...PAGE, bNumber })).items.length, 1);
  });

  test('adds up what each sidecar counts under its own first id, whoever knows which aliases', async () => {
    const [winner, second, third] = threeIds();
    const bNumber = store.freshB();
    const told: [Partial<AlertSnapshot> & { alertId: string }, string][] = [
      [{ alertId: winner, aliases: [second, third], callCount: 5, detections: 1 }, randomUUID()],
      [{ alertId: second, aliases: [winner], callCount: 3, detections: 2 }, randomUUID()],
      [{ alertId: third, aliases: [winner, second], callCount: 2, detections: 0 }, randomUUID()],
      [{ alertId: winner, aliases: [], callCount: 1, detections: 0 }, randomUUID()],
    ];
    for (const order of [told, told.toReversed()])
      for (const [{ alertId, ...facts }, sidecar] of order)
        await store.save([snapshot(alertId, bNumber, facts)], sidecar);
    const found = await idsFoundFor(store, [winner, second, third]);
    assert.is(new Set(found).size, 1);
    const { alert } = (await store.alerts().find(winner))!;
    assert.equal([alert.callCount, alert.detections], [11, 3]);
  });

  test('keeps one alert when sidecars that know the same id write it down at the same moment', async () => {
    const [id, own, other] = threeIds();
    const bNumber = store.freshB();
    const ended = store.freshB();
    const writes = Array.from({ length: 8 }, (_, i) => {
      const facts = { callCount: 1, detections: 0 };
      const snapshots = [
        i % 2 === 0
          ? snapshot(id, bNumber, { ...facts, aliases: [own] })
          : snapshot(own, bNumber, { ...facts, aliases: [id] }),
        // One that has cooled down before it is written: no open alert is there to meet at.
        snapshot(other, ended, { ...facts, openedAt: at(-60_000), coolsAt: at(-1_000) }),
      ];
      return store.save(i % 3 === 0 ? snapshots.toReversed() : snapshots, randomUUID());
    });
    await Promise.all(writes);
    for (const [number, wanted] of [
      [bNumber, 8],
      [ended, 8],
    ] as const) {
      const { items } = await store.alerts().list({ ...PAGE, bNumber: number });
      assert.equal(
        items.map(({ callCount }) => callCount),
        [wanted],
      );
    }
  });

  test('joins what came under an id before anybody knew which alert it leads to', async () => {
    const [winner, own] = threeIds();
    const bNumber = store.freshB();
    await store.database.run(
      callStatements([call({ callId: 'early', aNumber: '7', bNumber, alertId: winner })], true, plainNumbers),
    );
    await store.database.run(disconnectStatements([disconnect(winner, 'early', 'failed')]));
    await store.save([snapshot(own, bNumber)]);
    assert.is(await store.alerts().find(winner), undefined, 'nobody has said yet what it is');
    await store.save([snapshot(own, bNumber, { aliases: [winner] })]);
    await store.database.run(disconnectStatements([disconnect(own, 'late', 'ended')]));
    for (const id of [winner, own]) {
      const file = (await store.alerts().find(id))!;
      assert.equal([file.alert.alertId, file.alert.retryCount], [own, 1]);
      assert.equal([file.alert.aNumbers, file.alert.callIds], [['7'], ['early']]);
      assert.equal(
        file.calls.map(({ callId }) => callId),
        ['early'],
      );
      assert.equal(file.disconnects.map(({ callId }) => callId).sort(), ['early', 'late']);
    }
  });

  test('hides no new attack behind an alert that people have settled', async () => {
    const [first, next, third] = threeIds();
    const bNumber = store.freshB();
    const other = randomUUID();
    await store.save([snapshot(first, bNumber)]);
    await store.save([snapshot(first, bNumber)], other);
    await store.alerts().change(first, { ...BY, status: 'RESOLVED' }, at(1_000));
    // One sidecar has not heard of it, and takes the next attack for the same.
    await store.save([snapshot(first, bNumber, { aliases: [next], detections: 2 })], other);
    assert.is(await store.alerts().find(next), undefined);
    await store.save([snapshot(next, bNumber)]);
    await store.save([snapshot(third, bNumber, { aliases: [first, next] })], other);
    assert.equal(await idsFoundFor(store, [first, next, third]), [first, next, next]);
    const { items } = await store.alerts().list({ ...PAGE, bNumber });
    assert.equal(items.map(({ status }) => status).sort(), ['NEW', 'RESOLVED']);
  });

  test('tells every sidecar of a settled alert by each of its ids, and lifts blocks made under any', async () => {
    const [winner, own, other] = threeIds();
    const bNumber = store.freshB();
    await store.save([snapshot(own, bNumber, { aliases: [winner, other] })]);
    const blocks = [winner, other].map((alertId, i) => ({ ...block(`1555000000${i}`, bNumber), alertId }));
    await store.database.run([NEXT_REVISION, blockStatement(blocks, plainNumbers, true)]);
    const { reached } = await store.changesSince(-1);
    await store.alerts().change(other, { ...BY, status: 'FALSE_POSITIVE' }, at(1_000));
    const { all } = await store.changesSince(reached);
    assert.equal(all.flatMap(({ settledAlerts }) => settledAlerts).sort(), [winner, own, other].sort());
    await store.rules().liftBlocksOf(own, BY);
    assert.is((await store.rules().listBlocks({ ...PAGE, bNumber })).items.length, 0);
  });

  test('finds one alert with all its calls and teardowns, whatever sidecars knew of each other', async () => {
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 });
    const run = fc.asyncProperty(steps, clockErrors, order, async (taken, errors, places) => {
      const bNumbers = [store.freshB(), store.freshB()] as const;
      const { sidecars, answered } = await play(taken, errors, bNumbers);
      const writes = sidecars.flatMap((each) => writesOf(each, store));
      for (const place of places) await writes[place]!();
      for (const bNumber of bNumbers) {
        const { items } = await store.alerts().list({ ...PAGE, bNumber });
        const ids = answered.filter((each) => each.bNumber === bNumber).map(({ alertId }) => alertId);
        for (const found of await idsFoundFor(store, ids)) assert.is(found, items[0]!.alertId);
        assert.ok(items.length <= 1);
        if (items.length === 0) continue;
        const { calls, disconnects } = (await store.alerts().find(items[0]!.alertId))!;
        const records = sidecars.map(({ admission }) => admission.records);
        const wanted = new Set(
          records
            .flatMap(({ flagged }) => flagged.filter((each) => each.bNumber === bNumber))
            .map(({ callId }) => callId),
        );
        assert.equal(new Set(calls.map(({ callId }) => callId)), wanted);
        const ended = records.flatMap((each) => each.disconnects.filter(({ callId }) => wanted.has(callId)));
        assert.is(disconnects.filter(({ callId }) => wanted.has(callId)).length, ended.length);
      }
    });
    await fc.assert(run, { numRuns: store.database.kind === 'postgresql' ? 30 : 10 });
  });
});

suites.run();
