/** HTTP beside gRPC, from outside: /health and /metrics of a sidecar that has seen traffic. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DetectionClient, failureOf } from '../support/grpc-detection.js';
import {
  freshCallId,
  freshNumber,
  readMetrics,
  startTestSidecar,
  type TestSidecar,
} from '../support/grpc-sidecar.js';

const test = suite('contract/health-and-metrics');

let sidecar: TestSidecar;
let client: DetectionClient;
/** Every number that was part of the traffic, without its `+`. */
const numbers: string[] = [];

function number(): string {
  const fresh = freshNumber();
  numbers.push(fresh.slice(1));
  return fresh;
}

test.before(async () => {
  sidecar = await startTestSidecar({ ACM_AUTO_DISCONNECT: 'true' });
  client = new DetectionClient(sidecar.address);
  // One attack of twelve callers on one number and one of five on another, a repeat, an emergency, bad requests.
  for (const callers of [12, 5]) {
    const b_number = number();
    for (let i = 0; i < callers; i++) {
      const call = { call_id: freshCallId(), a_number: number(), b_number, switch_id: 's' };
      await client.checkCall(call);
      if (i < 4) await client.reportCallState({ ...call, state: 'CALL_STATE_RINGING' });
      if (i === 0) await client.checkCall(call);
    }
  }
  await client.checkCall({ a_number: number(), b_number: '112' });
  for (let i = 0; i < 3; i++) await failureOf(client.checkCall({ a_number: number(), b_number: '' }));
});

test.after(async () => {
  client.close();
  await sidecar.stop();
});

test('is in good health and says what it holds', async () => {
  const answer = await fetch(`${sidecar.url}/health`);
  assert.is(answer.status, 200);
  const health = (await answer.json()) as Record<string, unknown>;
  assert.equal(Object.keys(health).sort(), ['database', 'stats', 'status', 'timestamp', 'version']);
  assert.is(health['status'], 'ok');
  assert.is(new Date(health['timestamp'] as string).toISOString(), health['timestamp']);
  assert.match(health['version'] as string, /^\d+\.\d+\.\d+/);
  assert.equal(health['database'], { kind: 'none', state: 'up', detail: '' });
  assert.equal(health['stats'], {
    window_pairs: 18,
    calls_in_progress: 8,
    incidents_open: 2,
    blocks: 17,
    allowlist_entries: 0,
    policies: 0,
  });
});

test('counts every check by verdict and reason', async () => {
  const metrics = await readMetrics(sidecar.url);
  const processed = (verdict: string, reason: string) =>
    metrics.get(`acm_calls_processed_total{verdict="${verdict}",reason="${reason}"}`);
  // A repeated attempt is answered again, so it is processed again.
  assert.is(processed('allow', 'none'), 10);
  assert.is(processed('reject', 'masking'), 9);
  assert.is(processed('allow', 'exempt'), 1);
  assert.is(metrics.get('acm_repeated_attempts_total'), 2);
  assert.is(metrics.get('acm_malformed_requests_total'), 3);
});

test('counts alerts by the severity that they began with, and how they grew', async () => {
  const metrics = await readMetrics(sidecar.url);
  assert.is(metrics.get('acm_alerts_generated_total{severity="medium"}'), 2);
  assert.is(metrics.get('acm_alerts_escalated_total{severity="high"}'), 1);
  assert.is(metrics.get('acm_alerts_escalated_total{severity="critical"}'), 1);
});

test('has a latency histogram that adds up', async () => {
  const metrics = await readMetrics(sidecar.url);
  const name = 'acm_detection_latency_seconds';
  const buckets = [...metrics].filter(([sample]) => sample.startsWith(`${name}_bucket`));
  const bounds = buckets.map(([sample]) =>
    Number(/le="([^"]+)"/.exec(sample)?.[1].replace('+Inf', 'Infinity')),
  );
  assert.equal(
    bounds,
    bounds.toSorted((x, y) => x - y),
  );
  assert.is(bounds.at(-1), Number.POSITIVE_INFINITY);
  const counts = buckets.map(([, count]) => count);
  assert.equal(
    counts,
    counts.toSorted((x, y) => x - y),
    'cumulative',
  );
  assert.is(counts.at(-1), metrics.get(`${name}_count`));
  assert.is(metrics.get(`${name}_count`), 20, 'every check that had a verdict');
  assert.ok(metrics.get(`${name}_sum`)! > 0);
});

test('names and types every metric once, in the format that Prometheus reads', async () => {
  const text = await (await fetch(`${sidecar.url}/metrics`)).text();
  assert.ok(text.endsWith('\n'));
  const typed = [...text.matchAll(/^# TYPE (\S+) (counter|gauge|histogram|summary)$/gm)].map(
    ([, name]) => name,
  );
  assert.is(new Set(typed).size, typed.length);
  const label = '[a-zA-Z_]\\w*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
  // Prometheus reads NaN in any case; prom-client writes Nan.
  const sample = new RegExp(
    `^[a-zA-Z_:][\\w:]*(\\{${label}(,${label})*\\})? (Na[Nn]|[+-]Inf|-?[\\d.]+(e[+-]?\\d+)?)$`,
  );
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# HELP ') || line.startsWith('# TYPE ')) continue;
    assert.match(line, sample);
    const family = line.replace(/[{ ].*/, '').replace(/_(bucket|sum|count)$/, '');
    assert.ok(typed.includes(family) || typed.includes(line.replace(/[{ ].*/, '')), line);
  }
  for (const name of [
    'acm_calls_processed_total',
    'acm_alerts_generated_total',
    'acm_detection_latency_seconds',
  ])
    assert.ok(typed.includes(name), name);
});

test('shows no phone number to anyone, neither in metrics nor in health', async () => {
  const texts = await Promise.all(
    ['metrics', 'health'].map(async (path) => (await fetch(`${sidecar.url}/${path}`)).text()),
  );
  for (const each of numbers) for (const text of texts) assert.not.match(text, each);
});

test.run();
