/** RuleStore over a database: policies, the allowlist, blocks and the switch, as people read and change them. */
import type { Actor } from '../admission/access.js';
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
import { allowlistExpiry, allowlistPutting, allowlistRemoval } from './allowlist-edits.js';
import { type Edit, makeAudited } from './audited-change.js';
import { blockExpiry, blockLifting, blockPutting, blockRemoval } from './block-edits.js';
import type { Database, Statement } from './database.js';
import { pageOf, positionInTime, positionOf } from './paging.js';
import { enforcementSwitching, policyRemoval, policySetting } from './policy-edits.js';
import { allowlistEntryOf, blockOf, policyOf } from './rule-rows.js';

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

  async putPolicy(policy: Omit<StoredPolicy, 'revision'>, by: Actor): Promise<void> {
    await this.#make(policySetting(policy, this.conceal), by);
  }

  removePolicy(scope: PolicyScope, by: Actor): Promise<boolean> {
    return this.#make(policyRemoval(scope, this.conceal, this.now()), by);
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

  async putAllowlist(entries: readonly StoredAllowlistEntry[], by: Actor): Promise<void> {
    await this.#make(allowlistPutting(entries, this.conceal, this.now()), by);
  }

  async removeAllowlist(entryId: string, by: Actor): Promise<boolean> {
    return UUID.test(entryId) && this.#make(allowlistRemoval(entryId, this.now()), by);
  }

  async expireAllowlist(entryId: string, expiresAt: Date | undefined, by: Actor): Promise<boolean> {
    return UUID.test(entryId) && this.#make(allowlistExpiry(entryId, expiresAt, this.now()), by);
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

  async putBlocks(blocks: readonly StoredBlock[], by: Actor): Promise<void> {
    await this.#make(blockPutting(blocks, this.conceal, this.now()), by);
  }

  removeBlock(aNumber: string, bNumber: string, by: Actor): Promise<boolean> {
    return this.#make(blockRemoval(this.#pairOf(aNumber, bNumber), this.now()), by);
  }

  expireBlock(aNumber: string, bNumber: string, expiresAt: Date, by: Actor): Promise<boolean> {
    return this.#make(blockExpiry(this.#pairOf(aNumber, bNumber), expiresAt, this.now()), by);
  }

  async liftBlocksOf(alertId: string, by: Actor): Promise<void> {
    await this.#make(blockLifting(alertId, this.now()), by);
  }

  async switchEnforcement(enforcement: EnforcementSwitch, by: Actor): Promise<void> {
    await this.#make(enforcementSwitching(enforcement), by);
  }

  async #read(statement: Statement): Promise<readonly Row[]> {
    const [{ rows }] = await this.database().run([statement]);
    return rows;
  }

  /** False if there was nothing to change. */
  async #make(edit: Edit, by: Actor): Promise<boolean> {
    return (await makeAudited(this.database(), edit, by, this.now())) !== undefined;
  }

  #pairOf(aNumber: string, bNumber: string): { readonly a_number: string; readonly b_number: string } {
    return { a_number: this.conceal(aNumber), b_number: this.conceal(bNumber) };
  }
}

function condition(column: string, value: string | undefined, place: number): string {
  return value === undefined ? '' : `AND ${column} = $${place}`;
}

function positionByTime(idColumn: string) {
  return (row: Row) => ({ at: row['page_at'] as string, id: String(row[idColumn]) });
}
