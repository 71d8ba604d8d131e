/** What a CSV table holds, and how its cells are read. */
import { InvalidFieldError } from '../../src/errors.js';
import { momentOf } from '../words/times.js';

/** One line, by column. */
export type Row = Readonly<Record<string, string>>;

/** The columns of a kind of table. */
export interface CsvColumns {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Written for people; when a table is read, they are passed over. */
  readonly informative: readonly string[];
}

export interface CsvReader<Item> extends CsvColumns {
  /** @throws InvalidFieldError naming the column. */
  read(row: Row): Item;
}

export interface CsvWriter<Stored> extends CsvColumns {
  write(stored: Stored): Row;
}

/** A row expires while it waits for its turn, and clocks differ: what has less than this to go is not worth an error. */
const EXPIRES_SOON_MS = 60_000;

export function expiresSoon(expiresAt: Date | undefined, now: number): boolean {
  return expiresAt !== undefined && expiresAt.getTime() <= now + EXPIRES_SOON_MS;
}

/** The time in a cell; undefined for an empty one. @throws InvalidFieldError */
export function timeIn(row: Row, column: string): Date | undefined {
  const text = row[column] ?? '';
  if (text === '') return undefined;
  const time = momentOf(text);
  if (time === undefined)
    throw new InvalidFieldError(column, `"${text}" is not a time such as 2026-11-22T18:00:00Z`);
  return time;
}

/** @throws InvalidFieldError for a number that a spreadsheet has rounded: it would be taken for a name. */
export function numberIn(row: Row, column: string): string {
  const text = row[column] ?? '';
  if (/^\d+([.,]\d+)?E\+\d+$/i.test(text))
    throw new InvalidFieldError(
      column,
      `"${text}" has lost its digits in a spreadsheet; format the column as text`,
    );
  return text;
}
