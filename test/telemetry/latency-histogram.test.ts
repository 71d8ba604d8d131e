import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CheckCounters, LATENCY_BOUNDS_S } from '../../src/admission/counters.js';
import { LatencyHistogram } from '../../src/telemetry/latency-histogram.js';

const test = suite('telemetry/latency-histogram');

interface Sample {
  readonly metricName: string;
  readonly labels: { readonly le?: number | string };
  readonly value: number;
}

async function samplesOf(counters: CheckCounters): Promise<Sample[]> {
  const histogram = new LatencyHistogram('latency', 'help', {
    boundsS: LATENCY_BOUNDS_S,
    counts: counters.latencyBuckets,
    sumS: () => counters.latencySumS,
  });
  return ((await histogram.get()) as { values: Sample[] }).values;
}

test('cumulates buckets that are counted one by one', async () => {
  const counters = new CheckCounters();
  for (const latencyMs of [0.001, 0.005, 0.0051, 0.3, 100, 5_000]) counters.countLatency(latencyMs);
  const samples = await samplesOf(counters);
  const atMost = (le: number | string) => samples.find(({ labels }) => labels.le === le)?.value;
  assert.is(atMost(0.000005), 2, 'a bound belongs to its bucket');
  assert.is(atMost(0.00001), 3);
  assert.is(atMost(0.0005), 4);
  assert.is(atMost(0.1), 5);
  assert.is(atMost('+Inf'), 6);
});

test('gives the sum in seconds and the count', async () => {
  const counters = new CheckCounters();
  for (const latencyMs of [1, 2, 3_000]) counters.countLatency(latencyMs);
  const samples = await samplesOf(counters);
  const sampleOf = (name: string) => samples.find(({ metricName }) => metricName === name)?.value ?? 0;
  assert.ok(Math.abs(sampleOf('latency_sum') - 3.003) < 1e-9);
  assert.is(sampleOf('latency_count'), 3);
});

test('has every bucket before the first observation', async () => {
  const samples = await samplesOf(new CheckCounters());
  assert.is(samples.length, LATENCY_BOUNDS_S.length + 3);
  assert.ok(samples.every(({ value }) => value === 0));
});

test.run();
