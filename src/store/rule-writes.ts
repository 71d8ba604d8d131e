/** Statements that change rules. Each makes a revision, by which every sidecar on the store hears of it. */
import type { Conceal } from '../admission/number-privacy.js';
import type { EnforcementSwitch, StoredBlock } from '../admission/stored-rules.js';
import type { Statement } from './database.js';
import { blockRowOf } from './rule-rows.js';

/**
 * Goes first in every transaction that changes a rule. Its row lock makes the transactions queue up, so revisions are
 * committed in their order, and whoever has read up to one has missed none before it.
 */
export const NEXT_REVISION: Statement = { text: 'UPDATE rule_state SET revision = revision + 1' };

export const THIS_REVISION = '(SELECT r.revision FROM rule_state r)';

/**
 * Blocks, added or changed; without NEXT_REVISION.
 * @param prolongOnly an automatic block never shortens one, and does not bring back one that a person has removed since.
 */
export function blockStatement(
  blocks: readonly StoredBlock[],
  conceal: Conceal,
  prolongOnly: boolean,
): Statement {
  const rows = JSON.stringify(blocks.map((block) => blockRowOf(block, conceal)));
  const expires = prolongOnly
    ? `CASE WHEN blocked_patterns.removed_at IS NULL
         THEN GREATEST(blocked_patterns.expires_at, EXCLUDED.expires_at) ELSE EXCLUDED.expires_at END`
    : 'EXCLUDED.expires_at';
  const unless = prolongOnly
    ? 'WHERE blocked_patterns.removed_at IS NULL OR EXCLUDED.changed_at > blocked_patterns.removed_at'
    : '';
  return {
    text: `INSERT INTO blocked_patterns (a_number, b_number, reason, author, alert_id, changed_at, expires_at, revision)
           SELECT DISTINCT ON (n.b_number, n.a_number) n.a_number, n.b_number, n.reason, n.author, n.alert_id,
             n.changed_at, n.expires_at, ${THIS_REVISION}
           FROM jsonb_to_recordset($1::jsonb) AS n(a_number text, b_number text, reason text, author text, alert_id uuid,
             changed_at timestamptz, expires_at timestamptz)
           ORDER BY n.b_number, n.a_number, n.changed_at DESC
           ON CONFLICT (b_number, a_number) DO UPDATE SET expires_at = ${expires}, removed_at = NULL,
             reason = EXCLUDED.reason, author = EXCLUDED.author, alert_id = EXCLUDED.alert_id,
             changed_at = EXCLUDED.changed_at, revision = EXCLUDED.revision ${unless}`,
    values: [rows],
  };
}

/** The switch; an older change never undoes a newer one. */
export function enforcementStatement({ on, author, reason, changedAt }: EnforcementSwitch): Statement {
  return {
    text: `UPDATE rule_state SET enforcement_on = $1, enforcement_author = $2, enforcement_reason = $3,
             enforcement_changed_at = $4
           WHERE enforcement_changed_at IS NULL OR enforcement_changed_at <= $4`,
    values: [on, author, reason, changedAt ?? new Date(0)],
  };
}
