import { Registry } from 'prom-client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { registerAccessMetrics } from '../../src/telemetry/access-metrics.js';

const test = suite('telemetry/access-metrics');

test('tells those who are limited from those who are merely unknown, and adds nothing up twice', async () => {
  const registry = new Registry();
  let [refused, limited] = [0, 0];
  registerAccessMetrics(registry, { refused: () => refused, limited: () => limited });
  assert.match(await registry.metrics(), 'acm_access_refused_total{because="unknown"} 0');
  [refused, limited] = [12, 2];
  await registry.metrics();
  const text = await registry.metrics();
  assert.match(text, 'acm_access_refused_total{because="unknown"} 10');
  assert.match(text, 'acm_access_refused_total{because="too_often"} 2');
});

test.run();
