/** Writes a table of CSV (RFC 4180) as its pages come, so that its length does not matter. */
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify/sync';
import type { CsvProgress } from './csv-progress.js';
import type { CsvWriter } from './csv-table.js';
import { guarded } from './guarded-cells.js';

export async function exportCsv<Stored>(
  table: CsvWriter<Stored>,
  pages: AsyncIterable<readonly Stored[]>,
  out: Writable,
  progress: CsvProgress,
): Promise<void> {
  try {
    await pipeline(Readable.from(textOf(table, pages, progress)), out, { end: out !== process.stdout });
  } catch (error) {
    // Whoever reads has seen enough: `acm block export | head`.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

async function* textOf<Stored>(
  { required, optional, informative, write }: CsvWriter<Stored>,
  pages: AsyncIterable<readonly Stored[]>,
  progress: CsvProgress,
): AsyncGenerator<string> {
  const columns = [...required, ...optional, ...informative];
  yield stringify([columns]);
  for await (const page of pages) {
    const rows = page.map((stored) => write(stored));
    yield stringify(rows.map((row) => columns.map((column) => guarded(row[column] ?? ''))));
    progress.add(rows.length);
  }
}
