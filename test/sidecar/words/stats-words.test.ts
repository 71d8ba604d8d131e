import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { historyInWords } from '../../../sidecar/words/stats-words.js';
import { type GetStatsHistoryResponse, type StatsPoint, StatsScope } from '../../../src/gen/acm/v1/stats.js';

const test = suite('sidecar/words/stats-words');

const NOON = Date.UTC(2026, 10, 22, 12);
const at = (minutes: number): Date => new Date(NOON + minutes * 60_000);

function pointsOf(checks: readonly number[], seconds = 60): StatsPoint[] {
  return checks.map((each, minute) => ({
    beganAt: at(minute),
    seconds,
    checks: each,
    detections: each > 1_000 ? 60 : 0,
    rejected: 0,
    alerts: 0,
  }));
}

const HISTORY: GetStatsHistoryResponse = {
  from: at(0),
  to: at(60.5),
  scope: StatsScope.ALL,
  completeSince: at(0),
  seconds: 3_630,
  figures: {
    checks: 1_234_567,
    detections: 120,
    detectionRate: 120 / 1_234_567,
    rejected: 340,
    observed: 7,
    alerts: 12,
    latency: { p50Ms: 0.0025, p95Ms: 0.0093, p99Ms: 0.0412, averageMs: 0.00384, maxMs: 1.25 },
  },
  checksPerSecond: 1_234_567 / 3_630,
  detectionsPerSecond: 120 / 3_630,
  points: pointsOf([0, 60, 600, 1_200, 4_800]),
};

test('tells rates, the detection rate, latencies and the course of it', () => {
  assert.is(
    historyInWords(HISTORY),
    `Whose       all sidecars on the store
When        2026-11-22 12:00:00Z to 2026-11-22 13:00:30Z
Checks      1,234,567, 340 a second
Detections  120, 0.0331 a second, 0.00972 % of the checks
Verdicts    340 rejected, 7 only observed
Alerts      12 opened
Latency     p50 0.0025 ms, p95 0.0093 ms, p99 0.0412 ms (estimated), average 0.00384 ms, longest 1.25 ms
Checks/s    .▁▁▂█ up to 80
Masked/s    ...██ up to 1`,
  );
});

test('says what is not known', () => {
  const words = historyInWords({
    ...HISTORY,
    scope: StatsScope.SIDECAR,
    completeSince: at(58.5),
    figures: { ...HISTORY.figures!, latency: undefined },
    points: [],
  });
  assert.match(words, 'Whose       this sidecar alone, since it started\n');
  assert.match(words, '\n            nothing is known of the time before 2026-11-22 12:58:30Z\n');
  assert.match(words, /Latency {5}not measured$/);
});

test('draws 121 points in 61 marks, each the rate of all that it stands for', () => {
  const points = pointsOf([...Array(120).fill(60), 120]);
  const [, marks = '', highest] =
    /Checks\/s {4}(\S+) up to (.*)/.exec(historyInWords({ ...HISTORY, points })) ?? [];
  assert.is([...marks].length, 61);
  assert.is(marks, `${'▄'.repeat(60)}█`);
  assert.is(highest, '2');
});

test('draws nothing where nothing happened', () => {
  assert.not.match(historyInWords({ ...HISTORY, points: pointsOf([0, 0, 0]) }), '/s');
});

test.run();
