/** The audit log in words. */
import type { AuditPoint } from '../../src/admission/audit-chain.js';
import type { AuditEntry } from '../../src/gen/acm/v1/access.js';
import { listing } from './table.js';
import { atMillisecond } from './times.js';

/** Longer changes are cut; --json has them whole. */
const CHANGE_MAX = 120;

export function auditTable(entries: readonly AuditEntry[], more: boolean): string {
  const rows = entries.map((entry) => [
    String(entry.entryId),
    atMillisecond(entry.at),
    entry.actor,
    entry.origin,
    entry.action,
    entry.target,
    changeInWords(entry),
  ]);
  return listing(['ENTRY', 'AT', 'WHO', 'FROM', 'DID', 'TO', 'CHANGE'], rows, {
    more,
    none: 'Nothing was changed, or nothing matches.',
  });
}

/** `threshold 5 -> 20`: only what differs. */
function changeInWords({ beforeJson, afterJson }: AuditEntry): string {
  const [before, after] = [fieldsOf(beforeJson), fieldsOf(afterJson)];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changes = names
    .filter((name) => !UNREMARKABLE.has(name) && before[name] !== after[name])
    .map((name) => `${name} ${before[name] ?? '-'} -> ${after[name] ?? '-'}`)
    .join(', ');
  return changes.length <= CHANGE_MAX ? changes : `${changes.slice(0, CHANGE_MAX - 3)}...`;
}

/** They stand in the other columns. */
const UNREMARKABLE: ReadonlySet<string> = new Set(['author', 'changed_at', 'scope', 'value', 'entry_id']);

function fieldsOf(json: string): Readonly<Record<string, string>> {
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      typeof each === 'string' ? each : JSON.stringify(each),
    ]),
  );
}

export function verifiedInWords(from: AuditPoint, to: AuditPoint): string {
  if (to.entryId === 0) return 'The audit log is empty.';
  const dropped = from.entryId === 0 ? '' : `; those up to ${from.entryId} were dropped for their age`;
  if (to.entryId === from.entryId) return `The audit log holds no entries${dropped}.`;
  return [
    `The audit log is whole: entries ${from.entryId + 1} to ${to.entryId}, each as it was written${dropped}.`,
    'Note the last one elsewhere, for --anchor:',
    `  ${to.entryId}:${to.hash}`,
  ].join('\n');
}
