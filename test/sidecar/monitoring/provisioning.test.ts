/** What compose.yaml mounts into Prometheus and Grafana. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { promtool, RULES_FILE } from './promtool.js';

const test = suite('sidecar/monitoring/provisioning');

const PROMETHEUS = 'sidecar/monitoring/prometheus.yml';

test('is a configuration that Prometheus takes, with our rules where they are mounted', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'acm-prometheus-'));
  try {
    const file = join(directory, 'prometheus.yml');
    const text = readFileSync(PROMETHEUS, 'utf8');
    assert.match(text, '/etc/prometheus/acm-rules.yaml');
    writeFileSync(file, text.replace('/etc/prometheus/acm-rules.yaml', resolve(RULES_FILE)));
    const { passed, output } = await promtool('check', 'config', file);
    assert.ok(passed, output);
    assert.match(output, /\d+ rules found/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('calls the jobs what the rules and the dashboard call them', () => {
  const { scrape_configs } = parse(readFileSync(PROMETHEUS, 'utf8')) as {
    scrape_configs: { job_name: string }[];
  };
  assert.equal(scrape_configs.map(({ job_name }) => job_name).sort(), [
    'acm-gateway',
    'acm-sidecar',
    'acm-sip-agent',
  ]);
});

test('tells Grafana of the Prometheus beside it, and of the distance of its scrapes', () => {
  const { datasources } = parse(
    readFileSync('sidecar/monitoring/grafana/datasources/prometheus.yaml', 'utf8'),
  ) as { datasources: { type: string; isDefault: boolean; jsonData: { timeInterval: string } }[] };
  assert.is(datasources.length, 1);
  const [{ type, isDefault, jsonData }] = datasources as [(typeof datasources)[number]];
  assert.equal([type, isDefault], ['prometheus', true]);
  const { global } = parse(readFileSync(PROMETHEUS, 'utf8')) as { global: { scrape_interval: string } };
  assert.is(jsonData.timeInterval, global.scrape_interval);
});

test.run();
