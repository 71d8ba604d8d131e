/**
 * Runs the benchmarks, each in a process of its own, and prints Markdown. Arguments select by name (window, check-call,
 * grpc, reconcile); those that begin with `--` are passed on. Exits non-zero if a goal is missed by a wide margin.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { printMachine } from './report.js';

const BENCHMARKS = ['window', 'check-call', 'grpc', 'reconcile'];

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const unknown = wanted.filter((name) => !BENCHMARKS.includes(name));
if (unknown.length > 0) {
  console.error(`no benchmark is called ${unknown.join(', ')}; there are ${BENCHMARKS.join(', ')}`);
  process.exit(2);
}
console.log('# Benchmarks\n');
printMachine();
const failed = BENCHMARKS.filter((name) => wanted.length === 0 || wanted.includes(name)).filter((name) => {
  const script = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const { status } = spawnSync(process.execPath, ['--expose-gc', ...process.execArgv, script, ...options], {
    stdio: 'inherit',
  });
  return status !== 0;
});
if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}.`);
process.exitCode = failed.length > 0 ? 1 : 0;
