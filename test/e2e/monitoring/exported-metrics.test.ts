/** That whatever the alerts, the dashboard and the docs name is there when Prometheus asks. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { exprOf, readDashboard, targetsOf } from '../../sidecar/monitoring/dashboard-file.js';
import { readExpression } from '../../sidecar/monitoring/promql.js';
import { readRules } from '../../sidecar/monitoring/promtool.js';
import { eventually } from './patience.js';
import type { Scrape } from './scrape.js';
import { type Job, WholeSystem } from './whole-system.js';

const test = suite('e2e/monitoring/exported-metrics');

/** Prometheus' own series, and the labels that it gives to those of ours. */
const OF_PROMETHEUS: Readonly<Record<string, readonly string[]>> = {
  up: [],
  ALERTS: ['alertname', 'alertstate', 'severity'],
};
const OF_TARGETS = ['job', 'instance', 'namespace', 'cluster', 'pod'];
const JOBS: readonly Job[] = ['acm-sidecar', 'acm-sip-agent', 'acm-gateway'];

const system = new WholeSystem();
const scrapes = new Map<Job, Scrape>();

test.before(async () => {
  await system.start();
  await eventually('an attack was found, ended, told to others and written down', hasSeenEverything);
  for (const job of JOBS) scrapes.set(job, await system.scrape(job));
});

test.after(() => system.stop());

/** Metrics with labels have samples once there was something to count. */
async function hasSeenEverything(): Promise<boolean> {
  const sidecar = await system.scrape('acm-sidecar');
  const agent = await system.scrape('acm-sip-agent');
  return (
    sidecar.sum('acm_disconnects_total', 'outcome="ended"') > 0 &&
    sidecar.sum('acm_reconcile_lag_seconds_count') > 0 &&
    sidecar.sum('acm_reconcile_calls_total', 'sent') > 0 &&
    sidecar.sum('acm_webhook_deliveries_total', 'outcome="delivered"') > 0 &&
    sidecar.sum('acm_outbox_written_total') > 0 &&
    sidecar.sum('nodejs_gc_duration_seconds_count') > 0 &&
    agent.sum('acm_sip_peer_up') === 2
  );
}

/** Why an expression asks for nothing that is there; undefined where it does. */
function faultOf(expr: string): string | undefined {
  const { selectors, groupings } = readExpression(expr);
  const labelFaults = [...groupings, ...selectors.map((each) => ({ labels: each.labels, selectors: [each] }))]
    .flatMap(({ labels, selectors: within }) => labels.map((label) => [label, within] as const))
    .filter(([label, within]) => !within.some(({ metric }) => labelsOf(metric)?.includes(label)))
    .map(([label, within]) => `no label ${label} at ${within.map(({ metric }) => metric).join(', ')}`);
  const unknown = selectors
    .filter(({ metric }) => labelsOf(metric) === undefined)
    .map(({ metric }) => `nobody exports ${metric}`);
  return [...unknown, ...labelFaults][0];
}

/** Labels that series of this name have in Prometheus; undefined where nobody exports it. */
function labelsOf(sample: string): readonly string[] | undefined {
  const own = OF_PROMETHEUS[sample];
  if (own !== undefined) return [...own, ...OF_TARGETS];
  const found = JOBS.flatMap((job) => scrapes.get(job)!.metricOf(sample) ?? []);
  if (found.length === 0) return undefined;
  const labels = found.flatMap((metric) => [...metric.labels]);
  return [...labels, ...OF_TARGETS, ...(sample.endsWith('_bucket') ? ['le'] : [])];
}

test('tells what nobody exports, and labels that are not there', () => {
  assert.is(faultOf('rate(acm_calls_total[5m])'), 'nobody exports acm_calls_total');
  assert.is(
    faultOf('sum by (cause) (rate(acm_calls_processed_total[5m]))'),
    'no label cause at acm_calls_processed_total',
  );
  assert.is(faultOf('acm_switch_up{trunk="x"}'), 'no label trunk at acm_switch_up');
  assert.is(
    faultOf('histogram_quantile(0.9, rate(acm_detection_latency_seconds[5m]))'),
    'nobody exports acm_detection_latency_seconds',
  );
});

test('has all that the alerts ask for', () => {
  for (const { alert, expr } of readRules()) assert.is(faultOf(expr), undefined, `${alert}: ${expr}`);
});

test('has all that the dashboard asks for', () => {
  for (const target of targetsOf(readDashboard())) assert.is(faultOf(exprOf(target)), undefined, target.expr);
});

test('asks each process only for what that kind of process has', () => {
  for (const target of targetsOf(readDashboard())) {
    const expr = exprOf(target);
    const jobs = JOBS.filter((job) => expr.includes(`job="${job}"`));
    for (const { metric } of readExpression(expr).selectors)
      if (jobs.length > 0 && OF_PROMETHEUS[metric] === undefined)
        assert.ok(
          jobs.some((job) => scrapes.get(job)!.metricOf(metric) !== undefined),
          `${metric}: ${expr}`,
        );
  }
});

test('has everything of its own on the dashboard', () => {
  const shown = new Set(
    targetsOf(readDashboard()).flatMap((target) =>
      readExpression(exprOf(target)).selectors.map(({ metric }) => metric),
    ),
  );
  for (const scrape of scrapes.values())
    for (const { name, samples } of scrape.metrics.values())
      if (name.startsWith('acm_'))
        assert.ok(
          [...samples, name].some((each) => shown.has(each)),
          name,
        );
});

test('is described in docs/monitoring.md, every metric of its own, as it describes itself', () => {
  const docs = readFileSync('docs/monitoring.md', 'utf8');
  const described = new Set([...docs.matchAll(/^\| `(acm_\w+)`/gm)].map(([, name]) => name!));
  for (const [job, { metrics }] of scrapes)
    for (const { name, type, labels, help } of metrics.values()) {
      if (!name.startsWith('acm_')) continue;
      described.delete(name);
      const names = [...labels].map((label) => `\`${label}\``).join(', ');
      const row = `| \`${name}\` | ${type} | ${names} | ${help} |`;
      assert.ok(docs.includes(`\n${row}\n`), `${job} needs this row:\n${row}`);
    }
  assert.equal([...described], [], 'described, and exported by nobody');
});

test.run();
