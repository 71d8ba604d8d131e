import { totalmem } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AgentMetrics } from '../../src/telemetry/agent-metrics.js';

const test = suite('telemetry/agent-metrics');

test('counts what the agent tells it, each under its own labels', async () => {
  const metrics = new AgentMetrics();
  metrics.screened('reject', 3);
  metrics.unscreened('deadline', 'allow');
  metrics.unscreened('deadline', 'allow');
  metrics.disconnected('gone');
  metrics.frameDropped();
  metrics.passedOn('answered');
  metrics.connected('sidecar', true);
  metrics.connected('drachtio', false);
  const samples = (await metrics.registry.metrics()).split('\n');
  for (const sample of [
    'acm_sip_calls_total{verdict="reject"} 1',
    'acm_sip_check_latency_seconds_bucket{le="0.0025"} 0',
    'acm_sip_check_latency_seconds_bucket{le="0.005"} 1',
    'acm_unscreened_calls_total{cause="deadline",action="allow"} 2',
    'acm_sip_disconnects_total{outcome="gone"} 1',
    'acm_sip_frames_dropped_total 1',
    'acm_sip_passed_on_total{outcome="answered"} 1',
    'acm_sip_peer_up{peer="sidecar"} 1',
    'acm_sip_peer_up{peer="drachtio"} 0',
  ]) {
    assert.ok(samples.includes(sample), sample);
  }
});

test('has unscreened calls at zero before the first, so that Prometheus sees their increase', async () => {
  const samples = (await new AgentMetrics().registry.metrics()).split('\n');
  for (const cause of ['deadline', 'unavailable', 'breaker', 'error'])
    for (const action of ['allow', 'reject'])
      assert.ok(samples.includes(`acm_unscreened_calls_total{cause="${cause}",action="${action}"} 0`), cause);
});

test('says how much memory the process may use', async () => {
  const [, limit] = /^acm_memory_limit_bytes (\S+)$/m.exec(await new AgentMetrics().registry.metrics())!;
  assert.ok(Number(limit) > process.memoryUsage.rss());
  assert.ok(Number(limit) <= totalmem());
});

test.run();
