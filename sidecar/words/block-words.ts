/** Blocks in words. */
import type { Block } from '../../src/gen/acm/v1/management.js';
import { listing } from './table.js';
import { atSecond } from './times.js';

export function blockTable(blocks: readonly Block[], more: boolean): string {
  const rows = blocks.map(({ aNumber, bNumber, expiresAt, changedAt, author, reason, alertId }) => [
    aNumber,
    bNumber,
    atSecond(expiresAt),
    atSecond(changedAt),
    author,
    alertId === '' ? reason : `${reason} (alert ${alertId})`.trimStart(),
  ]);
  return listing(['A-NUMBER', 'MAY NOT CALL', 'UNTIL', 'SET', 'BY', 'REASON'], rows, {
    more,
    none: 'No pair is blocked.',
  });
}

export function blockedInWords({
  aNumber,
  bNumber,
  expiresAt,
}: Pick<Block, 'aNumber' | 'bNumber' | 'expiresAt'>): string {
  return `Calls of ${aNumber} to ${bNumber} are blocked until ${atSecond(expiresAt)}.`;
}
