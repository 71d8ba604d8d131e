import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { renewedReadme } from '../../docs/configuration-table.js';
import { SETTINGS } from '../../src/config.js';
import type { Setting } from '../../src/settings/setting.js';

const test = suite('project/readme');

test('has the table of configuration that config.ts has', () => {
  const readme = readFileSync('README.md', 'utf8');
  assert.is(readme, renewedReadme(readme), 'run `make docs`');
  for (const { name } of Object.values<Setting>(SETTINGS)) assert.match(readme, name);
});

test('names only make targets that exist', () => {
  const targets = new Set(
    [...readFileSync('Makefile', 'utf8').matchAll(/^([a-z-]+):/gm)].map(([, name]) => name),
  );
  for (const file of globSync('{*.md,docs/**/*.md}')) {
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/`make ([a-z-]+)`/g))
      assert.ok(targets.has(name), `${file}: make ${name}`);
  }
});

test('links to files that exist', () => {
  for (const file of globSync('{*.md,docs/**/*.md}')) {
    for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      assert.ok(existsSync(join(dirname(file), target)), `${file} links to ${target}`);
    }
  }
});

test.run();
