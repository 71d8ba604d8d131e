/** What fields of management requests have in common: pages, times, ids and filters. */
import { checkTime } from '../admission/rule-input.js';
import type { PageRequest } from '../admission/store-ports.js';
import { InvalidFieldError } from '../errors.js';

const PAGE_SIZE_DEFAULT = 100;
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

/** Undefined for a filter that is left empty. */
export function filterOf(text: string): string | undefined {
  return text === '' ? undefined : text;
}
