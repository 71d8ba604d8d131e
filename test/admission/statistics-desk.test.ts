import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CheckTimeline } from '../../src/admission/check-timeline.js';
import { CheckCounters } from '../../src/admission/counters.js';
import {
  detectionRateOf,
  type History,
  perSecond,
  type StatisticsDesk,
} from '../../src/admission/statistics-desk.js';
import { AcmError, InvalidFieldError } from '../../src/errors.js';
import { alertFileOf } from '../support/alert-fixture.js';
import { DEFAULT_POLICY } from '../support/management-server.js';
import { figuresOfChecks, MemoryStatisticsStore, statisticsDeskOf } from '../support/memory-statistics.js';
import { MemoryAlertStore } from '../support/memory-store.js';

const test = suite('admission/statistics-desk');

const NOON = Date.UTC(2026, 5, 1, 12);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A sidecar that started at noon. */
class Sidecar {
  nowMs = NOON;
  readonly counters = new CheckCounters();
  readonly store = new MemoryStatisticsStore();
  readonly alerts = new MemoryAlertStore();
  readonly timeline = new CheckTimeline(this.counters, { minute: () => undefined }, new Date(NOON));
  readonly desk: StatisticsDesk = statisticsDeskOf({
    counters: this.counters,
    timeline: this.timeline,
    store: this.store,
    alerts: this.alerts,
    calls: { size: 7 },
    policies: { fallback: DEFAULT_POLICY },
    now: () => new Date(this.nowMs),
  });

  /** Time passes, and the sidecar looks at its counters each second. */
  pass(ms: number): void {
    for (const end = this.nowMs + ms; this.nowMs < end; this.timeline.advance(new Date(this.nowMs)))
      this.nowMs = Math.min(this.nowMs + 1_000, end);
  }

  check(times: number, reason: 'none' | 'masking' = 'none'): void {
    for (let i = 0; i < times; i++) {
      this.counters.countVerdict(reason === 'none' ? 'allow' : 'reject', reason);
      this.counters.countLatency(0.004);
    }
  }

  /** Another sidecar has written a minute down. */
  others(beganMs: number, checks: number): void {
    this.store.minutes.push({ ...figuresOfChecks(checks), beganAt: new Date(beganMs) });
  }
}

const checksOf = ({ figures }: { readonly figures: History['figures'] }): number => figures.checks;

test('counts up to this moment, though nobody has looked at the counters yet', async () => {
  const sidecar = new Sidecar();
  sidecar.pass(10 * MINUTE_MS);
  sidecar.check(3);
  sidecar.check(1, 'masking');
  const live = await sidecar.desk.history(1);
  assert.equal([live.figures.checks, live.figures.detections, live.figures.rejected], [4, 1, 1]);
  assert.is(detectionRateOf(live.figures), 0.25);
  assert.is(live.seconds, 60);
  sidecar.pass(MINUTE_MS + 1_000);
  assert.is(checksOf(await sidecar.desk.history(1)), 0, 'and no longer than asked for');
  assert.is(checksOf(await sidecar.desk.history(5)), 4);
});

test('answers for up to 5 minutes by itself, and for more with what others have written down', async () => {
  const sidecar = new Sidecar();
  sidecar.pass(10 * MINUTE_MS);
  sidecar.check(2);
  sidecar.others(NOON + 7 * MINUTE_MS, 30);
  const [five, six] = [await sidecar.desk.history(5), await sidecar.desk.history(6)];
  assert.equal([five.scope, checksOf(five)], ['sidecar', 2]);
  assert.equal([six.scope, checksOf(six)], ['all', 32]);
  assert.equal(
    six.points.map(({ beganAt, figures }) => [(beganAt.getTime() - NOON) / MINUTE_MS, figures.checks]),
    [
      [4, 0],
      [5, 0],
      [6, 0],
      [7, 30],
      [8, 0],
      [9, 2],
    ],
  );
});

test('says since when it knows, and reckons rates from then on', async () => {
  const sidecar = new Sidecar();
  sidecar.check(120);
  sidecar.pass(MINUTE_MS + 30_000);
  const alone = await sidecar.desk.history(60);
  assert.equal(alone.completeSince, new Date(NOON));
  assert.is(alone.seconds, 90);
  assert.is(perSecond(alone.figures.checks, alone.seconds), 120 / 90);
  assert.equal(
    alone.points.map(({ seconds }) => seconds),
    [60, 30],
    'no point of a time that nothing is known of',
  );
  sidecar.others(NOON - 10 * MINUTE_MS, 60);
  const both = await sidecar.desk.history(60);
  assert.equal(both.completeSince, new Date(NOON - 10 * MINUTE_MS));
  assert.equal([checksOf(both), both.points.length], [180, 12]);
  sidecar.others(NOON - DAY_MS, 1);
  assert.equal((await sidecar.desk.history(60)).completeSince, (await sidecar.desk.history(60)).from);
});

test('is right about a month, and says less of it without a store', async () => {
  const sidecar = new Sidecar();
  for (let day = 1; day <= 40; day++) sidecar.others(NOON - day * DAY_MS, 1);
  sidecar.check(5);
  sidecar.nowMs += 30_000;
  const month = await sidecar.desk.history(43_200);
  assert.is(checksOf(month), 35);
  assert.is(
    month.points.reduce((sum, { figures }) => sum + figures.checks, 0),
    35,
  );
  assert.ok(month.points.length <= 121);
  sidecar.store.away = true;
  const own = await sidecar.desk.history(43_200);
  assert.equal([own.scope, checksOf(own), own.completeSince], ['sidecar', 5, new Date(NOON)]);
});

test('has no rate in no time, nor a share of nothing', async () => {
  const sidecar = new Sidecar();
  const { seconds, points, figures } = await sidecar.desk.history(60);
  assert.equal([seconds, points], [0, []]);
  assert.equal([perSecond(0, seconds), detectionRateOf(figures)], [0, 0]);
});

test('does not hide a defect of the store behind a smaller answer', async () => {
  const sidecar = new Sidecar();
  sidecar.store.ofOthers = () => Promise.reject(new AcmError('ACM_STORE_REFUSED', 'no such column'));
  const failure = await sidecar.desk.history(60).catch((error: unknown) => error);
  assert.is((failure as AcmError).code, 'ACM_STORE_REFUSED');
});

test('takes 1 to 43,200 minutes', async () => {
  const { desk } = new Sidecar();
  for (const minutes of [0, 43_201, 2.5])
    assert.instance(await desk.history(minutes).catch((error: unknown) => error), InvalidFieldError);
});

test('tells of everything since the start, and of the alerts of a day while the store is there', async () => {
  const sidecar = new Sidecar();
  sidecar.check(9);
  sidecar.check(1, 'masking');
  sidecar.pass(5_000);
  const alert = (id: number, ageMs: number, severity: 'high' | 'critical'): void =>
    sidecar.alerts.add(
      alertFileOf({
        alertId: `00000000-0000-4000-8000-00000000000${id}`,
        createdAt: new Date(sidecar.nowMs - ageMs),
        severity,
      }),
    );
  alert(1, DAY_MS, 'high');
  alert(2, DAY_MS + 1, 'high');
  alert(3, 0, 'critical');
  const { figures, ...rest } = await sidecar.desk.sinceStart();
  assert.equal([figures.checks, figures.detections, figures.latencyMaxMs], [10, 1, 0.004]);
  assert.equal(rest, {
    at: new Date(NOON + 5_000),
    startedAt: new Date(NOON),
    activeCalls: 7,
    alertsBySeverity: { medium: 0, high: 1, critical: 1 },
    windowSeconds: 5,
    threshold: 5,
  });
  sidecar.alerts.away = true;
  assert.is((await sidecar.desk.sinceStart()).alertsBySeverity, undefined);
});

test.run();
