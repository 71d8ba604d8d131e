/**
 * Whether the tests of the alerts hold what they seem to hold: each rule is taken away, each of its bounds is moved either
 * way, and its patience is taken from it or doubled. Every time promtool has to complain.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { type AlertRule, promtool, readRules } from './promtool.js';

const test = suite('sidecar/monitoring/rule-bounds');

/** A number that something is compared with. */
const BOUND = /(==|>=|<=|>) (\d[\d.e]*)/g;

const rules = readRules();
let directory: string;

test.before(() => {
  directory = mkdtempSync(join(tmpdir(), 'acm-rules-'));
});

test.after(() => rmSync(directory, { recursive: true }));

/** What promtool says of rules of one name. */
async function passes(name: string, changed: readonly AlertRule[]): Promise<boolean> {
  const tests = readFileSync(`test/sidecar/monitoring/alerts/${name}.yaml`, 'utf8');
  writeFileSync(join(directory, 'rules.yaml'), stringify({ groups: [{ name: 'changed', rules: changed }] }));
  writeFileSync(join(directory, 'test.yaml'), tests.replace(/^rule_files: .*$/m, 'rule_files: [rules.yaml]'));
  return (await promtool('test', 'rules', join(directory, 'test.yaml'))).passed;
}

/** What a rule may have been instead, each with what was done to it. */
function* variantsOf(rule: AlertRule): Generator<readonly [string, AlertRule | undefined]> {
  yield ['without it', undefined];
  if (rule.for !== undefined) {
    const { for: patience, ...impatient } = rule;
    yield ['at once', impatient];
    yield [
      'twice as patient',
      { ...rule, for: patience.replace(/\d+/, (count) => String(2 * Number(count))) },
    ];
  }
  for (const { index, 0: found, 1: comparison, 2: bound } of rule.expr.matchAll(BOUND))
    for (const moved of movedBounds(comparison!, Number(bound))) {
      const expr = `${rule.expr.slice(0, index)}${comparison} ${moved}${rule.expr.slice(index + found.length)}`;
      yield [`${found} -> ${moved}: ${expr}`, { ...rule, expr }];
    }
}

function movedBounds(comparison: string, bound: number): readonly number[] {
  if (bound === 0) return [-1, 1e12];
  return [comparison === '>=' ? bound - 1 : bound * 0.9, bound * 2];
}

for (const name of new Set(rules.map(({ alert }) => alert))) {
  const namesakes = rules.filter(({ alert }) => alert === name);
  test(`${name} cannot be changed unnoticed`, async () => {
    assert.ok(await passes(name, namesakes), 'as it is');
    for (const [place, rule] of namesakes.entries())
      for (const [change, variant] of variantsOf(rule)) {
        const changed = namesakes.flatMap((each, at) => (at === place ? (variant ?? []) : each));
        assert.not(await passes(name, changed), `${rule.labels['because']} ${change}`);
      }
  });
}

test.run();
