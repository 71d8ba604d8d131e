/**
 * The store in memory, behind the same ports as the real one: what is in force, in which order, in which pages, and what is
 * refused. It does not cover what many sidecars on one store do to each other, nor number privacy.
 */
import {
  type Alert,
  type AlertChange,
  type AlertFile,
  type AlertSeverity,
  isSettled,
  mayBecome,
} from '../../src/admission/alert.js';
import { nameOfScope, type PolicyScope } from '../../src/admission/policy.js';
import type {
  AlertQuery,
  AlertStore,
  BlockQuery,
  Page,
  PageRequest,
  RuleStore,
} from '../../src/admission/store-ports.js';
import type {
  EnforcementSwitch,
  StoredAllowlistEntry,
  StoredBlock,
  StoredPolicy,
} from '../../src/admission/stored-rules.js';
import { AcmError, InvalidFieldError } from '../../src/errors.js';

/** What a test does to the store from outside. */
class Reach {
  /** While true, every method rejects with ACM_STORE_UNAVAILABLE. */
  away = false;

  protected async reach(): Promise<void> {
    if (this.away) throw new AcmError('ACM_STORE_UNAVAILABLE', 'the store does not answer');
  }
}

export class MemoryAlertStore extends Reach implements AlertStore {
  readonly #files = new Map<string, AlertFile>();

  /** Puts an alert there, as sidecars do. */
  add(file: AlertFile): void {
    this.#files.set(file.alert.alertId, file);
  }

  async list(query: AlertQuery): Promise<Page<Alert>> {
    await this.reach();
    const alerts = [...this.#files.values()]
      .map(({ alert }) => alert)
      .filter((alert) => matches(alert, query));
    return pageOf(alerts, query, ({ createdAt, alertId }) => newestFirst(createdAt, alertId));
  }

  async countBySeverity(since: Date): Promise<Record<AlertSeverity, number>> {
    await this.reach();
    const counts = { medium: 0, high: 0, critical: 0 };
    for (const { alert } of this.#files.values()) if (alert.createdAt >= since) counts[alert.severity]++;
    return counts;
  }

  async find(alertId: string): Promise<AlertFile | undefined> {
    await this.reach();
    return this.#files.get(alertId);
  }

  async change(alertId: string, change: AlertChange, at: Date): Promise<Alert> {
    await this.reach();
    const file = this.#files.get(alertId);
    if (file === undefined) throw new AcmError('ACM_NOT_FOUND', `there is no alert ${alertId}`);
    const { alert: before, history } = file;
    const status = change.status ?? before.status;
    if (!mayBecome(before.status, status))
      throw new AcmError('ACM_CONFLICT', `status: an alert that is ${before.status} cannot become ${status}`);
    const after = {
      status,
      assignedTo: change.assignedTo ?? before.assignedTo,
      notes: change.notes ?? before.notes,
    };
    const changes = differences(before, after);
    if (Object.keys(changes).length === 0) return before;
    const alert = {
      ...before,
      ...after,
      updatedAt: at,
      resolvedAt: isSettled(status) ? (before.resolvedAt ?? at) : undefined,
      endedAt: isSettled(status) ? (before.endedAt ?? at) : before.endedAt,
    };
    this.add({ ...file, alert, history: [...history, { at, author: change.author, changes }] });
    return alert;
  }
}

function matches(alert: Alert, { status, severity, bNumber, aNumber, since, until }: AlertQuery): boolean {
  return (
    (status === undefined || alert.status === status) &&
    (severity === undefined || alert.severity === severity) &&
    (bNumber === undefined || alert.bNumber === bNumber) &&
    (aNumber === undefined || alert.aNumbers.includes(aNumber)) &&
    (since === undefined || alert.createdAt >= since) &&
    (until === undefined || alert.createdAt < until)
  );
}

type ChangeableFields = Pick<Alert, 'status' | 'assignedTo' | 'notes'>;

function differences(
  before: ChangeableFields,
  after: ChangeableFields,
): Record<string, { from: string; to: string }> {
  const fields = [
    ['status', 'status'],
    ['assigned_to', 'assignedTo'],
    ['notes', 'notes'],
  ] as const;
  return Object.fromEntries(
    fields
      .filter(([, key]) => before[key] !== after[key])
      .map(([field, key]) => [field, { from: before[key], to: after[key] }]),
  );
}

export class MemoryRuleStore extends Reach implements RuleStore {
  readonly #policies = new Map<string, StoredPolicy>();
  readonly #allowlist = new Map<string, StoredAllowlistEntry>();
  readonly #blocks = new Map<string, StoredBlock>();
  #revision = 0;
  enforcement: EnforcementSwitch = { on: true, author: '', reason: '', changedAt: undefined };

  constructor(private readonly now: () => Date) {
    super();
  }

  async listPolicies(page: PageRequest): Promise<Page<StoredPolicy>> {
    await this.reach();
    return pageOf([...this.#policies.values()], page, ({ scope }) => nameOfScope(scope));
  }

  async putPolicy(policy: Omit<StoredPolicy, 'revision'>): Promise<void> {
    await this.reach();
    this.#revision += 1;
    this.#policies.set(nameOfScope(policy.scope), { ...policy, revision: this.#revision });
  }

  async removePolicy(scope: PolicyScope): Promise<boolean> {
    await this.reach();
    return this.#policies.delete(nameOfScope(scope));
  }

  async listAllowlist(page: PageRequest): Promise<Page<StoredAllowlistEntry>> {
    await this.reach();
    const entries = [...this.#allowlist.values()].filter((entry) => this.#isInForce(entry));
    return pageOf(entries, page, ({ changedAt, entryId }) => newestFirst(changedAt, entryId));
  }

  async putAllowlist(entries: readonly StoredAllowlistEntry[]): Promise<void> {
    await this.reach();
    for (const entry of entries) this.#allowlist.set(entry.entryId, entry);
  }

  async removeAllowlist(entryId: string): Promise<boolean> {
    await this.reach();
    return this.#isInForce(this.#allowlist.get(entryId)) && this.#allowlist.delete(entryId);
  }

  async expireAllowlist(entryId: string, expiresAt: Date | undefined): Promise<boolean> {
    await this.reach();
    const entry = this.#allowlist.get(entryId);
    if (entry === undefined || !this.#isInForce(entry)) return false;
    this.#allowlist.set(entryId, { ...entry, expiresAt });
    return true;
  }

  async listBlocks({ aNumber, bNumber, ...page }: BlockQuery): Promise<Page<StoredBlock>> {
    await this.reach();
    const blocks = [...this.#blocks.values()].filter(
      (block) =>
        this.#isInForce(block) &&
        (aNumber === undefined || block.aNumber === aNumber) &&
        (bNumber === undefined || block.bNumber === bNumber),
    );
    return pageOf(blocks, page, (block) => newestFirst(block.changedAt, pairOf(block)));
  }

  async putBlocks(blocks: readonly StoredBlock[]): Promise<void> {
    await this.reach();
    for (const block of blocks) this.#blocks.set(pairOf(block), block);
  }

  async removeBlock(aNumber: string, bNumber: string): Promise<boolean> {
    await this.reach();
    const pair = pairOf({ aNumber, bNumber });
    return this.#isInForce(this.#blocks.get(pair)) && this.#blocks.delete(pair);
  }

  async liftBlocksOf(alertId: string): Promise<void> {
    await this.reach();
    const made = [...this.#blocks.values()].filter((block) => block.alertId === alertId);
    for (const block of made) this.#blocks.delete(pairOf(block));
  }

  async expireBlock(aNumber: string, bNumber: string, expiresAt: Date): Promise<boolean> {
    await this.reach();
    const pair = pairOf({ aNumber, bNumber });
    const block = this.#blocks.get(pair);
    if (block === undefined || !this.#isInForce(block)) return false;
    this.#blocks.set(pair, { ...block, expiresAt });
    return true;
  }

  async switchEnforcement(enforcement: EnforcementSwitch): Promise<void> {
    await this.reach();
    const [before, after] = [
      this.enforcement.changedAt?.getTime() ?? 0,
      enforcement.changedAt?.getTime() ?? 0,
    ];
    if (after >= before) this.enforcement = enforcement;
  }

  #isInForce(rule: { readonly expiresAt: Date | undefined } | undefined): boolean {
    return rule !== undefined && (rule.expiresAt === undefined || rule.expiresAt > this.now());
  }
}

function pairOf({ aNumber, bNumber }: { aNumber: string; bNumber: string }): string {
  return `${aNumber}\n${bNumber}`;
}

/** Sorts the newest first, and among those of one time by id. */
function newestFirst(time: Date, id: string): string {
  return `${String(Number.MAX_SAFE_INTEGER - time.getTime()).padStart(16, '0')} ${id}`;
}

/** One page of what `position` puts in order; each item has a position of its own. */
function pageOf<Item>(
  items: readonly Item[],
  { limit, after }: PageRequest,
  position: (item: Item) => string,
): Page<Item> {
  const from = positionOf(after);
  const placed = items.map((item) => ({ item, at: position(item) }));
  placed.sort((one, other) => (one.at < other.at ? -1 : 1));
  const rest = placed.filter(({ at }) => at > from);
  const onPage = rest.slice(0, limit);
  const last = onPage.at(-1);
  const next = rest.length > limit && last !== undefined ? tokenOf(last.at) : '';
  return { items: onPage.map(({ item }) => item), next };
}

function tokenOf(position: string): string {
  return Buffer.from(`at ${position}`).toString('base64url');
}

function positionOf(token: string): string {
  if (token === '') return '';
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('at ')) throw new InvalidFieldError('after', 'is not the token of a page');
  return text.slice(3);
}
