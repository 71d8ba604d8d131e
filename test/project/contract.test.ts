import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('project/contract');

const PROTO = 'acm/v1/detection.proto';

/** Runs work in a copy of what buf needs, in a directory that goes away afterwards. */
function inCopy(work: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'acm-contract-'));
  try {
    for (const each of ['proto', 'buf.yaml', 'buf.gen.yaml'])
      cpSync(each, join(directory, each), { recursive: true });
    symlinkSync(resolve('node_modules'), join(directory, 'node_modules'));
    work(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function buf(directory: string, ...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(resolve('node_modules/.bin/buf'), args, {
    cwd: directory,
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

test('is lint-clean, every field documented', () => {
  assert.equal(buf('.', 'lint'), { status: 0, output: '' });
});

test('breaks nothing that clients were promised', () => {
  assert.equal(buf('.', 'breaking', '--against', 'proto/baseline.json'), { status: 0, output: '' });
});

test('would notice a promise that is broken', () => {
  inCopy((directory) => {
    const file = join(directory, 'proto', PROTO);
    writeFileSync(file, readFileSync(file, 'utf8').replace('string a_number = 2;', 'string a_number = 12;'));
    const { status, output } = buf(directory, 'breaking', '--against', 'proto/baseline.json');
    assert.is.not(status, 0);
    assert.match(output, 'a_number');
  });
});

test('is what the generated code was generated from', () => {
  inCopy((directory) => {
    execFileSync(resolve('node_modules/.bin/buf'), ['generate'], { cwd: directory });
    const generated = globSync('src/gen/**/*.ts', { cwd: directory }).sort();
    assert.equal(generated, globSync('src/gen/**/*.ts').sort(), 'run `make proto`');
    for (const file of generated)
      assert.is(readFileSync(join(directory, file), 'utf8'), readFileSync(file, 'utf8'), 'run `make proto`');
  });
});

test.run();
