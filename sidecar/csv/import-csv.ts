/** Reads a table of CSV (RFC 4180) and hands it on in batches, each of which is written altogether or not at all. */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { AcmError, InvalidFieldError } from '../../src/errors.js';
import type { CsvProgress } from './csv-progress.js';
import { type CsvColumns, type CsvReader, expiresSoon, type Row } from './csv-table.js';
import { unguarded } from './guarded-cells.js';

const BATCH_MAX = 1_000;
/** Longest line in bytes: no field of ours comes near it, a file that is no CSV does. */
const LINE_MAX = 100_000;

interface Batch<Item> {
  readonly items: Item[];
  /** Where each item stands in the file. */
  readonly lines: number[];
  /** Rows that were left out. */
  expired: number;
}

interface ParsedLine {
  readonly record: Row;
  readonly info: { readonly lines: number };
}

/**
 * @param write writes a batch of at most 1,000 items; its complaints name the item: `blocks[17].a_number: is empty`.
 * @returns rows that were left out because they expire within a minute.
 * @throws AcmError naming the line and the column of what is wrong, and how many rows were written before.
 */
export async function importCsv<Item extends { readonly expiresAt: Date | undefined }>(
  table: CsvReader<Item>,
  input: Readable,
  write: (items: Item[]) => Promise<unknown>,
  progress: CsvProgress,
): Promise<number> {
  let expired = 0;
  try {
    await pipeline(input, parserOf(table), async (lines: AsyncIterable<ParsedLine>) => {
      for await (const batch of batchesOf(table, lines)) {
        expired += batch.expired;
        if (batch.items.length === 0) continue;
        await writeBatch(batch, write);
        progress.add(batch.items.length);
      }
    });
  } catch (error) {
    throw explained(error, progress.rows);
  }
  return expired;
}

async function* batchesOf<Item extends { readonly expiresAt: Date | undefined }>(
  table: CsvReader<Item>,
  lines: AsyncIterable<ParsedLine>,
): AsyncGenerator<Batch<Item>> {
  let batch: Batch<Item> = { items: [], lines: [], expired: 0 };
  for await (const parsed of lines) {
    const line = lineOf(parsed);
    const item = readAt(line, () => table.read(unguardedRow(parsed.record)));
    if (expiresSoon(item.expiresAt, Date.now())) batch.expired++;
    else {
      batch.items.push(item);
      batch.lines.push(line);
    }
    if (batch.items.length < BATCH_MAX) continue;
    yield batch;
    batch = { items: [], lines: [], expired: 0 };
  }
  yield batch;
}

function parserOf(table: CsvColumns) {
  return parse({
    columns: (header: string[]) => checkedHeader(header, table),
    bom: true,
    info: true,
    skip_empty_lines: true,
    max_record_size: LINE_MAX,
  });
}

function checkedHeader(header: readonly string[], { required, optional, informative }: CsvColumns): string[] {
  const names = header.map((name) => name.trim().toLowerCase());
  const known = [...required, ...optional, ...informative];
  const missing = required.find((name) => !names.includes(name));
  const wrong = names.find((name, i) => !known.includes(name) || names.indexOf(name) !== i);
  if (missing !== undefined)
    throw complaint(
      `line 1: the column ${missing} is missing; the first line names the columns, with commas between`,
    );
  if (wrong !== undefined)
    throw complaint(`line 1: the column "${wrong}" is unknown or there twice; there are ${known.join(', ')}`);
  return names;
}

/** The parser knows where a line ends; one with line breaks in its cells began before. */
function lineOf({ record, info }: ParsedLine): number {
  const breaks = Object.values(record).map((cell) => cell.split('\n').length - 1);
  return info.lines - breaks.reduce((sum, count) => sum + count, 0);
}

function unguardedRow(record: Row): Row {
  return Object.fromEntries(Object.entries(record).map(([column, cell]) => [column, unguarded(cell)]));
}

function readAt<Item>(line: number, read: () => Item): Item {
  try {
    return read();
  } catch (error) {
    throw error instanceof InvalidFieldError ? complaint(`line ${line}: ${error.message}`) : error;
  }
}

async function writeBatch<Item>(
  { items, lines }: Batch<Item>,
  write: (items: Item[]) => Promise<unknown>,
): Promise<void> {
  try {
    await write(items);
  } catch (error) {
    const [, place = '', rest = ''] = /^\w+\[(\d+)\]\.(.*)$/s.exec((error as Error).message) ?? [];
    if (place === '') throw error;
    throw complaint(`line ${lines[Number(place)]}: ${rest}`);
  }
}

function explained(error: unknown, written: number): unknown {
  if (isUnreadable(error)) return complaint(error.message);
  if (!(error instanceof AcmError || error instanceof CsvError)) return error;
  const rows = `${written.toLocaleString('en')} rows before it`;
  const wasAnswered = !(error instanceof AcmError) || error.code !== 'ACM_UNAVAILABLE';
  const rest = wasAnswered
    ? 'nothing of its batch'
    : 'perhaps its batch; importing the file again does no harm';
  return complaint(`${error.message} (written: ${rows}, ${rest})`);
}

function isUnreadable(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

function complaint(message: string): AcmError {
  return new AcmError('ACM_INVALID_ARGUMENT', message);
}
