/** Tables that go out to a file and come in from one. */
import { createReadStream } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { CsvProgress } from '../csv/csv-progress.js';
import type { CsvReader, CsvWriter } from '../csv/csv-table.js';
import { exportCsv } from '../csv/export-csv.js';
import { importCsv } from '../csv/import-csv.js';

/** Writes every item to `out`; how many there were goes to standard error. */
export async function exportAll<Stored>(
  table: CsvWriter<Stored>,
  pages: AsyncIterable<readonly Stored[]>,
  out: Writable,
): Promise<void> {
  const progress = startProgress();
  await exportCsv(table, pages, out, progress);
  console.error(`rows exported: ${progress.rows.toLocaleString('en')}`);
}

/** @param path of a file, or `-` for standard input. @throws AcmError */
export async function importAll<Item extends { readonly expiresAt: Date | undefined }>(
  table: CsvReader<Item>,
  path: string,
  write: (items: Item[]) => Promise<unknown>,
  print: (text: string) => void,
): Promise<void> {
  const progress = startProgress();
  const expired = await importCsv(table, inputOf(path), write, progress);
  print(`rows imported: ${progress.rows.toLocaleString('en')}`);
  if (expired > 0)
    print(`rows left out, expired or about to within a minute: ${expired.toLocaleString('en')}`);
}

function inputOf(path: string): Readable {
  return path === '-' ? process.stdin : createReadStream(path);
}

function startProgress(): CsvProgress {
  return new CsvProgress(console.error, () => performance.now());
}
