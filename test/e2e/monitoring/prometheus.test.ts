/** The rules and the dashboard in a real Prometheus, which watches real processes: with calls, attacks, and a sidecar that dies. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { exprOf, readDashboard, targetsOf } from '../../sidecar/monitoring/dashboard-file.js';
import { readExpression } from '../../sidecar/monitoring/promql.js';
import { readRules } from '../../sidecar/monitoring/promtool.js';
import { eventually } from './patience.js';
import { type ActiveAlert, PrometheusServer } from './prometheus-server.js';
import { WholeSystem } from './whole-system.js';

const test = suite('e2e/monitoring/prometheus');

const system = new WholeSystem();
const prometheus = new PrometheusServer();

test.before(async () => {
  await system.start();
  await prometheus.start(system.targets);
  await eventually('Prometheus is ready', () => prometheus.isReady());
});

test.after(async () => {
  await prometheus.stop();
  await system.stop();
});

async function activeAlert(name: string, fits: (alert: ActiveAlert) => boolean): Promise<ActiveAlert> {
  let found: ActiveAlert | undefined;
  await eventually(`${name} is active`, async () => {
    found = (await prometheus.alerts(name)).find(fits);
    return found !== undefined;
  });
  return found!;
}

test('finds every process, and evaluates every rule without an error while calls and attacks go on', async () => {
  await eventually('all targets are up', async () => {
    const health = await prometheus.targets();
    return health.length === 4 && health.every((each) => each === 'up');
  });
  const enoughAttacks = 'sum(increase(acm_alerts_generated_total[10m])) > 5';
  await eventually('attacks were counted', async () => (await prometheus.count(enoughAttacks)) > 0);
  const rules = await prometheus.rules();
  assert.is(rules.length, readRules().length);
  for (const { name, health, lastError } of rules)
    assert.equal([name, health, lastError], [name, 'ok', undefined]);
});

test('has series for all that the alerts look at, by each value of a label that they name', async () => {
  const looked = readRules().flatMap(({ expr }) => readExpression(expr).selectors.map(({ text }) => text));
  const looks = new Set(looked.flatMap(eachOf));
  assert.ok(looks.size > 50);
  for (const look of looks) assert.ok((await prometheus.count(look)) > 0, look);
});

/** A selector, once for each of the values that it gives a choice of. */
function eachOf(selector: string): string[] {
  const [choice, values] = /=~"([\w|]+)"/.exec(selector) ?? [];
  if (choice === undefined || values === undefined) return [selector];
  return values.split('|').map((value) => selector.replace(choice, `="${value}"`));
}

test('finds something to show for every question of the dashboard', async () => {
  for (const target of targetsOf(readDashboard())) {
    const expr = exprOf(target).replaceAll(/\[1m\]/g, '[30s]');
    if (!expr.includes('ALERTS')) assert.ok((await prometheus.count(expr)) > 0, expr);
  }
});

test('fires for a webhook that wants no more, and says so in a sentence', async () => {
  system.refuseWebhooks();
  const { labels, annotations } = await activeAlert('WebhookGivenUp', ({ state }) => state === 'firing');
  assert.equal([labels['job'], labels['webhook'], labels['severity']], ['acm-sidecar', 'siem', 'warning']);
  assert.match(annotations['summary']!, /^The webhook siem was given up on \S+ times within an hour\.$/);
});

test('notices many attacks, and a sidecar that has died with the calls that go unscreened since', async () => {
  await activeAlert('CallMaskingSpike', () => true);
  await system.killSidecar();
  const [instance] = system.targets['acm-sidecar'];
  const down = await activeAlert('SidecarDown', () => true);
  assert.equal([down.labels['instance'], down.labels['because']], [instance, 'no-answer']);
  const unscreened = await activeAlert('UnscreenedCalls', () => true);
  assert.equal([unscreened.labels['job'], unscreened.labels['because']], ['acm-sip-agent', 'sidecar']);
});

test('raises nothing else about a system that is well but for that', async () => {
  for (const name of [
    ...['SipAgentDown', 'GatewayDown', 'StoreDown', 'SwitchDown', 'StoreOutboxGrowing', 'WindowOverflow'],
    ...['DisconnectFailures', 'HighMemory', 'RecentRestart'],
  ])
    assert.equal(await prometheus.alerts(name), [], name);
});

test.run();
