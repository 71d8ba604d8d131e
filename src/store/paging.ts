/** Pages by key: each page begins after the last row of the one before, so that none is skipped when rows are added. */
import type { Page } from '../admission/store-ports.js';
import { InvalidFieldError } from '../errors.js';

/** Where a page ended. */
export interface Position {
  /** A timestamptz as the database writes it: with its microseconds, which a Date would lose. '' where none matters. */
  readonly at: string;
  /** What tells rows of the same time apart. */
  readonly id: string;
}

/** A time zone is never more than 15:59:59 away (PostgreSQL manual, 8.5.3). */
const TIME = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,6})?[+-](0\d|1[0-5])(:[0-5]\d){0,2}$/;

/** The token of a position: opaque to whoever gets it. */
export function tokenOf({ at, id }: Position): string {
  return Buffer.from(JSON.stringify([at, id])).toString('base64url');
}

/** @throws InvalidFieldError for a token that is not one of ours. */
export function positionOf(token: string): Position | undefined {
  if (token === '') return undefined;
  try {
    const [at, id] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[];
    if (typeof at === 'string' && (at === '' || isTime(at)) && typeof id === 'string' && !id.includes('\0'))
      return { at, id };
  } catch {
    // Falls through to the complaint.
  }
  throw notOurs();
}

/** In a list that goes by time. @throws InvalidFieldError for a token that is not one of such a list. */
export function positionInTime(token: string): Position | undefined {
  const position = positionOf(token);
  if (position?.at === '') throw notOurs();
  return position;
}

function notOurs(): InvalidFieldError {
  return new InvalidFieldError('after', 'is not the token of a page');
}

/** Whether the database would take it: a token may be forged, and the 30th of February is for it an error of its own. */
function isTime(text: string): boolean {
  const [, date = '', clock = ''] = TIME.exec(text) ?? [];
  const time = new Date(`${date}T${clock}Z`);
  return date >= '0001' && !Number.isNaN(time.getTime()) && time.toISOString().startsWith(`${date}T${clock}`);
}

/** One page out of rows that were asked for with one more than the limit. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  itemOf: (row: Row) => Item,
  positionOfRow: (row: Row) => Position,
): Page<Item> {
  const onPage = rows.slice(0, limit);
  const last = onPage.at(-1);
  return {
    items: onPage.map(itemOf),
    next: rows.length > limit && last !== undefined ? tokenOf(positionOfRow(last)) : '',
  };
}
