/** Allowlist entries in words. */
import type { AllowlistEntry, AllowlistScope } from '../../src/gen/acm/v1/management.js';
import { listing } from './table.js';
import { atSecond } from './times.js';

/** `calls to 2348099999999`. */
export function coverInWords(scope: AllowlistScope | undefined): string {
  const covered = scope?.scope;
  switch (covered?.$case) {
    case 'bNumber':
      return `calls to ${covered.value}`;
    case 'bPrefix':
      return `calls to numbers that begin with ${covered.value}`;
    case 'aPrefix':
      return `calls from numbers that begin with ${covered.value}`;
    case 'source':
      return `calls from the address ${covered.value}`;
    case 'trunk':
      return `calls by trunk ${covered.value}`;
    case undefined:
      return 'no calls';
  }
}

export function allowlistTable(entries: readonly AllowlistEntry[], more: boolean): string {
  const rows = entries.map((entry) => [
    entry.entryId,
    coverInWords(entry.scope),
    entry.expiresAt === undefined ? 'never' : atSecond(entry.expiresAt),
    atSecond(entry.changedAt),
    entry.author,
    reasonInWords(entry),
  ]);
  return listing(['ENTRY', 'ALLOWS', 'UNTIL', 'SET', 'BY', 'REASON'], rows, {
    more,
    none: 'The allowlist is empty.',
  });
}

/** An entry that was made for an alert says so, once. */
function reasonInWords({ reason, alertId }: AllowlistEntry): string {
  return reason.includes(alertId) ? reason : `${reason} (alert ${alertId})`.trimStart();
}

export function allowedInWords({ entryId, scope, expiresAt }: AllowlistEntry): string {
  const until = expiresAt === undefined ? 'until the entry is removed' : `until ${atSecond(expiresAt)}`;
  return `Entry ${entryId}: ${coverInWords(scope)} are allowed, unchecked and uncounted, ${until}.`;
}
