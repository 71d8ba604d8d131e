/** The alerts: each has tests of promtool's (alerts/*.yaml), and an entry in the runbook. */
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { promtool, RULES_FILE, readRules } from './promtool.js';

const test = suite('sidecar/monitoring/rules');

const rules = readRules();
const names = [...new Set(rules.map(({ alert }) => alert))].sort();
const files = globSync('test/sidecar/monitoring/alerts/*.yaml').sort();
const SEVERITIES = ['critical', 'warning', 'info'];

test('are rules as Prometheus takes them, and no two are alike', async () => {
  const { passed, output } = await promtool('check', 'rules', RULES_FILE);
  assert.ok(passed, output);
});

test('have the names that runbooks and dashboards know them by', () => {
  for (const name of [
    ...['HighFraudRate', 'CallMaskingSpike', 'HighDetectionLatency', 'CriticalDetectionLatency'],
    ...['SidecarDown', 'UnscreenedCalls', 'WindowOverflow', 'ReconcileLag', 'StoreOutboxGrowing'],
    ...['DisconnectFailures', 'HighMemory', 'RecentRestart'],
  ])
    assert.ok(names.includes(name), name);
});

test('say how urgent they are, what is the matter, and what to do next', () => {
  for (const { alert, labels, annotations } of rules) {
    assert.ok(SEVERITIES.includes(labels['severity'] ?? ''), alert);
    assert.equal(Object.keys(annotations), ['summary', 'description', 'runbook_url'], alert);
    assert.match(annotations['summary']!, /\.$/, alert);
    assert.match(annotations['description']!, /\.$/, alert);
  }
});

test('lead to their own entry in the runbook, which has one for each', () => {
  const runbook = readFileSync('docs/runbook.md', 'utf8');
  const headings = [...runbook.matchAll(/^## (\w+)$/gm)].map(([, name]) => name!);
  assert.equal([...headings].sort(), names);
  for (const { alert, annotations } of rules)
    assert.is(annotations['runbook_url'], `docs/runbook.md#${alert.toLowerCase()}`);
});

test('have entries that say all that one has to know at night, and tell namesakes apart', () => {
  const entries = readFileSync('docs/runbook.md', 'utf8').split(/^## /m).slice(1);
  for (const entry of entries) {
    const [name = ''] = entry.split('\n');
    for (const part of ['Means', 'Calls', 'Look', 'Do', 'Wake'])
      assert.match(entry, `\n**${part}**: `, `${name} does not say: ${part}`);
    for (const { labels } of rules.filter(({ alert }) => alert === name))
      if (labels['because'] !== undefined)
        assert.match(
          entry,
          new RegExp(`\`(because=")?${labels['because']}"?\``),
          `${name} ${labels['because']}`,
        );
  }
});

test('have a file of tests each', () => {
  assert.equal(
    files.map((file) => basename(file, '.yaml')),
    names,
  );
});

for (const file of files)
  test(basename(file, '.yaml'), async () => {
    const { passed, output } = await promtool('test', 'rules', file);
    assert.ok(passed, output);
  });

test.run();
