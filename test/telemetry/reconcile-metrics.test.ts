import { Registry } from 'prom-client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LAG_BUCKETS_MS, noFigures } from '../../src/reconcile/reconcile-figures.js';
import { registerExchangeMetrics, registerReconcileMetrics } from '../../src/telemetry/reconcile-metrics.js';

const test = suite('telemetry/reconcile-metrics');

const lines = async (registry: Registry): Promise<string[]> => (await registry.metrics()).split('\n');

test('tells the state, whose news is expected and how old it is', async () => {
  const registry = new Registry();
  registerReconcileMetrics(registry, {
    state: () => 'catching-up',
    peers: () => 3,
    isMissing: () => true,
    stateAgeMs: () => 1_250,
    peerOverflows: () => 1,
    blocksDropped: () => 2,
    malformedNews: () => 4,
    lateCalls: () => 5,
  });
  const told = await lines(registry);
  for (const line of [
    'acm_reconcile_state{state="catching-up"} 1',
    'acm_reconcile_state{state="reconciled"} 0',
    'acm_reconcile_peers 3',
    'acm_reconcile_peer_missing 1',
    'acm_reconcile_state_age_seconds 1.25',
    'acm_reconcile_dropped_total{what="peer"} 1',
    'acm_reconcile_dropped_total{what="block"} 2',
    'acm_reconcile_dropped_total{what="malformed"} 4',
    'acm_reconcile_dropped_total{what="late"} 5',
  ])
    assert.ok(told.includes(line), line);
});

test('tells what the exchange has counted, the lag as a histogram in seconds', async () => {
  const registry = new Registry();
  const figures = noFigures();
  registerExchangeMetrics(registry, figures, LAG_BUCKETS_MS);
  Object.assign(figures, {
    published: 5,
    received: 7,
    bytesSent: 900,
    observationsReceived: 11,
    epochChanges: 1,
  });
  Object.assign(figures, { streamsOpened: 8, clockJumps: 6 });
  figures.dropped.sealed = 3;
  figures.lagCounts[1] = 2;
  figures.lagCounts[LAG_BUCKETS_MS.length] = 1;
  figures.lagSumMs = 6_000;
  const told = await lines(registry);
  for (const line of [
    'acm_reconcile_deltas_total{direction="sent"} 5',
    'acm_reconcile_deltas_total{direction="received"} 7',
    'acm_reconcile_bytes_total{direction="sent"} 900',
    'acm_reconcile_calls_total{direction="received"} 11',
    'acm_reconcile_epochs_total 1',
    'acm_reconcile_streams_total 8',
    'acm_reconcile_clock_jumps_total 6',
    'acm_reconcile_deltas_dropped_total{cause="sealed"} 3',
    'acm_reconcile_lag_seconds_bucket{le="0.005"} 0',
    'acm_reconcile_lag_seconds_bucket{le="0.01"} 2',
    'acm_reconcile_lag_seconds_bucket{le="+Inf"} 3',
    'acm_reconcile_lag_seconds_sum 6',
  ])
    assert.ok(told.includes(line), line);
});

test.run();
