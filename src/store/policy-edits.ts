/** What people do to policies and to the switch, with what the audit log says of it. */
import type { Conceal } from '../admission/number-privacy.js';
import type { PolicyScope } from '../admission/policy.js';
import type { EnforcementSwitch, StoredPolicy } from '../admission/stored-rules.js';
import { auditable, type Edit } from './audited-change.js';
import { enforcementOf, policyKeyOf, termRowOf } from './rule-rows.js';
import { enforcementStatement, NEXT_REVISION, THIS_REVISION } from './rule-writes.js';

export function policySetting(policy: Omit<StoredPolicy, 'revision'>, conceal: Conceal): Edit {
  const [scope, value] = policyKeyOf(policy.scope, conceal);
  const terms = termRowOf(policy.terms);
  const { reason, author, changedAt } = policy;
  const after = { scope, value, ...terms, reason, author, changed_at: changedAt };
  return {
    read: policyInForce(scope, value),
    plan: ([before]) => ({
      statements: [
        NEXT_REVISION,
        {
          text: `INSERT INTO policies (scope, value, window_seconds, threshold, cooldown_seconds, enforcement, auto_block,
                   block_duration_hours, auto_disconnect, anonymous_callers, reason, author, changed_at, revision)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, ${THIS_REVISION})
                 ON CONFLICT (scope, value) DO UPDATE SET window_seconds = EXCLUDED.window_seconds,
                   threshold = EXCLUDED.threshold, cooldown_seconds = EXCLUDED.cooldown_seconds,
                   enforcement = EXCLUDED.enforcement, auto_block = EXCLUDED.auto_block,
                   block_duration_hours = EXCLUDED.block_duration_hours, auto_disconnect = EXCLUDED.auto_disconnect,
                   anonymous_callers = EXCLUDED.anonymous_callers, reason = EXCLUDED.reason, author = EXCLUDED.author,
                   changed_at = EXCLUDED.changed_at, removed_at = NULL, revision = EXCLUDED.revision`,
          values: [scope, value, ...Object.values(terms), reason, author, changedAt],
        },
      ],
      notes: [
        {
          action: 'policy.set',
          target: targetOf(scope, value),
          before: before === undefined ? null : auditable(before),
          after: auditable(after),
        },
      ],
    }),
  };
}

export function policyRemoval(scoped: PolicyScope, conceal: Conceal, at: Date): Edit {
  const [scope, value] = policyKeyOf(scoped, conceal);
  return {
    read: policyInForce(scope, value),
    plan: ([before]) =>
      before && {
        statements: [
          NEXT_REVISION,
          {
            text: `UPDATE policies SET removed_at = $3, revision = ${THIS_REVISION}
                   WHERE scope = $1 AND value = $2 AND removed_at IS NULL`,
            values: [scope, value, at],
          },
        ],
        notes: [
          { action: 'policy.remove', target: targetOf(scope, value), before: auditable(before), after: null },
        ],
      },
  };
}

/** Nothing to do where the switch was thrown later than this, or where this has arrived before its answer was lost. */
export function enforcementSwitching(change: EnforcementSwitch): Edit {
  return {
    read: { text: 'SELECT * FROM rule_state' },
    plan: ([row]) => {
      const was = enforcementOf(row);
      if ((was.changedAt ?? 0) > (change.changedAt ?? 0)) return undefined;
      const [before, after] = [contentOf(was), contentOf(change)];
      if (JSON.stringify(before) === JSON.stringify(after)) return undefined;
      return {
        statements: [NEXT_REVISION, enforcementStatement(change)],
        notes: [{ action: 'enforcement.switch', target: 'enforcement', before, after }],
      };
    },
  };
}

/** The switch as the audit log shows it, by the names that rows have. */
function contentOf({ on, reason, author, changedAt }: EnforcementSwitch): object {
  return { on, reason, author, ...(changedAt === undefined ? {} : { changed_at: changedAt }) };
}

function policyInForce(scope: string, value: string) {
  return {
    text: 'SELECT * FROM policies WHERE scope = $1 AND value = $2 AND removed_at IS NULL',
    values: [scope, value],
  };
}

/** `default`, `b_number 2348099999999`, as an alert names its policy. */
function targetOf(scope: string, value: string): string {
  return `${scope} ${value}`.trimEnd();
}
