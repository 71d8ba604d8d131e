/** Minutes as they are written down and added up, on both databases. */
import { randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
import { type CheckFigures, sumOf } from '../../../src/admission/check-figures.js';
import type { DisconnectOutcome } from '../../../src/admission/disconnect.js';
import { lastMinutes } from '../../../src/admission/time-span.js';
import { disconnectStatements, minuteStatements } from '../../../src/store/recording.js';
import { StatisticsRecords } from '../../../src/store/statistics-records.js';
import { figuresOfChecks } from '../../support/memory-statistics.js';
import { at, DAY_MS, onEachDatabase } from '../../support/store-fixture.js';

const MINUTE_MS = 60_000;
/** In the midst of a minute. */
const NOW_MS = 30_500;
const [FULL, EMPTY] = [at(0).getTime(), figuresOfChecks(0)];

const FIGURES: CheckFigures = {
  checks: 1_000_000,
  rejected: 3,
  observed: 2,
  detections: 4,
  alerts: 1,
  latencySumMs: 12.25,
  latencyMaxMs: 150.5,
  latencyBuckets: [999_000, 900, 0, 0, 0, 0, 0, 0, 0, 0, 0, 99, 1],
};

const suites = onEachDatabase('contract/store/statistics-store', (test, store) => {
  const me = randomUUID();
  const statistics = new StatisticsRecords(() => store.database, me);
  const over = (minutes: number) => lastMinutes(minutes, at(NOW_MS).getTime());

  async function write(sidecarId: string, beganMs: number, figures: CheckFigures): Promise<void> {
    await store.database.run(minuteStatements([{ ...figures, beganAt: at(beganMs) }], sidecarId));
  }

  test.before.each(async () => {
    await store.database.run([{ text: 'DELETE FROM detection_stats' }]);
  });

  test('has nothing to tell where nobody has written anything', async () => {
    assert.equal(await statistics.ofOthers(over(60)), { since: undefined, steps: new Map() });
  });

  test('gives back every figure of a minute, by its step', async () => {
    await write(randomUUID(), 0, FIGURES);
    const span = over(60);
    const { since, steps } = await statistics.ofOthers(span);
    assert.equal(since, at(0));
    assert.equal([...steps], [[(FULL - span.fromMs) / span.stepMs, FIGURES]]);
  });

  test('adds up the other sidecars, and leaves out the one that asks', async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    await write(one, 0, FIGURES);
    await write(other, 0, { ...FIGURES, latencyMaxMs: 7 });
    await write(me, 0, FIGURES);
    await write(one, -MINUTE_MS, figuresOfChecks(5));
    await write(me, -2 * MINUTE_MS, figuresOfChecks(9));
    const { since, steps } = await statistics.ofOthers(over(60));
    assert.equal([...steps.values()].map(({ checks }) => checks).sort(), [2_000_000, 5]);
    assert.equal(sumOf(steps.values()), sumOf([FIGURES, FIGURES, figuresOfChecks(5)]));
    assert.equal(since, at(-2 * MINUTE_MS), 'the store reaches back to the oldest minute, whoever wrote it');
  });

  test('takes the minutes that begin within the span, and no other', async () => {
    const other = randomUUID();
    const span = over(60);
    const firstMs = span.fromMs - FULL;
    for (const beganMs of [firstMs - MINUTE_MS, firstMs, 0, MINUTE_MS])
      await write(other, beganMs, figuresOfChecks(1));
    const { steps } = await statistics.ofOthers(span);
    assert.equal(
      [...steps.keys()].sort((one, two) => one - two),
      [0, 60],
    );
  });

  test('puts the minutes of a month into at most 121 steps', async () => {
    const other = randomUUID();
    for (let day = 0; day < 31; day++) await write(other, -day * DAY_MS, figuresOfChecks(1));
    const span = over(43_200);
    const { steps } = await statistics.ofOthers(span);
    assert.is(sumOf(steps.values()).checks, 31);
    for (const step of steps.keys()) assert.ok(step >= 0 && step <= 120);
    assert.is(steps.get((FULL - span.fromMs) / span.stepMs)?.checks, 1);
  });

  test('a minute that is written again replaces itself, and writing it twice changes nothing', async () => {
    const other = randomUUID();
    await write(other, 0, figuresOfChecks(5));
    await write(other, 0, FIGURES);
    await write(other, 0, FIGURES);
    assert.equal([...(await statistics.ofOthers(over(60))).steps.values()], [FIGURES]);
  });

  test('counts a minute from before there were histograms without one', async () => {
    const insert = {
      text: `INSERT INTO detection_stats (began_at, sidecar_id, checks, rejected, observed, detections, alerts, latency_sum_ms)
             VALUES ($1, $2, 7, 0, 0, 0, 0, 0)`,
      values: [at(0), randomUUID()],
    };
    await store.database.run([insert]);
    const [old] = (await statistics.ofOthers(over(60))).steps.values();
    assert.equal(old, { ...EMPTY, checks: 7 });
    await write(randomUUID(), 0, FIGURES);
    const [both] = (await statistics.ofOthers(over(60))).steps.values();
    assert.equal(both, { ...FIGURES, checks: FIGURES.checks + 7 });
  });

  test('counts the calls of alerts that were ended since a time, each once', async () => {
    const settled = (
      outcome: DisconnectOutcome,
      ms: number,
      control = 'grpc',
      disconnectId = randomUUID(),
    ) => ({
      ...{ disconnectId, control, outcome, settledAt: at(ms) },
      ...{ alertId: randomUUID(), callId: 'c', fromTag: '', switchId: 's' },
    });
    const [ended] = [settled('ended', 0)];
    const others = [
      settled('unsupported', 0, 'freeswitch', ended.disconnectId),
      settled('ended', 5_000),
      settled('ended', -1),
      settled('gone', 1),
      settled('failed', 1),
    ];
    const before = await statistics.disconnectsSince(at(0));
    await store.database.run(disconnectStatements([ended, ...others]));
    assert.is((await statistics.disconnectsSince(at(0))) - before, 2);
    assert.is(await statistics.disconnectsSince(at(DAY_MS * 10_000)), 0);
  });
});

suites.run();
