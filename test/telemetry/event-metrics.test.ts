import { Registry } from 'prom-client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { registerEventMetrics } from '../../src/telemetry/event-metrics.js';

const test = suite('telemetry/event-metrics');

test('reads what the streams count at each scrape, with every cause from the start', async () => {
  const registry = new Registry();
  registerEventMetrics(registry, {
    clients: () => 3,
    refused: () => 2,
    resets: () => 4,
    dropped: (cause) => (cause === 'stalled' ? 5 : 0),
  });
  await registry.metrics();
  const lines = (await registry.metrics()).split('\n');
  for (const sample of [
    'acm_event_clients 3',
    'acm_event_clients_refused_total 2',
    'acm_event_resets_total 4',
    'acm_event_clients_dropped_total{cause="stalled"} 5',
    'acm_event_clients_dropped_total{cause="overtaken"} 0',
  ])
    assert.ok(lines.includes(sample), sample);
});

test.run();
