/** Rows of the rule tables as the rest of the program knows them, and back. */
import type { AllowlistScope } from '../admission/allowlist.js';
import type { Conceal } from '../admission/number-privacy.js';
import type { PolicyScope, PolicyTerms } from '../admission/policy.js';
import type {
  EnforcementSwitch,
  StoredAllowlistEntry,
  StoredBlock,
  StoredPolicy,
} from '../admission/stored-rules.js';
import type { Row } from './alert-rows.js';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

/** Each term with its column, and the unit of that where it is a time. */
const TERM_COLUMNS: readonly (readonly [term: keyof PolicyTerms, column: string, unitMs: number])[] = [
  ['windowMs', 'window_seconds', SECOND_MS],
  ['threshold', 'threshold', 1],
  ['cooldownMs', 'cooldown_seconds', SECOND_MS],
  ['enforcement', 'enforcement', 1],
  ['autoBlock', 'auto_block', 1],
  ['blockMs', 'block_duration_hours', HOUR_MS],
  ['autoDisconnect', 'auto_disconnect', 1],
  ['anonymousCallers', 'anonymous_callers', 1],
];

export function policyOf(row: Row): StoredPolicy {
  return {
    scope: policyScopeOf(row),
    terms: termsOf(row),
    revision: row['revision'] as number,
    ...signatureOf(row),
  };
}

export function policyScopeOf(row: Row): PolicyScope {
  const value = row['value'] as string;
  switch (row['scope']) {
    case 'b_number':
      return { kind: 'b-number', digits: value };
    case 'b_prefix':
      return { kind: 'b-prefix', digits: value };
    case 'trunk':
      return { kind: 'trunk', name: value };
    default:
      return { kind: 'default' };
  }
}

/** Scope and value as columns; a whole number is concealed, a prefix is not one. */
export function policyKeyOf(scope: PolicyScope, conceal: Conceal): readonly [scope: string, value: string] {
  switch (scope.kind) {
    case 'default':
      return ['default', ''];
    case 'trunk':
      return ['trunk', scope.name];
    case 'b-number':
      return ['b_number', conceal(scope.digits)];
    case 'b-prefix':
      return ['b_prefix', scope.digits];
  }
}

/** What is set; the rest stays absent. */
export function termsOf(row: Row): PolicyTerms {
  const terms: Record<string, unknown> = {};
  for (const [term, column, unitMs] of TERM_COLUMNS) {
    const value = row[column];
    if (value !== null) terms[term] = unitMs === 1 ? value : (value as number) * unitMs;
  }
  return terms;
}

/** The terms by their columns, in the order of the table; null for what is not set. */
export function termRowOf(terms: PolicyTerms): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    TERM_COLUMNS.map(([term, column, unitMs]) => {
      const value = terms[term] ?? null;
      return [column, typeof value === 'number' ? value / unitMs : value];
    }),
  );
}

export function allowlistEntryOf(row: Row): StoredAllowlistEntry {
  return {
    entryId: row['entry_id'] as string,
    scope: allowlistScopeOf(row),
    expiresAt: (row['expires_at'] as Date | null) ?? undefined,
    alertId: (row['alert_id'] as string | null) ?? '',
    ...signatureOf(row),
  };
}

export function allowlistScopeOf(row: Row): AllowlistScope {
  const given = (column: string): string | undefined => (row[column] as string | null) ?? undefined;
  const [bNumber, bPrefix, aPrefix] = [given('b_number'), given('b_number_prefix'), given('a_number_prefix')];
  if (bNumber !== undefined) return { kind: 'b-number', digits: bNumber };
  if (bPrefix !== undefined) return { kind: 'b-prefix', digits: bPrefix };
  if (aPrefix !== undefined) return { kind: 'a-prefix', digits: aPrefix };
  const cidr = given('ip_range');
  return cidr === undefined ? { kind: 'trunk', name: given('trunk') ?? '' } : { kind: 'source', cidr };
}

/** An entry as a JSON row for `jsonb_to_recordset`. */
export function allowlistRowOf(entry: StoredAllowlistEntry, conceal: Conceal): Row {
  const { scope } = entry;
  return {
    entry_id: entry.entryId,
    b_number: scope.kind === 'b-number' ? conceal(scope.digits) : null,
    b_number_prefix: scope.kind === 'b-prefix' ? scope.digits : null,
    a_number_prefix: scope.kind === 'a-prefix' ? scope.digits : null,
    ip_range: scope.kind === 'source' ? scope.cidr : null,
    trunk: scope.kind === 'trunk' ? scope.name : null,
    reason: entry.reason,
    author: entry.author,
    alert_id: entry.alertId === '' ? null : entry.alertId,
    changed_at: entry.changedAt,
    expires_at: entry.expiresAt ?? null,
  };
}

export function blockOf(row: Row): StoredBlock {
  return {
    aNumber: row['a_number'] as string,
    bNumber: row['b_number'] as string,
    expiresAt: row['expires_at'] as Date,
    alertId: (row['alert_id'] as string | null) ?? '',
    ...signatureOf(row),
  };
}

/** A block as a JSON row for `jsonb_to_recordset`. */
export function blockRowOf(block: StoredBlock, conceal: Conceal) {
  return {
    a_number: conceal(block.aNumber),
    b_number: conceal(block.bNumber),
    reason: block.reason,
    author: block.author,
    alert_id: block.alertId === '' ? null : block.alertId,
    changed_at: block.changedAt,
    expires_at: block.expiresAt,
  };
}

export function enforcementOf(row: Row): EnforcementSwitch {
  return {
    on: row['enforcement_on'] as boolean,
    author: row['enforcement_author'] as string,
    reason: row['enforcement_reason'] as string,
    changedAt: (row['enforcement_changed_at'] as Date | null) ?? undefined,
  };
}

function signatureOf(row: Row): { reason: string; author: string; changedAt: Date } {
  return {
    reason: row['reason'] as string,
    author: row['author'] as string,
    changedAt: row['changed_at'] as Date,
  };
}
