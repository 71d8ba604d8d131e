import { status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { alertFileOf } from '../support/alert-fixture.js';
import { failureOf } from '../support/grpc-detection.js';
import { ManagementClient, type Message, timeOf } from '../support/grpc-management.js';
import { type ManagementServer, startManagementServer } from '../support/management-server.js';
import { figuresOfChecks } from '../support/memory-statistics.js';

const test = suite('grpc/stats-service');

const MINUTE_MS = 60_000;

let server: ManagementServer;
let client: ManagementClient;

test.before.each(async () => {
  server = await startManagementServer();
  client = new ManagementClient(server.address);
});

test.after.each(async () => {
  client.close();
  await server.stop();
});

const ask = (method: string, request: object = {}): Promise<Message> =>
  client.ask('StatsService', method, request);

function check(times: number, reason: 'none' | 'masking'): void {
  for (let i = 0; i < times; i++) {
    server.counters.countVerdict(reason === 'none' ? 'allow' : 'reject', reason);
    server.counters.countLatency(0.02);
  }
}

/** What another sidecar did ten minutes ago. */
function others(checks: number): void {
  const beganAt = new Date(Math.floor(Date.now() / MINUTE_MS - 10) * MINUTE_MS);
  server.statistics.minutes.push({ ...figuresOfChecks(checks), beganAt });
}

test('says what was done since the start, and how it is now', async () => {
  check(3, 'none');
  check(1, 'masking');
  server.alerts.add(alertFileOf({ createdAt: new Date(), severity: 'high' }));
  const answer = await ask('GetStats');
  const { latency, ...figures } = answer.figures;
  assert.equal(figures, {
    checks: 4,
    detections: 1,
    detection_rate: 0.25,
    rejected: 1,
    observed: 0,
    alerts: 0,
  });
  assert.ok(latency.p50_ms > 0.01 && latency.p50_ms <= latency.p99_ms && latency.p99_ms <= 0.02);
  assert.is(latency.max_ms, 0.02);
  assert.equal(answer.alerts_by_severity, { medium: 0, high: 1, critical: 0 });
  assert.equal([answer.window_seconds, answer.threshold, answer.active_calls], [5, 5, 0]);
  assert.ok(timeOf(answer.started_at) <= timeOf(answer.at));
});

test('leaves out what is not known: latencies of nothing, alerts while the store is away', async () => {
  server.alerts.away = true;
  const answer = await ask('GetStats');
  assert.is(answer.figures.latency, null);
  assert.is(answer.alerts_by_severity, null);
});

test('says what all sidecars did within the last hour unless told otherwise', async () => {
  check(2, 'none');
  others(58);
  const answer = await ask('GetStatsHistory');
  assert.is(answer.scope, 'STATS_SCOPE_ALL');
  assert.is(answer.figures.checks, 60);
  assert.is(answer.checks_per_second, 60 / answer.seconds);
  assert.is(answer.detections_per_second, 0);
  assert.equal(
    answer.points.filter(({ checks }: Message) => checks > 0).map(({ checks }: Message) => checks),
    [58, 2],
  );
  const sinceMs = timeOf(answer.complete_since).getTime();
  assert.is(answer.seconds, (timeOf(answer.to).getTime() - sinceMs) / 1_000);
  assert.equal(timeOf(answer.points[0].began_at), new Date(sinceMs));
  assert.ok(timeOf(answer.from) <= new Date(Date.now() - 60 * MINUTE_MS));
});

test('speaks for this sidecar alone in a short span, and while the store is away', async () => {
  check(2, 'none');
  others(58);
  const short = await ask('GetStatsHistory', { minutes: 5 });
  assert.equal([short.scope, short.figures.checks], ['STATS_SCOPE_SIDECAR', 2]);
  server.statistics.away = true;
  const away = await ask('GetStatsHistory', { minutes: 43_200 });
  assert.equal([away.scope, away.figures.checks], ['STATS_SCOPE_SIDECAR', 2]);
});

test('refuses more than 30 days', async () => {
  const { code, details } = await failureOf(ask('GetStatsHistory', { minutes: 43_201 }));
  assert.is(code, status.INVALID_ARGUMENT);
  assert.is(details, 'minutes: takes a whole number from 1 to 43200');
});

test.run();
