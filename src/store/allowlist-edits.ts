/** What people do to the allowlist, with what the audit log says of it. */
import type { Conceal } from '../admission/number-privacy.js';
import type { StoredAllowlistEntry } from '../admission/stored-rules.js';
import { auditable, type Edit } from './audited-change.js';
import { allowlistRowOf } from './rule-rows.js';
import { NEXT_REVISION, THIS_REVISION } from './rule-writes.js';

const IN_FORCE = 'removed_at IS NULL AND (expires_at IS NULL OR expires_at > $2)';

export function allowlistPutting(entries: readonly StoredAllowlistEntry[], conceal: Conceal, at: Date): Edit {
  const rows = new Map(entries.map((entry) => [entry.entryId, allowlistRowOf(entry, conceal)]));
  return {
    read: entriesInForce([...rows.keys()], at),
    plan: (found) => {
      const before = new Map(found.map((row) => [row['entry_id'], auditable(row)]));
      return {
        statements: [
          NEXT_REVISION,
          {
            text: `INSERT INTO whitelist (entry_id, b_number, b_number_prefix, a_number_prefix, ip_range, trunk, reason,
                     author, alert_id, changed_at, expires_at, revision)
                   SELECT n.*, ${THIS_REVISION}
                   FROM jsonb_to_recordset($1::jsonb) AS n(entry_id uuid, b_number text, b_number_prefix text,
                     a_number_prefix text, ip_range text, trunk text, reason text, author text, alert_id uuid,
                     changed_at timestamptz, expires_at timestamptz)
                   ON CONFLICT (entry_id) DO UPDATE SET b_number = EXCLUDED.b_number,
                     b_number_prefix = EXCLUDED.b_number_prefix, a_number_prefix = EXCLUDED.a_number_prefix,
                     ip_range = EXCLUDED.ip_range, trunk = EXCLUDED.trunk, reason = EXCLUDED.reason,
                     author = EXCLUDED.author, alert_id = EXCLUDED.alert_id, changed_at = EXCLUDED.changed_at,
                     expires_at = EXCLUDED.expires_at, removed_at = NULL, revision = EXCLUDED.revision`,
            values: [JSON.stringify([...rows.values()])],
          },
        ],
        notes: [...rows].map(([entryId, row]) => ({
          action: 'allowlist.put',
          target: entryId,
          before: before.get(entryId) ?? null,
          after: auditable(row),
        })),
      };
    },
  };
}

export function allowlistRemoval(entryId: string, at: Date): Edit {
  return {
    read: entriesInForce([entryId], at),
    plan: ([before]) =>
      before && {
        statements: [
          NEXT_REVISION,
          {
            text: `UPDATE whitelist SET removed_at = $2, revision = ${THIS_REVISION}
                   WHERE entry_id = $1::uuid AND ${IN_FORCE}`,
            values: [entryId, at],
          },
        ],
        notes: [{ action: 'allowlist.remove', target: entryId, before: auditable(before), after: null }],
      },
  };
}

/** @param expiresAt undefined for never. */
export function allowlistExpiry(entryId: string, expiresAt: Date | undefined, at: Date): Edit {
  return {
    read: entriesInForce([entryId], at),
    plan: ([before]) =>
      before && {
        statements: [
          NEXT_REVISION,
          {
            text: `UPDATE whitelist SET expires_at = $3, revision = ${THIS_REVISION}
                   WHERE entry_id = $1::uuid AND ${IN_FORCE}`,
            values: [entryId, at, expiresAt ?? null],
          },
        ],
        notes: [
          {
            action: 'allowlist.expire',
            target: entryId,
            before: auditable(before),
            after: auditable({ ...before, expires_at: expiresAt ?? null }),
          },
        ],
      },
  };
}

function entriesInForce(entryIds: readonly string[], at: Date) {
  return {
    text: `SELECT * FROM whitelist WHERE entry_id = ANY($1::uuid[]) AND ${IN_FORCE}`,
    values: [entryIds, at] as readonly unknown[],
  };
}
