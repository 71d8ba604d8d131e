/**
 * AuditLog over a database. An entry is written together with the change that it tells of; here only those of acts that
 * change nothing in the store.
 */
import type { Actor } from '../admission/access.js';
import type { AuditEntry, AuditNote } from '../admission/audit-chain.js';
import type { ActLog, AuditLog, AuditPage, AuditQuery } from '../admission/store-ports.js';
import { InvalidFieldError } from '../errors.js';
import type { Row } from './alert-rows.js';
import { makeAudited } from './audited-change.js';
import type { Database, Statement } from './database.js';
import { pageOf, positionOf } from './paging.js';

export class AuditRecords implements AuditLog, ActLog {
  /** @param database whatever serves the store now; throws ACM_STORE_UNAVAILABLE while nothing does. */
  constructor(private readonly database: () => Database) {}

  async list(query: AuditQuery): Promise<AuditPage> {
    const [{ rows }] = await this.database().run([listStatement(query)]);
    const [head] = rows;
    // Without entries there is a row all the same, for the head.
    const entries = rows.filter((row) => row['entry_id'] !== null);
    return {
      ...pageOf(entries, query.limit, entryOf, (row) => ({ at: '', id: String(row['entry_id']) })),
      head: { entryId: head['head_id'] as number, hash: head['head_hash'] as string },
      droppedTo: { entryId: head['dropped_to'] as number, hash: head['dropped_hash'] as string },
    };
  }

  async write(notes: readonly AuditNote[], by: Actor, at: Date): Promise<void> {
    const edit = { read: NOTHING, plan: () => ({ statements: [], notes }) };
    await makeAudited(this.database(), edit, by, at);
  }
}

const NOTHING: Statement = { text: 'SELECT 1 AS nothing' };

/** One statement, so that the head is that of the entries: a change between two would look like a missing entry. */
function listStatement({ limit, after, oldestFirst, ...filters }: AuditQuery): Statement {
  const values: unknown[] = [limit + 1];
  const conditions: string[] = [];
  const where = (condition: string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(`${condition} $${values.length}`);
  };
  where('actor =', filters.actor);
  where('action =', filters.action);
  where('target =', filters.target);
  where('at >=', filters.since);
  where('at <', filters.until);
  where(oldestFirst ? 'entry_id >' : 'entry_id <', entryIdOf(after));
  const order = `ORDER BY entry_id ${oldestFirst ? 'ASC' : 'DESC'}`;
  return {
    text: `SELECT l.*, h.entry_id AS head_id, h.hash AS head_hash, h.dropped_to, h.dropped_hash
           FROM audit_head h LEFT JOIN (
             SELECT * FROM audit_log ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
             ${order} LIMIT $1) l ON true
           ${order.replace('entry_id', 'l.entry_id')}`,
    values,
  };
}

/** @throws InvalidFieldError */
function entryIdOf(after: string): number | undefined {
  const id = positionOf(after)?.id;
  if (id === undefined) return undefined;
  if (!/^\d{1,15}$/.test(id)) throw new InvalidFieldError('after', 'is not the token of a page');
  return Number(id);
}

function entryOf(row: Row): AuditEntry {
  return {
    entryId: row['entry_id'] as number,
    at: row['at'] as Date,
    actor: row['actor'] as string,
    origin: row['origin'] as string,
    action: row['action'] as string,
    target: row['target'] as string,
    before: row['before_json'] as string,
    after: row['after_json'] as string,
    hash: row['hash'] as string,
  };
}
