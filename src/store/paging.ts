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

const TIME = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d)*)?$/;

/** The token of a position: opaque to whoever gets it. */
export function tokenOf({ at, id }: Position): string {
  return Buffer.from(JSON.stringify([at, id])).toString('base64url');
}

/** @throws InvalidFieldError for a token that is not one of ours. */
export function positionOf(token: string): Position | undefined {
  if (token === '') return undefined;
  try {
    const [at, id] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[];
    if (typeof at === 'string' && TIME.test(at) && typeof id === 'string' && !id.includes('\0'))
      return { at, id };
  } catch {
    // Falls through to the complaint.
  }
  throw new InvalidFieldError('after', 'is not the token of a page');
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
