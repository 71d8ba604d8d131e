/** Entries of the allowlist as they stand on the wire. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { AllowlistScope } from '../admission/allowlist.js';
import { NAME_MAX } from '../admission/call-attempt.js';
import { BATCH_MAX } from '../admission/rule-batch.js';
import type { NewAllowlistEntry } from '../admission/rule-desk.js';
import { canonicalAllowlistScope } from '../admission/rule-input.js';
import type { StoredAllowlistEntry } from '../admission/stored-rules.js';
import { answeredAlertId, answeredExpiry, orNull, signature } from './answered-values.js';
import { exactlyOne, givenNumber, givenReason, givenTime } from './given-values.js';

export const allowlistScopeSchema = z
  .strictObject({
    b_number: givenNumber('One number that is called.').optional(),
    b_prefix: givenNumber('How numbers that are called begin: `+234`, `00234` and `234` are one.').optional(),
    a_prefix: givenNumber(
      'How numbers that call begin. No attack makes a sidecar block such a number.',
    ).optional(),
    source: z
      .string()
      .max(NAME_MAX)
      .optional()
      .meta({
        description: 'The address that calls come from, or a range of them.',
        examples: ['192.0.2.0/24'],
      }),
    trunk: z
      .string()
      .min(1)
      .max(NAME_MAX)
      .optional()
      .meta({ description: 'Trunk that calls come in by.', examples: ['lagos'] }),
  })
  .superRefine(exactlyOne((scope: ScopeBody) => canonicalAllowlistScope(allowlistScopeOf(scope))))
  .meta({
    id: 'AllowlistScope',
    description: 'Which calls an entry covers: exactly one of these.',
    minProperties: 1,
    maxProperties: 1,
  });

interface ScopeBody {
  readonly b_number?: string | undefined;
  readonly b_prefix?: string | undefined;
  readonly a_prefix?: string | undefined;
  readonly source?: string | undefined;
  readonly trunk?: string | undefined;
}

export const newEntriesSchema = z.strictObject({
  entries: z
    .array(
      z
        .strictObject({
          entry_id: z.guid().toLowerCase().optional().meta({
            description: 'Of your choice: adding it again replaces the entry. Absent: the sidecar chooses.',
          }),
          scope: allowlistScopeSchema,
          expires_at: givenTime.nullish().meta({ description: 'A time to come; absent or null: never.' }),
          reason: givenReason,
        })
        .meta({ id: 'NewAllowlistEntry' }),
    )
    .min(1)
    .max(BATCH_MAX)
    .meta({ description: 'All are added, or none.' }),
});

export const entrySchema = z
  .object({
    entry_id: z.guid(),
    scope: allowlistScopeSchema,
    expires_at: answeredExpiry,
    ...signature,
    alert_id: answeredAlertId.meta({
      description: 'The false positive that it was made for; null for none.',
    }),
  })
  .meta({ id: 'AllowlistEntry' });

export function newEntryOf(entry: z.output<typeof newEntriesSchema>['entries'][number]): NewAllowlistEntry {
  const { entry_id: entryId = randomUUID(), scope, expires_at: expiresAt, reason } = entry;
  return { entryId, scope: allowlistScopeOf(scope), expiresAt: expiresAt ?? undefined, reason };
}

export function entryBody(entry: StoredAllowlistEntry): z.input<typeof entrySchema> {
  return {
    entry_id: entry.entryId,
    scope: allowlistScopeBody(entry.scope),
    expires_at: entry.expiresAt?.toISOString() ?? null,
    reason: entry.reason,
    author: entry.author,
    changed_at: entry.changedAt.toISOString(),
    alert_id: orNull(entry.alertId),
  };
}

/** @param scope with exactly one field. */
function allowlistScopeOf({ b_number, b_prefix, a_prefix, source, trunk }: ScopeBody): AllowlistScope {
  if (b_number !== undefined) return { kind: 'b-number', digits: b_number };
  if (b_prefix !== undefined) return { kind: 'b-prefix', digits: b_prefix };
  if (a_prefix !== undefined) return { kind: 'a-prefix', digits: a_prefix };
  if (source !== undefined) return { kind: 'source', cidr: source };
  return { kind: 'trunk', name: trunk ?? '' };
}

export function allowlistScopeBody(scope: AllowlistScope): z.input<typeof allowlistScopeSchema> {
  switch (scope.kind) {
    case 'b-number':
      return { b_number: scope.digits };
    case 'b-prefix':
      return { b_prefix: scope.digits };
    case 'a-prefix':
      return { a_prefix: scope.digits };
    case 'source':
      return { source: scope.cidr };
    case 'trunk':
      return { trunk: scope.name };
  }
}
