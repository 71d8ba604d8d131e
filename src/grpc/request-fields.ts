/** What fields of management requests have in common: pages, times, ids, lists, and fields that may be absent. */
import { checkTime } from '../admission/rule-input.js';
import type { PageRequest } from '../admission/store-ports.js';
import { InvalidFieldError } from '../errors.js';

const PAGE_SIZE_DEFAULT = 100;
const BATCH_MAX = 1_000;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Which page a list request asks for. */
export function pageOf({ pageSize, pageToken }: { pageSize: number; pageToken: string }): PageRequest {
  return { limit: pageSize === 0 ? PAGE_SIZE_DEFAULT : pageSize, after: pageToken };
}

/** A time on the wire may lie beyond every calendar. @throws InvalidFieldError */
export function checkedTime(field: string, time: Date | undefined): Date | undefined {
  if (time !== undefined) checkTime(field, time);
  return time;
}

/** @throws InvalidFieldError for a time that is missing. */
export function requiredTime(field: string, time: Date | undefined): Date {
  if (time === undefined) throw new InvalidFieldError(field, 'is missing');
  return time;
}

/** @throws InvalidFieldError */
export function checkedUuid(field: string, text: string): string {
  const id = text.toLowerCase();
  if (!UUID.test(id)) throw new InvalidFieldError(field, 'is not a UUID');
  return id;
}

/** The object without what is undefined: what is absent on the wire is absent within. */
export function present<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** Undefined for a filter that is left empty. */
export function filterOf(text: string): string | undefined {
  return text === '' ? undefined : text;
}

/**
 * Reads each item of a list of 1 to 1,000; a complaint says which item it is about.
 * @throws InvalidFieldError
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
