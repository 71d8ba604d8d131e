/**
 * What people do with rules: policies, the allowlist, blocks, and the switch. A change is committed to the store first and is
 * in force here when the answer comes; the other sidecars on the store follow within a second.
 */
import { AcmError } from '../errors.js';
import type { Actor } from './access.js';
import type { PolicyScope, PolicyTerms } from './policy.js';
import { readEach } from './rule-batch.js';
import type { RuleBook } from './rule-book.js';
import {
  blockableANumber,
  canonicalAllowlistScope,
  canonicalPolicyScope,
  checkAuthor,
  checkExpiry,
  checkedNumber,
  checkPage,
  checkReason,
  checkTerms,
} from './rule-input.js';
import type { BlockQuery, Page, PageRequest, Recorder, RuleStore, RuleWatch } from './store-ports.js';
import type {
  AllowlistProposal,
  EnforcementSwitch,
  StoredAllowlistEntry,
  StoredBlock,
  StoredPolicy,
} from './stored-rules.js';

export interface RuleDeskParts {
  readonly store: RuleStore;
  readonly watch: RuleWatch;
  readonly book: Pick<RuleBook, 'enforcement' | 'switchEnforcement'>;
  readonly recorder: Pick<Recorder, 'enforcement'>;
  readonly now: () => Date;
}

/** Who changes something, and why. */
export interface Authorship extends Actor {
  readonly reason: string;
}

export type NewAllowlistEntry = Pick<StoredAllowlistEntry, 'entryId' | 'scope' | 'expiresAt' | 'reason'>;
export type NewBlock = Pick<StoredBlock, 'aNumber' | 'bNumber' | 'expiresAt' | 'reason'>;

/** Every method throws InvalidFieldError for bad input and ACM_STORE_UNAVAILABLE when the store does not answer. */
export class RuleDesk {
  constructor(private readonly parts: RuleDeskParts) {}

  /** Settles when everything committed so far is in force here. */
  catchUp(): Promise<void> {
    return this.parts.watch.catchUp();
  }

  listPolicies(page: PageRequest): Promise<Page<StoredPolicy>> {
    checkPage(page);
    return this.parts.store.listPolicies(page);
  }

  /** Sets the policy of a scope; what was set for it before is replaced. */
  async setPolicy(scope: PolicyScope, terms: PolicyTerms, by: Authorship): Promise<void> {
    const canonical = canonicalPolicyScope(scope);
    checkTerms(terms);
    const policy = { scope: canonical, terms, ...this.#signed(by) };
    await this.parts.store.putPolicy(policy, by);
    await this.catchUp();
  }

  /** @throws AcmError ACM_NOT_FOUND if nothing is set for the scope. */
  async removePolicy(scope: PolicyScope, by: Actor): Promise<void> {
    checkAuthor(by.author);
    await this.#removed(
      this.parts.store.removePolicy(canonicalPolicyScope(scope), by),
      'nothing is set for that scope',
    );
  }

  listAllowlist(page: PageRequest): Promise<Page<StoredAllowlistEntry>> {
    checkPage(page);
    return this.parts.store.listAllowlist(page);
  }

  /** Adds 1 to 1,000 entries, all or none. */
  async allow(entries: readonly NewAllowlistEntry[], by: Actor): Promise<readonly StoredAllowlistEntry[]> {
    const now = this.parts.now();
    const stored = readEach('entries', entries, ({ entryId, scope, expiresAt, reason }) => {
      checkExpiry(expiresAt, now);
      const canonical = canonicalAllowlistScope(scope);
      return { entryId, scope: canonical, expiresAt, alertId: '', ...this.#signed({ ...by, reason }) };
    });
    await this.parts.store.putAllowlist(stored, by);
    await this.catchUp();
    return stored;
  }

  /** The entry that a false positive asks for. Its scope is as the alert has it: the number may be a fingerprint. */
  async allowForAlert(
    alertId: string,
    { scope, reason }: AllowlistProposal,
    by: Actor,
    expiresAt: Date,
    entryId: string,
  ): Promise<StoredAllowlistEntry> {
    const entry = { entryId, scope, expiresAt, alertId, ...this.#signed({ ...by, reason }) };
    await this.parts.store.putAllowlist([entry], by);
    return entry;
  }

  /** @throws AcmError ACM_NOT_FOUND */
  async removeAllowlist(entryId: string, by: Actor): Promise<void> {
    checkAuthor(by.author);
    await this.#removed(
      this.parts.store.removeAllowlist(entryId, by),
      `there is no allowlist entry ${entryId} in force`,
    );
  }

  /** @param expiresAt undefined: never. @throws AcmError ACM_NOT_FOUND */
  async expireAllowlist(entryId: string, expiresAt: Date | undefined, by: Actor): Promise<void> {
    checkAuthor(by.author);
    checkExpiry(expiresAt, this.parts.now());
    const known = this.parts.store.expireAllowlist(entryId, expiresAt, by);
    await this.#removed(known, `there is no allowlist entry ${entryId} in force`);
  }

  listBlocks(query: BlockQuery): Promise<Page<StoredBlock>> {
    checkPage(query);
    const { aNumber, bNumber, ...page } = query;
    return this.parts.store.listBlocks({
      ...page,
      ...(aNumber === undefined ? {} : { aNumber: checkedNumber('a_number', aNumber) }),
      ...(bNumber === undefined ? {} : { bNumber: checkedNumber('b_number', bNumber) }),
    });
  }

  /** Blocks 1 to 1,000 pairs, all or none. */
  async block(blocks: readonly NewBlock[], by: Actor): Promise<readonly StoredBlock[]> {
    const now = this.parts.now();
    const stored = readEach('blocks', blocks, ({ aNumber, bNumber, expiresAt, reason }) => {
      checkExpiry(expiresAt, now);
      const pair = { aNumber: blockableANumber(aNumber), bNumber: checkedNumber('b_number', bNumber) };
      return { ...pair, expiresAt, alertId: '', ...this.#signed({ ...by, reason }) };
    });
    await this.parts.store.putBlocks(stored, by);
    await this.catchUp();
    return stored;
  }

  /** @throws AcmError ACM_NOT_FOUND */
  async removeBlock(aNumber: string, bNumber: string, by: Actor): Promise<void> {
    checkAuthor(by.author);
    const [a, b] = [checkedNumber('a_number', aNumber), checkedNumber('b_number', bNumber)];
    await this.#removed(this.parts.store.removeBlock(a, b, by), 'that pair is not blocked');
  }

  /** @throws AcmError ACM_NOT_FOUND */
  async expireBlock(aNumber: string, bNumber: string, expiresAt: Date, by: Actor): Promise<void> {
    checkAuthor(by.author);
    const [a, b] = [checkedNumber('a_number', aNumber), checkedNumber('b_number', bNumber)];
    checkExpiry(expiresAt, this.parts.now());
    await this.#removed(this.parts.store.expireBlock(a, b, expiresAt, by), 'that pair is not blocked');
  }

  /** Lifts the blocks that an alert has made. */
  async liftBlocksOf(alertId: string, by: Actor): Promise<void> {
    await this.parts.store.liftBlocksOf(alertId, by);
  }

  get enforcement(): EnforcementSwitch {
    return this.parts.book.enforcement;
  }

  /**
   * Turns all enforcement to shadow, or back to what the policies say: here at once, whatever the store does.
   * @returns whether the store has it, so that every sidecar follows; if not, it will as soon as the store is back.
   */
  async switchEnforcement(on: boolean, by: Authorship): Promise<{ readonly everywhere: boolean }> {
    const { author, reason, changedAt } = this.#signed(by);
    const change = { on, author, reason, changedAt };
    this.parts.book.switchEnforcement(change);
    try {
      await this.parts.store.switchEnforcement(change, by);
      return { everywhere: true };
    } catch (error) {
      if (!(error instanceof AcmError)) throw error;
      this.parts.recorder.enforcement(change, by);
      return { everywhere: false };
    }
  }

  async #removed(known: Promise<boolean>, complaint: string): Promise<void> {
    if (!(await known)) throw new AcmError('ACM_NOT_FOUND', complaint);
    await this.catchUp();
  }

  #signed({ author, reason }: Authorship): { author: string; reason: string; changedAt: Date } {
    checkAuthor(author);
    checkReason(reason);
    return { author, reason, changedAt: this.parts.now() };
  }
}
