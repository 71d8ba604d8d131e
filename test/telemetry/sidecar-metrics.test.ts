import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decide } from '../../src/admission/check-call.js';
import { CheckCounters } from '../../src/admission/counters.js';
import { type SidecarGauges, SidecarMetrics } from '../../src/telemetry/sidecar-metrics.js';
import { DEFAULT_POLICY } from '../support/management-server.js';

const test = suite('telemetry/sidecar-metrics');

const GAUGES: SidecarGauges = {
  livePairs: () => 1,
  windowCapacity: () => 2,
  windowEvictions: () => 3,
  attempts: () => 4,
  attemptOverflows: () => 5,
  callsInProgress: () => 6,
  callOverflows: () => 7,
  openIncidents: () => 8,
  blocks: () => 9,
  teardownsUnderWay: () => 10,
  watchedSwitches: () => 11,
  windowCallOverflows: () => 13,
  incidentOverflows: () => 14,
  blockOverflows: () => 15,
  allowlistEntries: () => 16,
  allowlistOverflows: () => 17,
  policies: () => 18,
  policyOverflows: () => 19,
  controls: ['grpc'],
};

test('reads what others count at each scrape, and adds nothing up twice', async () => {
  const counters = new CheckCounters();
  const { registry } = new SidecarMetrics(counters, GAUGES);
  counters.countVerdict('reject', 'masking');
  counters.repeats = 12;
  await registry.metrics();
  counters.countVerdict('reject', 'masking');
  const text = await registry.metrics();
  for (const sample of [
    'acm_calls_processed_total{verdict="reject",reason="masking"} 2',
    'acm_repeated_attempts_total 12',
    'acm_window_pairs 1',
    'acm_window_capacity 2',
    'acm_window_evictions_total 3',
    'acm_attempts_remembered 4',
    'acm_attempt_overflows_total 5',
    'acm_calls_in_progress 6',
    'acm_call_overflows_total 7',
    'acm_window_call_overflows_total 13',
    'acm_incident_overflows_total 14',
    'acm_allowlist_entries 16',
    'acm_allowlist_overflows_total 17',
    'acm_policies 18',
    'acm_policy_overflows_total 19',
    'acm_block_overflows_total 15',
    'acm_incidents_open 8',
    'acm_blocks 9',
    'acm_teardowns_under_way 10',
    'acm_watched_switches 11',
  ]) {
    assert.ok(text.split('\n').includes(sample), sample);
  }
});

test('keeps alerts that began apart from alerts that grew', async () => {
  const metrics = new SidecarMetrics(new CheckCounters(), GAUGES);
  metrics.countAlert('opened', 'medium');
  metrics.countAlert('grew', 'high');
  metrics.countDisconnect('grpc', 'ended');
  const text = await metrics.registry.metrics();
  assert.match(text, '\nacm_alerts_generated_total{severity="medium"} 1\n');
  assert.match(text, '\nacm_alerts_generated_total{severity="high"} 0\n');
  assert.match(text, '\nacm_alerts_escalated_total{severity="high"} 1\n');
  assert.match(text, '\nacm_disconnects_total{switch="grpc",outcome="ended"} 1\n');
});

test('has every severity at zero before the first alert, so that its increase is seen', async () => {
  const text = await new SidecarMetrics(new CheckCounters(), GAUGES).registry.metrics();
  for (const severity of ['medium', 'high', 'critical'])
    assert.match(text, `\nacm_alerts_generated_total{severity="${severity}"} 0\n`);
});

test('has every verdict that there can be at zero, too', async () => {
  const text = await new SidecarMetrics(new CheckCounters(), GAUGES).registry.metrics();
  for (const enforcement of ['enforce', 'shadow'] as const)
    for (const reason of ['none', 'masking', 'blocked', 'allowlisted', 'exempt'] as const) {
      const verdict = decide(reason, { ...DEFAULT_POLICY, enforcement });
      assert.match(text, `\nacm_calls_processed_total{verdict="${verdict}",reason="${reason}"} 0\n`);
    }
});

test('has every outcome of every way to end calls at zero, for the same reason', async () => {
  const text = await new SidecarMetrics(new CheckCounters(), GAUGES).registry.metrics();
  for (const outcome of ['ended', 'gone', 'unsupported', 'failed'])
    assert.match(text, `\nacm_disconnects_total{switch="grpc",outcome="${outcome}"} 0\n`);
  assert.match(text, '\nacm_disconnects_total{switch="none",outcome="failed"} 0\n');
});

test('keeps two sidecars in one process apart', async () => {
  const [one, two] = [new CheckCounters(), new CheckCounters()];
  const registries = [one, two].map((counters) => new SidecarMetrics(counters, GAUGES).registry);
  one.repeats = 1;
  two.repeats = 2;
  assert.match(await registries[0].metrics(), '\nacm_repeated_attempts_total 1\n');
  assert.match(await registries[1].metrics(), '\nacm_repeated_attempts_total 2\n');
});

test.run();
