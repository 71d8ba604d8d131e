/** What people do to blocks, with what the audit log says of it. Blocks that sidecars make by themselves are no edits. */
import type { Conceal } from '../admission/number-privacy.js';
import type { StoredBlock } from '../admission/stored-rules.js';
import type { Row } from './alert-rows.js';
import { auditable, type Edit } from './audited-change.js';
import type { Statement } from './database.js';
import { blockRowOf } from './rule-rows.js';
import { blockStatement, NEXT_REVISION, THIS_REVISION } from './rule-writes.js';

/** Two numbers, concealed. */
interface Pair {
  readonly a_number: string;
  readonly b_number: string;
}

export function blockPutting(blocks: readonly StoredBlock[], conceal: Conceal, at: Date): Edit {
  // Of a pair that comes twice the last one counts, in the table and in the log.
  const made = new Map(
    blocks.map((block) => {
      const row = blockRowOf(block, conceal);
      return [targetOf(row), { block, row }];
    }),
  );
  const [last, rows] = [
    [...made.values()].map(({ block }) => block),
    [...made.values()].map(({ row }) => row),
  ];
  return {
    read: {
      text: `SELECT b.* FROM blocked_patterns b
             JOIN jsonb_to_recordset($1::jsonb) AS n(a_number text, b_number text) USING (b_number, a_number)
             WHERE b.removed_at IS NULL AND b.expires_at > $2`,
      values: [JSON.stringify(rows), at],
    },
    plan: (found) => {
      const before = new Map(found.map((row) => [targetOf(pairOf(row)), auditable(row)]));
      return {
        statements: [NEXT_REVISION, blockStatement(last, conceal, false)],
        notes: [...made].map(([target, { row }]) => ({
          action: 'block.put',
          target,
          before: before.get(target) ?? null,
          after: auditable({ ...row }),
        })),
      };
    },
  };
}

export function blockRemoval(pair: Pair, at: Date): Edit {
  return {
    read: blockInForce(pair, at),
    plan: ([before]) =>
      before && {
        statements: [
          NEXT_REVISION,
          {
            text: `UPDATE blocked_patterns SET removed_at = $3, revision = ${THIS_REVISION}
                   WHERE a_number = $1 AND b_number = $2 AND removed_at IS NULL AND expires_at > $3`,
            values: [pair.a_number, pair.b_number, at],
          },
        ],
        notes: [{ action: 'block.remove', target: targetOf(pair), before: auditable(before), after: null }],
      },
  };
}

export function blockExpiry(pair: Pair, expiresAt: Date, at: Date): Edit {
  return {
    read: blockInForce(pair, at),
    plan: ([before]) =>
      before && {
        statements: [
          NEXT_REVISION,
          {
            text: `UPDATE blocked_patterns SET expires_at = $4, revision = ${THIS_REVISION}
                   WHERE a_number = $1 AND b_number = $2 AND removed_at IS NULL AND expires_at > $3`,
            values: [pair.a_number, pair.b_number, at, expiresAt],
          },
        ],
        notes: [
          {
            action: 'block.expire',
            target: targetOf(pair),
            before: auditable(before),
            after: auditable({ ...before, expires_at: expiresAt }),
          },
        ],
      },
  };
}

/** Most pairs that one entry of the audit log lists. */
const LISTED_MAX = 1_000;
const MADE_BY_ALERT = `removed_at IS NULL AND alert_id IN (SELECT $1::uuid
  UNION SELECT s.sighting_id FROM alert_sightings s WHERE s.alert_id = $1::uuid)`;

/** Lifts every block that an alert has made, whichever sidecar made it. */
export function blockLifting(alertId: string, at: Date): Edit {
  return {
    read: {
      text: `SELECT a_number, b_number, count(*) OVER () AS lifted FROM blocked_patterns WHERE ${MADE_BY_ALERT}
             LIMIT ${LISTED_MAX}`,
      values: [alertId],
    },
    plan: (rows) =>
      rows[0] && {
        statements: [
          NEXT_REVISION,
          {
            text: `UPDATE blocked_patterns SET removed_at = $2, revision = ${THIS_REVISION} WHERE ${MADE_BY_ALERT}`,
            values: [alertId, at],
          },
        ],
        notes: [
          {
            action: 'block.lift',
            target: alertId,
            before: { count: rows[0]['lifted'], blocks: rows.map((row) => targetOf(pairOf(row))) },
            after: null,
          },
        ],
      },
  };
}

function blockInForce(pair: Pair, at: Date): Statement {
  return {
    text: `SELECT * FROM blocked_patterns
           WHERE a_number = $1 AND b_number = $2 AND removed_at IS NULL AND expires_at > $3`,
    values: [pair.a_number, pair.b_number, at],
  };
}

function pairOf(row: Row): Pair {
  return { a_number: row['a_number'] as string, b_number: row['b_number'] as string };
}

function targetOf({ a_number, b_number }: Pair): string {
  return `${a_number} to ${b_number}`;
}
