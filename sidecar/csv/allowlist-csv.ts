/**
 * Allowlist entries as CSV. An entry is known by its id; a line without one gets an id that follows from what it covers, so
 * that importing a table twice changes nothing.
 */
import { createHash } from 'node:crypto';
import { InvalidFieldError } from '../../src/errors.js';
import type { AllowlistEntry, AllowlistScope, NewAllowlistEntry } from '../../src/gen/acm/v1/management.js';
import { type CsvReader, type CsvWriter, numberIn, type Row, timeIn } from './csv-table.js';

export const ALLOWLIST_CSV: CsvReader<NewAllowlistEntry> & CsvWriter<AllowlistEntry> = {
  required: ['scope', 'value'],
  optional: ['entry_id', 'expires_at', 'reason'],
  informative: ['author', 'changed_at', 'alert_id'],
  read(row) {
    return {
      entryId: row['entry_id'] || idOf(row),
      scope: scopeIn(row),
      expiresAt: timeIn(row, 'expires_at'),
      reason: row['reason'] ?? '',
    };
  },
  write({ entryId, scope, expiresAt, reason, author, changedAt, alertId }) {
    return {
      entry_id: entryId,
      ...scopeCells(scope),
      expires_at: expiresAt?.toISOString() ?? '',
      reason,
      author,
      changed_at: changedAt?.toISOString() ?? '',
      alert_id: alertId,
    };
  },
};

const KINDS = {
  b_number: 'bNumber',
  b_prefix: 'bPrefix',
  a_prefix: 'aPrefix',
  source: 'source',
  trunk: 'trunk',
} as const;

function scopeIn(row: Row): AllowlistScope {
  const kind = KINDS[row['scope'] as keyof typeof KINDS];
  if (kind === undefined)
    throw new InvalidFieldError('scope', `"${row['scope']}" is none of ${Object.keys(KINDS).join(', ')}`);
  return { scope: { $case: kind, value: numberIn(row, 'value') } };
}

function scopeCells({ scope }: AllowlistScope = { scope: undefined }): Row {
  const kind = Object.entries(KINDS).find(([, each]) => each === scope?.$case)?.[0] ?? '';
  return { scope: kind, value: scope?.value ?? '' };
}

/** A UUID of version 8 (RFC 9562, section 5.8) out of what the line covers. */
function idOf({ scope, value }: Row): string {
  const digest = createHash('sha256').update(`acm allowlist ${scope} ${value}`).digest();
  digest[6] = (digest[6] & 0x0f) | 0x80;
  digest[8] = (digest[8] & 0x3f) | 0x80;
  return digest.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
