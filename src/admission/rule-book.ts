/** Puts stored rules into force: the one place where what the store says reaches what the hot path reads. */
import type { CallerWindow } from '../detection/caller-window.js';
import type { Allowlist } from './allowlist.js';
import type { Blocks } from './blocks.js';
import type { Incidents } from './incident.js';
import type { Policies } from './policy.js';
import type { AlertChanges, WallClock } from './ports.js';
import type { EnforcementSwitch, RuleChanges } from './stored-rules.js';
import type { Tokens } from './tokens.js';

/** Pairs counted again in one turn of the event loop when a policy brings a new window length. */
const BACKFILL_PAIRS = 500;

export interface RuleBookParts {
  readonly policies: Policies;
  readonly allowlist: Allowlist;
  readonly blocks: Blocks;
  readonly incidents: Incidents;
  readonly tokens: Tokens;
  readonly window: CallerWindow;
  readonly wallClock: WallClock;
  readonly alertChanges: Pick<AlertChanges, 'settled'>;
  /** Runs a function soon, but after the answers that are due: setImmediate. */
  readonly defer: (work: () => void) => void;
}

export class RuleBook {
  readonly #parts: RuleBookParts;
  #enforcement: EnforcementSwitch = { on: true, author: '', reason: '', changedAt: undefined };
  #loaded = false;
  #backfilling = false;

  constructor(parts: RuleBookParts) {
    this.#parts = parts;
  }

  /** Whether the store's rules have been in force once. */
  get loaded(): boolean {
    return this.#loaded;
  }

  get enforcement(): EnforcementSwitch {
    return this.#enforcement;
  }

  /** All that the store holds is in force, or there is no store. */
  markLoaded(): void {
    this.#loaded = true;
    this.#parts.tokens.markLoaded();
  }

  /** Nothing stored is in force any more, until it is applied anew; the switch stays as it is. */
  clear(): void {
    this.#loaded = false;
    this.#parts.policies.clear();
    this.#parts.allowlist.clear();
    this.#parts.blocks.clear();
  }

  apply(changes: RuleChanges): void {
    this.#applyPolicies(changes);
    this.#applyAllowlist(changes);
    this.#applyBlocks(changes);
    this.#parts.tokens.apply(changes.tokens);
    this.#applySettled(changes);
    this.switchEnforcement(changes.enforcement);
  }

  /** The newest change wins: a switch that was thrown here while the store was away is not undone by the store. */
  switchEnforcement(change: EnforcementSwitch): void {
    const [before, after] = [this.#enforcement.changedAt?.getTime() ?? 0, change.changedAt?.getTime() ?? 0];
    if (after < before) return;
    this.#enforcement = change;
    if (this.#parts.policies.switchedOff === !change.on) return;
    this.#parts.policies.switchOff(!change.on);
    this.#parts.incidents.judgeAnew(this.#parts.policies);
  }

  #applyPolicies({ policies: changed, removedPolicies }: RuleChanges): void {
    if (changed.length + removedPolicies.length === 0) return;
    const { policies } = this.#parts;
    for (const scope of removedPolicies) policies.remove(scope);
    for (const { scope, terms, revision } of changed) policies.set(scope, terms, revision);
    this.#followPolicies();
  }

  #applyAllowlist({ allowlist: entries, removedAllowlist }: RuleChanges): void {
    const { allowlist, wallClock } = this.#parts;
    for (const id of removedAllowlist) allowlist.remove(id);
    for (const { entryId, scope, expiresAt } of entries) {
      const expiresMs =
        expiresAt === undefined ? Number.POSITIVE_INFINITY : wallClock.monotonicMsOf(expiresAt);
      allowlist.set(entryId, { scope, expiresMs });
    }
  }

  #applyBlocks({ blocks: made, removedBlocks }: RuleChanges): void {
    const { blocks, wallClock } = this.#parts;
    for (const { aNumber, bNumber } of removedBlocks) blocks.remove(bNumber, aNumber);
    for (const { aNumber, bNumber, expiresAt } of made)
      blocks.set(bNumber, aNumber, wallClock.monotonicMsOf(expiresAt));
  }

  #applySettled({ settledAlerts }: RuleChanges): void {
    const { incidents, alertChanges } = this.#parts;
    for (const alertId of settledAlerts) {
      const incident = incidents.settle(alertId);
      if (incident !== undefined) alertChanges.settled(incident);
    }
  }

  /** Open incidents go by what the policies say now, and the window counts by the lengths that they name. */
  #followPolicies(): void {
    const { policies, incidents, window } = this.#parts;
    incidents.judgeAnew(policies);
    window.useWindows(policies.windowsMs);
    if (!this.#backfilling) this.#backfill();
  }

  #backfill(): void {
    this.#backfilling = !this.#parts.window.backfill(BACKFILL_PAIRS);
    if (this.#backfilling) this.#parts.defer(() => this.#backfill());
  }
}
