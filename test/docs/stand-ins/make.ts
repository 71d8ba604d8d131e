import { mkdirSync, writeFileSync } from 'node:fs';
import { demand } from './complaint.js';
import { ask, hand } from './real-program.js';

/** Targets that run tests, measure for minutes or install are only looked up; so is the package, which has a test of its own. */
const LOOKED_UP = new Set(['test', 'bench', 'check', 'lint', 'test-tools', 'install', 'image', 'deb']);

export function make(args: readonly string[]): void {
  const target = args.find((arg) => /^[\w-]+$/.test(arg)) ?? 'help';
  if (!LOOKED_UP.has(target)) {
    hand('/usr/bin/make', args);
    return;
  }
  const { status, output } = ask('make', ['--dry-run', ...args]);
  demand(status === 0, output);
  if (target === 'deb') layDownPackage();
}

/** The name of the file that `make deb` makes; what is in it nobody asks here. */
function layDownPackage(): void {
  mkdirSync('dist', { recursive: true });
  const { output: architecture } = ask('dpkg', ['--print-architecture']);
  writeFileSync(`dist/acm-sidecar_0.1.0_${architecture.trim()}.deb`, '');
}
