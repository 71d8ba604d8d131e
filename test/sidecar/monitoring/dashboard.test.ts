/** The dashboard: as the code says, as Grafana takes it, and in PromQL that Prometheus takes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { dashboardFile } from '../../../sidecar/monitoring/dashboard/dashboard.js';
import {
  DASHBOARD_FILE,
  type DashboardPanel,
  exprOf,
  type GridPosition,
  panelsOf,
  readDashboard,
  targetsOf,
} from './dashboard-file.js';
import { readExpression } from './promql.js';
import { promtool, readRules } from './promtool.js';

const test = suite('sidecar/monitoring/dashboard');

const dashboard = readDashboard();
const panels = panelsOf(dashboard);
const targets = targetsOf(dashboard);
const rows = dashboard.panels.filter(({ type }) => type === 'row');

test('is what the code makes of it', () => {
  assert.is(readFileSync(DASHBOARD_FILE, 'utf8'), dashboardFile(), 'run `make docs`');
});

test('has panels of the kinds that Grafana knows, each with a title and a sentence about it', () => {
  assert.ok(panels.length > 50);
  assert.ok(dashboard.schemaVersion >= 39);
  for (const { type, title, description, fieldConfig } of panels) {
    assert.ok(['stat', 'timeseries', 'heatmap', 'table'].includes(type), title);
    assert.match(description!, /\.(\n|$)/, title);
    assert.ok(fieldConfig!.defaults.unit, title);
  }
});

test('gives each panel an id of its own', () => {
  const ids = [...rows, ...panels].map(({ id }) => id);
  assert.is(new Set(ids).size, ids.length);
});

test('lets no two panels lie on each other, and none beyond the edge', () => {
  const groups = [dashboard.panels, ...rows.map((row) => row.panels ?? [])];
  for (const group of groups)
    for (const [index, { title, gridPos }] of group.entries()) {
      assert.ok(gridPos.x >= 0 && gridPos.w > 0 && gridPos.x + gridPos.w <= 24, title);
      for (const other of group.slice(index + 1))
        assert.not(overlap(gridPos, other.gridPos), `${title} and ${other.title}`);
    }
});

function overlap(one: GridPosition, other: GridPosition): boolean {
  const besides = one.x + one.w <= other.x || other.x + other.w <= one.x;
  const below = one.y + one.h <= other.y || other.y + other.h <= one.y;
  return !besides && !below;
}

test('hides only rows that hold their panels, as Grafana wants them', () => {
  assert.ok(rows.length >= 8);
  for (const { title, collapsed, panels: held = [] } of rows)
    assert.is(held.length > 0, collapsed === true, title);
});

test('asks the data source that its variable chooses, and uses no other variable than it has', () => {
  const names = dashboard.templating.list.map(({ name }) => name);
  assert.equal(names, ['datasource', 'namespace', 'instance', 'runbook']);
  for (const { datasource } of [...panels, ...targets]) assert.is(datasource!.uid, '$datasource');
  const used = JSON.stringify(dashboard).matchAll(/\$\{?(\w+)/g);
  for (const [, name = ''] of used) assert.ok(name.startsWith('__') || names.includes(name), name);
});

test('gives each query of a panel a letter of its own', () => {
  for (const { title, targets: own = [] } of panels) {
    assert.ok(own.length > 0, title);
    assert.is(new Set(own.map(({ refId }) => refId)).size, own.length, title);
  }
});

test('links to entries that the runbook has', () => {
  const entries = new Set(readRules().map(({ alert }) => alert.toLowerCase()));
  const linked = panels.flatMap(({ links = [] }: DashboardPanel) => links.map(({ url }) => url));
  assert.ok(linked.length > 20);
  for (const url of linked) assert.ok(entries.has(url.replace('$runbook#', '')), url);
  const missing = [...entries].filter((entry) => !linked.includes(`$runbook#${entry}`));
  assert.equal(missing, [], 'alerts that no panel belongs to');
});

test('asks in PromQL, by its grammar', () => {
  for (const target of targets) assert.ok(readExpression(exprOf(target)).selectors.length > 0, target.expr);
});

test('asks what Prometheus takes, types of values and all', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'acm-dashboard-'));
  try {
    const file = join(directory, 'rules.yaml');
    const asRules = targets.map((target, index) => ({ record: `panel:${index}`, expr: exprOf(target) }));
    writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules: asRules }] }));
    const { passed, output } = await promtool('check', 'rules', file);
    assert.ok(passed, output);
    assert.match(output, `${targets.length} rules found`);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('names in a legend only what its query leaves of the labels', () => {
  for (const target of targets) {
    const { groupings } = readExpression(exprOf(target));
    const kept = groupings.flatMap(({ labels }) => labels);
    const named = [...target.legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name!);
    if (groupings.length > 0) for (const name of named) assert.ok(kept.includes(name), target.expr);
    else if (/^(sum|max|count)\(/.test(target.expr)) assert.equal(named, [], target.expr);
  }
});

test.run();
