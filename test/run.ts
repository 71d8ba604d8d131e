/**
 * Runs every suite under test/ in a process of its own, one after the other, and ends with `N passed, N failed`.
 *
 * A suite fails when it exits non-zero, when it reports no test at all (a uvu file that forgets `.run()` executes
 * nothing and exits 0), or when it outlives its time limit. Arguments select suites by a part of their path. Lines of a
 * suite that begin with `note: ` are repeated.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Milliseconds after which a suite that has not ended is killed and counted as failed. */
const SUITE_MS_MAX = 300_000;

interface SuiteResult {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly output: string;
}

/** Reads uvu's summary (`Total: 12`, `Passed: 11`, `Skipped: 0`); a skipped case counts as failed. */
function summarise(file: string, output: string, exitCode: number | null): SuiteResult {
  const figure = (label: string): number =>
    Number(new RegExp(`^\\s*${label}:\\s+(\\d+)`, 'm').exec(output)?.[1] ?? 0);
  const total = figure('Total');
  const passed = figure('Passed');
  if (total === 0)
    return {
      file,
      passed: 0,
      failed: 1,
      output: `${output}\nno test was executed: does the suite call .run()?`,
    };
  const failed = total - passed;
  return { file, passed, failed: exitCode === 0 ? failed : Math.max(failed, 1), output };
}

function runSuite(file: string): Promise<SuiteResult> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1' },
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    const timer = setTimeout(() => {
      chunks.push(Buffer.from(`\nkilled: still running after ${SUITE_MS_MAX} ms\n`));
      child.kill('SIGKILL');
    }, SUITE_MS_MAX);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(summarise(file, Buffer.concat(chunks).toString(), code));
    });
  });
}

function report(result: SuiteResult, seconds: number): void {
  const mark = result.failed === 0 ? 'ok  ' : 'FAIL';
  console.log(
    `${mark} ${result.file}  ${result.passed} passed, ${result.failed} failed  (${seconds.toFixed(1)} s)`,
  );
  if (result.failed > 0) console.log(result.output.replace(/^/gm, '     | '));
  else for (const [note] of result.output.matchAll(/^note: .*$/gm)) console.log(`     ${note}`);
}

/** Suites that start whole systems, or measure time, run alone, after the others. */
const isEndToEnd = (file: string): boolean => /\/(e2e|docs|image|debian)\//.test(file);

async function runAll(files: readonly string[], lanes: number): Promise<SuiteResult[]> {
  const results: SuiteResult[] = [];
  const waiting = [...files];
  const lane = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const started = performance.now();
      const result = await runSuite(file);
      report(result, (performance.now() - started) / 1000);
      results.push(result);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

const wanted = process.argv.slice(2);
const suites = globSync('test/**/*.test.ts')
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();
const results = [
  ...(await runAll(
    suites.filter((file) => !isEndToEnd(file)),
    Math.min(2, availableParallelism()),
  )),
  ...(await runAll(suites.filter(isEndToEnd), 1)),
];
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
if (passed === 0) console.log('no test was executed');
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
