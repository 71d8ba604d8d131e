import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('project/architecture');

const sources = globSync('{src,sidecar,test,bench,docs}/**/*.ts').filter(
  (file) => !file.startsWith('src/gen/'),
);
const linesOf = (file: string): number => readFileSync(file, 'utf8').split('\n').length - 1;

/** Runs a tool of node_modules; its output is the message when it fails. */
function passes(tool: string, ...args: string[]): void {
  try {
    execFileSync(`node_modules/.bin/${tool}`, args, { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    assert.unreachable(`${tool} ${args.join(' ')}\n${stdout}\n${stderr}`);
  }
}

test('keeps the rings', () => {
  passes('depcruise', '--config', '.dependency-cruiser.cjs', 'src', 'sidecar');
});

test('has no type errors', () => {
  passes('tsc', '--noEmit');
});

test('keeps its style, and holds no code that nobody uses', () => {
  passes('biome', 'check', '.');
  passes('knip');
});

test('reads the environment in one place', () => {
  const readers = globSync('{src,sidecar}/**/*.ts').filter((file) =>
    readFileSync(file, 'utf8').includes('process.env'),
  );
  assert.equal(readers, ['src/config.ts']);
});

test('keeps files small and gives them names that say something', () => {
  assert.equal(
    sources.filter((file) => linesOf(file) > 300),
    [],
  );
  assert.equal(
    sources.filter((file) => /(^|\/)(utils?|helpers?|common|misc|types|index)\.ts$/.test(file)),
    [],
  );
});

test('runs every suite: one that never calls run() would pass without a test', () => {
  const suites = globSync('test/**/*.test.ts');
  assert.ok(suites.length > 20);
  assert.equal(
    suites.filter(
      (file) => !/^ *(await \w+\(.*\(\) => )?\w+\.run\(\)\)?;$/m.test(readFileSync(file, 'utf8')),
    ),
    [],
  );
});

test('pins its packages and names no registry', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    assert.match(String(version), /^\d+\.\d+\.\d+$/, name);
  }
  assert.not.match(readFileSync('package-lock.json', 'utf8'), /"resolved": "https?:/);
});

test.run();
