import { demand } from './complaint.js';
import { ask, hand } from './real-program.js';

/** Targets that run tests, measure for minutes or install are only looked up. */
const LOOKED_UP = new Set(['test', 'bench', 'check', 'lint', 'test-tools', 'install', 'image']);

export function make(args: readonly string[]): void {
  const target = args.find((arg) => /^[\w-]+$/.test(arg)) ?? 'help';
  if (!LOOKED_UP.has(target)) {
    hand('/usr/bin/make', args);
    return;
  }
  const { status, output } = ask('make', ['--dry-run', ...args]);
  demand(status === 0, output);
}
