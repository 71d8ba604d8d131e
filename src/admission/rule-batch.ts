/** Rules that come many at a time: all of them are taken or none, and a complaint says which of them it is about. */
import { InvalidFieldError } from '../errors.js';

/** Most rules in one request. */
export const BATCH_MAX = 1_000;

/**
 * Reads each item of a list of 1 to 1,000.
 * @throws InvalidFieldError naming the item by its place: `blocks[17].a_number`.
 */
export function readEach<Item, Result>(
  field: string,
  items: readonly Item[],
  read: (item: Item) => Result,
): Result[] {
  if (items.length === 0) throw new InvalidFieldError(field, 'is empty');
  if (items.length > BATCH_MAX)
    throw new InvalidFieldError(field, `has ${items.length} items; at most ${BATCH_MAX} are allowed`);
  return items.map((item, place) => {
    try {
      return read(item);
    } catch (error) {
      if (!(error instanceof InvalidFieldError)) throw error;
      throw new InvalidFieldError(`${field}[${place}].${error.field}`, error.complaint);
    }
  });
}
