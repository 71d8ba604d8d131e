/** RuleStore over a database: policies, the allowlist, blocks and the switch, as people read and change them. */
import type { Conceal } from '../admission/number-privacy.js';
import type { PolicyScope } from '../admission/policy.js';
import type { BlockQuery, Page, PageRequest, RuleStore } from '../admission/store-ports.js';
import type {
  EnforcementSwitch,
  StoredAllowlistEntry,
  StoredBlock,
  StoredPolicy,
} from '../admission/stored-rules.js';
import type { Row } from './alert-rows.js';
import type { Database, Statement } from './database.js';
import { pageOf, positionInTime, positionOf } from './paging.js';
import {
  allowlistEntryOf,
  allowlistRowOf,
  blockOf,
  policyKeyOf,
  policyOf,
  termColumnsOf,
} from './rule-rows.js';
import { blockStatement, enforcementStatement, NEXT_REVISION, THIS_REVISION } from './rule-writes.js';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

export class RuleRecords implements RuleStore {
  /** @param database whatever serves the store now; throws ACM_STORE_UNAVAILABLE while nothing does. */
  constructor(
    private readonly database: () => Database,
    private readonly conceal: Conceal,
    private readonly now: () => Date,
  ) {}

  async listPolicies({ limit, after }: PageRequest): Promise<Page<StoredPolicy>> {
    const [scope = '', value = ''] = positionOf(after)?.id.split('\n', 2) ?? [];
    const rows = await this.#read({
      text: `SELECT * FROM policies WHERE removed_at IS NULL AND (scope, value) > ($1, $2)
             ORDER BY scope, value LIMIT $3`,
      values: [scope, value, limit + 1],
    });
    return pageOf(rows, limit, policyOf, (row) => ({ at: '', id: `${row['scope']}\n${row['value']}` }));
  }

  async putPolicy(policy: Omit<StoredPolicy, 'revision'>): Promise<void> {
    const [scope, value] = policyKeyOf(policy.scope, this.conceal);
    await this.#change({
      text: `INSERT INTO policies (scope, value, window_seconds, threshold, cooldown_seconds, enforcement, auto_block,
               block_duration_hours, auto_disconnect, anonymous_callers, reason, author, changed_at, revision)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, ${THIS_REVISION})
             ON CONFLICT (scope, value) DO UPDATE SET window_seconds = EXCLUDED.window_seconds,
               threshold = EXCLUDED.threshold, cooldown_seconds = EXCLUDED.cooldown_seconds,
               enforcement = EXCLUDED.enforcement, auto_block = EXCLUDED.auto_block,
               block_duration_hours = EXCLUDED.block_duration_hours, auto_disconnect = EXCLUDED.auto_disconnect,
               anonymous_callers = EXCLUDED.anonymous_callers, reason = EXCLUDED.reason, author = EXCLUDED.author,
               changed_at = EXCLUDED.changed_at, removed_at = NULL, revision = EXCLUDED.revision`,
      values: [scope, value, ...termColumnsOf(policy.terms), policy.reason, policy.author, policy.changedAt],
    });
  }

  removePolicy(scope: PolicyScope): Promise<boolean> {
    return this.#change({
      text: `UPDATE policies SET removed_at = $3, revision = ${THIS_REVISION}
             WHERE scope = $1 AND value = $2 AND removed_at IS NULL`,
      values: [...policyKeyOf(scope, this.conceal), this.now()],
    });
  }

  async listAllowlist({ limit, after }: PageRequest): Promise<Page<StoredAllowlistEntry>> {
    const position = positionInTime(after);
    const rows = await this.#read({
      text: `SELECT *, changed_at::text AS page_at FROM whitelist
             WHERE removed_at IS NULL AND (expires_at IS NULL OR expires_at > $1)
               AND ($2::timestamptz IS NULL OR (changed_at, entry_id::text) < ($2, $3))
             ORDER BY changed_at DESC, entry_id::text DESC LIMIT $4`,
      values: [this.now(), position?.at ?? null, position?.id ?? '', limit + 1],
    });
    return pageOf(rows, limit, allowlistEntryOf, positionByTime('entry_id'));
  }

  async putAllowlist(entries: readonly StoredAllowlistEntry[]): Promise<void> {
    await this.#change({
      text: `INSERT INTO whitelist (entry_id, b_number, b_number_prefix, a_number_prefix, ip_range, trunk, reason, author,
               alert_id, changed_at, expires_at, revision)
             SELECT DISTINCT ON (n.entry_id) n.*, ${THIS_REVISION}
             FROM jsonb_to_recordset($1::jsonb) AS n(entry_id uuid, b_number text, b_number_prefix text,
               a_number_prefix text, ip_range text, trunk text, reason text, author text, alert_id uuid,
               changed_at timestamptz, expires_at timestamptz)
             ORDER BY n.entry_id
             ON CONFLICT (entry_id) DO UPDATE SET b_number = EXCLUDED.b_number,
               b_number_prefix = EXCLUDED.b_number_prefix, a_number_prefix = EXCLUDED.a_number_prefix,
               ip_range = EXCLUDED.ip_range, trunk = EXCLUDED.trunk, reason = EXCLUDED.reason,
               author = EXCLUDED.author, alert_id = EXCLUDED.alert_id, changed_at = EXCLUDED.changed_at,
               expires_at = EXCLUDED.expires_at, removed_at = NULL, revision = EXCLUDED.revision`,
      values: [JSON.stringify(entries.map((entry) => allowlistRowOf(entry, this.conceal)))],
    });
  }

  async removeAllowlist(entryId: string): Promise<boolean> {
    if (!UUID.test(entryId)) return false;
    return this.#change({
      text: `UPDATE whitelist SET removed_at = $2, revision = ${THIS_REVISION}
             WHERE entry_id = $1::uuid AND removed_at IS NULL AND (expires_at IS NULL OR expires_at > $2)`,
      values: [entryId, this.now()],
    });
  }

  async expireAllowlist(entryId: string, expiresAt: Date | undefined): Promise<boolean> {
    if (!UUID.test(entryId)) return false;
    return this.#change({
      text: `UPDATE whitelist SET expires_at = $2, revision = ${THIS_REVISION}
             WHERE entry_id = $1::uuid AND removed_at IS NULL AND (expires_at IS NULL OR expires_at > $3)`,
      values: [entryId, expiresAt ?? null, this.now()],
    });
  }

  async listBlocks({ limit, after, aNumber, bNumber }: BlockQuery): Promise<Page<StoredBlock>> {
    const position = positionInTime(after);
    const rows = await this.#read({
      text: `SELECT *, changed_at::text AS page_at FROM blocked_patterns
             WHERE removed_at IS NULL AND expires_at > $1 ${condition('a_number', aNumber, 5)}
               ${condition('b_number', bNumber, aNumber === undefined ? 5 : 6)}
               AND ($2::timestamptz IS NULL OR (changed_at, block_id) < ($2, $3::bigint))
             ORDER BY changed_at DESC, block_id DESC LIMIT $4`,
      values: [
        this.now(),
        position?.at ?? null,
        /^\d{1,18}$/.test(position?.id ?? '') ? position?.id : '0',
        limit + 1,
        ...[aNumber, bNumber].filter((number) => number !== undefined).map(this.conceal),
      ],
    });
    return pageOf(rows, limit, blockOf, positionByTime('block_id'));
  }

  async putBlocks(blocks: readonly StoredBlock[]): Promise<void> {
    await this.#change(blockStatement(blocks, this.conceal, false));
  }

  removeBlock(aNumber: string, bNumber: string): Promise<boolean> {
    return this.#change({
      text: `UPDATE blocked_patterns SET removed_at = $3, revision = ${THIS_REVISION}
             WHERE a_number = $1 AND b_number = $2 AND removed_at IS NULL AND expires_at > $3`,
      values: [this.conceal(aNumber), this.conceal(bNumber), this.now()],
    });
  }

  expireBlock(aNumber: string, bNumber: string, expiresAt: Date): Promise<boolean> {
    return this.#change({
      text: `UPDATE blocked_patterns SET expires_at = $3, revision = ${THIS_REVISION}
             WHERE a_number = $1 AND b_number = $2 AND removed_at IS NULL AND expires_at > $4`,
      values: [this.conceal(aNumber), this.conceal(bNumber), expiresAt, this.now()],
    });
  }

  async liftBlocksOf(alertId: string): Promise<number> {
    const outcomes = await this.database().run([
      NEXT_REVISION,
      {
        text: `UPDATE blocked_patterns SET removed_at = $2, revision = ${THIS_REVISION}
               WHERE removed_at IS NULL AND alert_id IN (SELECT $1::uuid
                 UNION SELECT s.sighting_id FROM alert_sightings s WHERE s.alert_id = $1::uuid)`,
        values: [alertId, this.now()],
      },
    ]);
    return outcomes[1].count;
  }

  async switchEnforcement(enforcement: EnforcementSwitch): Promise<void> {
    await this.#change(enforcementStatement(enforcement));
  }

  async #read(statement: Statement): Promise<readonly Row[]> {
    const [{ rows }] = await this.database().run([statement]);
    return rows;
  }

  /** True if a row was changed. */
  async #change(statement: Statement): Promise<boolean> {
    const outcomes = await this.database().run([NEXT_REVISION, statement]);
    return (outcomes[1]?.count ?? 0) > 0;
  }
}

function condition(column: string, value: string | undefined, place: number): string {
  return value === undefined ? '' : `AND ${column} = $${place}`;
}

function positionByTime(idColumn: string) {
  return (row: Row) => ({ at: row['page_at'] as string, id: String(row[idColumn]) });
}
