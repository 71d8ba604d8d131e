/**
 * Changes that people make, written down with their entries in the audit log: both or neither. The number of an entry is
 * the key of its row, so of two changes made at the same time one finds its number taken and is made anew, on what the
 * other has left. That also makes `before` exact: nothing audited can come between its reading and the change.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Actor } from '../admission/access.js';
import { type AuditEntry, type AuditNote, type AuditPoint, entriesAfter } from '../admission/audit-chain.js';
import { AcmError } from '../errors.js';
import type { Row } from './alert-rows.js';
import { type Database, DatabaseRefusal, type Outcome, type Statement } from './database.js';
import { Turns } from './turns.js';

const UNIQUE_VIOLATION = '23505';
/** How often a change is made anew when other sidecars are making theirs: each time at least one of theirs was made. */
const ATTEMPTS_MAX = 100;
/** Entries that are made in one turn of the event loop: about half a millisecond. */
const ENTRIES_A_TURN = 100;

/** A change that somebody wants, as it depends on what is there. */
export interface Edit {
  /** What is there now. */
  readonly read: Statement;
  /** What to do about it; undefined for nothing. */
  readonly plan: (rows: readonly Row[]) => PlannedChange | undefined;
}

export interface PlannedChange {
  readonly statements: readonly Statement[];
  /** What is written down of it, at least one. */
  readonly notes: readonly AuditNote[];
}

/** Of changes that one sidecar made together, all but one would be made in vain. */
const turnsOf = new WeakMap<Database, Turns>();

/**
 * @returns the outcomes of the statements; undefined if there was nothing to do.
 * @throws AcmError ACM_STORE_UNAVAILABLE; ACM_CONFLICT if others keep changing things at the same time; what `plan` throws.
 */
export function makeAudited(
  database: Database,
  edit: Edit,
  by: Actor,
  at: Date,
): Promise<readonly Outcome[] | undefined> {
  const turns = turnsOf.get(database) ?? new Turns(() => performance.now());
  turnsOf.set(database, turns);
  return turns.take(() => attempt(database, edit, by, at));
}

async function attempt(
  database: Database,
  { read, plan }: Edit,
  by: Actor,
  at: Date,
): Promise<readonly Outcome[] | undefined> {
  for (let attempts = 1; attempts <= ATTEMPTS_MAX; attempts++) {
    const [heads, { rows }] = await database.run([HEAD, read]);
    const planned = plan(rows);
    if (planned === undefined) return undefined;
    const entries = await entriesOf(planned.notes, pointOf(heads.rows[0]), by, at);
    try {
      return await database.run([...planned.statements, ...entryStatements(entries)]);
    } catch (error) {
      // The row of the entry is taken once the other change is committed: no pause is needed.
      if (!isTaken(error)) throw error;
    }
  }
  throw new AcmError(
    'ACM_CONFLICT',
    'others keep changing things at the same time; look at it and try again',
  );
}

/** A thousand blocks are a thousand hashes: calls are answered in between. */
async function entriesOf(
  notes: readonly AuditNote[],
  head: AuditPoint,
  by: Actor,
  at: Date,
): Promise<readonly AuditEntry[]> {
  const entries: AuditEntry[] = [];
  for (let made = 0; made < notes.length; made += ENTRIES_A_TURN) {
    if (made > 0) await nextTurn();
    entries.push(...entriesAfter(entries.at(-1) ?? head, notes.slice(made, made + ENTRIES_A_TURN), by, at));
  }
  return entries;
}

/** A row as the audit log shows it: what it says, without what the store keeps for itself. */
export function auditable(row: Row): object {
  return Object.fromEntries(
    Object.entries(row).filter(([column, value]) => value !== null && !INTERNAL.has(column)),
  );
}

const INTERNAL: ReadonlySet<string> = new Set(['revision', 'removed_at', 'block_id']);
const HEAD: Statement = { text: 'SELECT entry_id, hash FROM audit_head' };

function pointOf(row: Row): AuditPoint {
  return { entryId: row['entry_id'] as number, hash: row['hash'] as string };
}

function entryStatements(entries: readonly AuditEntry[]): Statement[] {
  const last = entries.at(-1);
  if (last === undefined) throw new Error('a change without an entry in the audit log');
  const rows = entries.map((entry) => ({
    entry_id: entry.entryId,
    at: entry.at,
    actor: entry.actor,
    origin: entry.origin,
    action: entry.action,
    target: entry.target,
    before_json: entry.before,
    after_json: entry.after,
    hash: entry.hash,
  }));
  return [
    {
      text: `INSERT INTO audit_log (entry_id, at, actor, origin, action, target, before_json, after_json, hash)
             SELECT * FROM jsonb_to_recordset($1::jsonb) AS n(entry_id bigint, at timestamptz, actor text, origin text,
               action text, target text, before_json text, after_json text, hash text)`,
      values: [JSON.stringify(rows)],
    },
    {
      text: 'UPDATE audit_head SET entry_id = $1, hash = $2',
      values: [last.entryId, last.hash],
    },
  ];
}

/** Any other unique key in a change is handled by its own ON CONFLICT. */
function isTaken(error: unknown): boolean {
  return error instanceof DatabaseRefusal && error.sqlState === UNIQUE_VIOLATION;
}
