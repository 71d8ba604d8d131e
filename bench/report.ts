/** What benchmarks print: Markdown, so that a run can be recorded as it stands. */
import { availableParallelism, cpus, totalmem } from 'node:os';

/** Prints the kind of machine, without its name. */
export function printMachine(): void {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  console.log(`- Date: ${new Date().toISOString().slice(0, 10)}`);
  console.log(`- Machine: ${model}, ${availableParallelism()} cores, ${memoryGb} GB, ${process.platform}`);
  console.log(`- Node: ${process.version}\n`);
}

export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column].length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  console.log([line(head), line(rule), ...rows.map(line)].join('\n'));
  console.log();
}

/** A shared machine is noisy: only a result below this share of its goal fails the run. */
const WIDE_MARGIN = 0.85;

/** Prints whether a goal was met; one that was missed by a wide margin makes the process exit non-zero. */
export function judge(goal: string, reached: number, wanted: number, show: (value: number) => string): void {
  const outcome = reached >= wanted ? 'met' : reached >= wanted * WIDE_MARGIN ? 'narrowly missed' : 'MISSED';
  console.log(`Goal: ${goal}: ${outcome} (${show(reached)}).\n`);
  if (outcome === 'MISSED') process.exitCode = 1;
}

/** `1,234,567` */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `93.4 %` */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
