/**
 * Policies: how strictly calls to a B-number are judged, and what follows a detection. The environment says the default;
 * what is stored overrides it, for all calls or for a B-number, a trunk or a B prefix.
 */
import { NOT_PACKED } from '../detection/number.js';
import type { NumberKeys } from '../detection/number-keys.js';
import type { RuleKeys } from './rule-keys.js';

/** `shadow` watches only: it never rejects, blocks or tears down. */
export type Enforcement = 'enforce' | 'shadow';

/** How callers who hide their number count: one for each source address, one in all, or not at all. */
export type AnonymousCallers = 'per-source' | 'one' | 'ignore';

/** What a policy says. */
interface Terms {
  readonly windowMs: number;
  readonly threshold: number;
  readonly cooldownMs: number;
  readonly enforcement: Enforcement;
  readonly autoBlock: boolean;
  readonly blockMs: number;
  readonly autoDisconnect: boolean;
  readonly anonymousCallers: AnonymousCallers;
}

/** What an override says; the rest comes from the default. */
export type PolicyTerms = Partial<Terms>;

/** Which calls a policy is for. */
export type PolicyScope =
  | { readonly kind: 'default' }
  | { readonly kind: 'b-number' | 'b-prefix'; readonly digits: string }
  | { readonly kind: 'trunk'; readonly name: string };

export interface Policy extends Terms {
  readonly scope: PolicyScope;
  /** Revision of the store that set it; 0 for the environment. */
  readonly revision: number;
}

/** Most overrides held; what comes after is not in force, and counted. */
const OVERRIDES_MAX = 1_000_000;

interface Override {
  readonly scope: PolicyScope;
  readonly terms: PolicyTerms;
  readonly revision: number;
  /** Made when it is first asked for, and again after the default or the switch has changed. */
  policy?: Policy;
  generation: number;
}

/** The policies in force: B exact, then trunk, then the longest B prefix, then the default. */
export class Policies {
  readonly #byNumber = new Map<number, Override>();
  readonly #byTrunk = new Map<string, Override>();
  readonly #byPrefix = new Map<string, Override>();
  readonly #prefixesOfLength: number[] = [];
  /** How many overrides name each window length, and how many watch only. */
  readonly #windows = new Map<number, number>();
  readonly #terms = new Map<string, PolicyTerms>();
  readonly #environment: Policy;
  #default: Override;
  #shadows = 0;
  #switchedOff = false;
  #generation = 1;
  #overflows = 0;

  /** @param environment the default policy, unless one is stored. */
  constructor(
    environment: Omit<Policy, 'scope' | 'revision'>,
    private readonly keys: NumberKeys,
    private readonly ruleKeys: RuleKeys,
    private readonly overridesMax = OVERRIDES_MAX,
  ) {
    this.#environment = { ...environment, scope: { kind: 'default' }, revision: 0 };
    this.#default = defaultOf({}, 0);
  }

  /** What applies where nothing else does. */
  get fallback(): Policy {
    return this.#policyOf(this.#default);
  }

  /** What is stored for all calls; the environment says the rest. */
  get defaultTerms(): PolicyTerms {
    return this.#default.terms;
  }

  /** `enforce` only if every policy in force enforces. */
  get enforcement(): Enforcement {
    return this.#shadows === 0 ? this.fallback.enforcement : 'shadow';
  }

  /** Every window length in force, in milliseconds. */
  get windowsMs(): readonly number[] {
    return [...new Set([this.fallback.windowMs, ...this.#windows.keys()])];
  }

  get overrides(): number {
    return this.#byNumber.size + this.#byTrunk.size + this.#byPrefix.size;
  }

  /** Overrides that are not in force for want of room. */
  get overflows(): number {
    return this.#overflows;
  }

  /** True while the switch turns all enforcement to shadow. */
  get switchedOff(): boolean {
    return this.#switchedOff;
  }

  /** Turns all enforcement to shadow, or back to what the policies say. */
  switchOff(off: boolean): void {
    this.#switchedOff = off;
    this.#generation++;
  }

  /** Sets the policy of a scope. B-numbers and prefixes are canonical, or fingerprints. */
  set(scope: PolicyScope, terms: PolicyTerms, revision: number): void {
    this.remove(scope);
    const override = { scope, terms: this.#shared(terms), revision, generation: 0 };
    if (scope.kind === 'default') this.#setDefault(override);
    else if (this.overrides >= this.overridesMax) this.#overflows++;
    else {
      this.#place(scope, override);
      if (terms.windowMs !== undefined) this.#countWindow(terms.windowMs, 1);
      if (terms.enforcement === 'shadow') this.#shadows++;
    }
  }

  /** What was set for a scope is no longer in force. */
  remove(scope: PolicyScope): void {
    if (scope.kind === 'default') {
      this.#setDefault(defaultOf({}, 0));
      return;
    }
    const override = this.#displace(scope);
    if (override === undefined) return;
    if (override.terms.windowMs !== undefined) this.#countWindow(override.terms.windowMs, -1);
    if (override.terms.enforcement === 'shadow') this.#shadows--;
  }

  /** Only what the environment says is in force; the switch stays. */
  clear(): void {
    for (const key of this.#byNumber.keys()) this.ruleKeys.release(key);
    for (const map of [this.#byNumber, this.#byTrunk, this.#byPrefix, this.#windows, this.#terms])
      map.clear();
    this.#prefixesOfLength.length = 0;
    this.#shadows = 0;
    this.#setDefault(defaultOf({}, 0));
  }

  /** The policy that applies to a call. */
  find(bKey: number, trunk: string): Policy {
    return this.#policyOf(
      this.#findByNumber(bKey) ?? this.#byTrunk.get(trunk) ?? this.#findByPrefix(bKey) ?? this.#default,
    );
  }

  /** Every policy that covers a call, the one that applies first; the default is always the last. */
  candidates(bKey: number, trunk: string): readonly Policy[] {
    return [this.#findByNumber(bKey), this.#byTrunk.get(trunk), this.#findByPrefix(bKey), this.#default]
      .filter((override) => override !== undefined)
      .map((override) => this.#policyOf(override));
  }

  #findByNumber(bKey: number): Override | undefined {
    if (this.#byNumber.size === 0) return undefined;
    const key = this.ruleKeys.find(bKey);
    return key === NOT_PACKED ? undefined : this.#byNumber.get(key);
  }

  #findByPrefix(bKey: number): Override | undefined {
    if (this.#byPrefix.size === 0 || Number.isNaN(bKey)) return undefined;
    const digits = this.keys.textOf(bKey);
    for (let length = Math.min(this.#prefixesOfLength.length - 1, digits.length); length > 0; length--) {
      if (!this.#prefixesOfLength[length]) continue;
      const override = this.#byPrefix.get(digits.slice(0, length));
      if (override !== undefined) return override;
    }
    return undefined;
  }

  #policyOf(override: Override): Policy {
    if (override.policy === undefined || override.generation !== this.#generation) {
      const { scope, revision } = override;
      const base = override === this.#default ? this.#environment : this.fallback;
      const enforcement = this.#switchedOff ? 'shadow' : (override.terms.enforcement ?? base.enforcement);
      override.policy = { ...base, ...override.terms, enforcement, scope, revision };
      override.generation = this.#generation;
    }
    return override.policy;
  }

  #setDefault(override: Override): void {
    this.#default = override;
    this.#generation++;
  }

  #place(scope: Exclude<PolicyScope, { kind: 'default' }>, override: Override): void {
    if (scope.kind === 'trunk') this.#byTrunk.set(scope.name, override);
    else if (scope.kind === 'b-number') this.#byNumber.set(this.ruleKeys.acquireText(scope.digits), override);
    else {
      this.#byPrefix.set(scope.digits, override);
      const length = scope.digits.length;
      while (this.#prefixesOfLength.length <= length) this.#prefixesOfLength.push(0);
      this.#prefixesOfLength[length]++;
    }
  }

  #displace(scope: Exclude<PolicyScope, { kind: 'default' }>): Override | undefined {
    if (scope.kind === 'trunk') return take(this.#byTrunk, scope.name);
    if (scope.kind === 'b-number') {
      const key = this.ruleKeys.findText(scope.digits);
      const override = take(this.#byNumber, key);
      if (override !== undefined) this.ruleKeys.release(key);
      return override;
    }
    const override = take(this.#byPrefix, scope.digits);
    if (override !== undefined) this.#prefixesOfLength[scope.digits.length]--;
    return override;
  }

  #countWindow(windowMs: number, change: 1 | -1): void {
    const count = (this.#windows.get(windowMs) ?? 0) + change;
    if (count === 0) this.#windows.delete(windowMs);
    else this.#windows.set(windowMs, count);
  }

  /** A million overrides say a handful of different things. */
  #shared(terms: PolicyTerms): PolicyTerms {
    const content = JSON.stringify(terms);
    const known = this.#terms.get(content);
    if (known !== undefined) return known;
    if (this.#terms.size < 1_000) this.#terms.set(content, terms);
    return terms;
  }
}

function defaultOf(terms: PolicyTerms, revision: number): Override {
  return { scope: { kind: 'default' }, terms, revision, generation: 0 };
}

function take<K, V>(map: Map<K, V>, key: K): V | undefined {
  const value = map.get(key);
  map.delete(key);
  return value;
}

/** `default`, `b_number 2348099999999`, `trunk carrier`, `b_prefix 23480`: as people and records name it. */
export function nameOfScope(scope: PolicyScope): string {
  switch (scope.kind) {
    case 'default':
      return 'default';
    case 'trunk':
      return `trunk ${scope.name}`;
    case 'b-number':
      return `b_number ${scope.digits}`;
    case 'b-prefix':
      return `b_prefix ${scope.digits}`;
  }
}
