/** Policies: how strictly calls to a B-number are judged, and what follows a detection. */
import type { NumberKeys } from '../detection/number-keys.js';

/** `shadow` watches only: it never rejects, blocks or tears down. */
export type Enforcement = 'enforce' | 'shadow';

/** How callers who hide their number count: one for each source address, one in all, or not at all. */
export type AnonymousCallers = 'per-source' | 'one' | 'ignore';

export interface Policy {
  readonly windowMs: number;
  readonly threshold: number;
  readonly cooldownMs: number;
  readonly enforcement: Enforcement;
  readonly autoBlock: boolean;
  readonly blockMs: number;
  readonly autoDisconnect: boolean;
  readonly anonymousCallers: AnonymousCallers;
}

/** The policies in force: B exact, then trunk, then the longest B prefix, then the default. */
export class Policies {
  readonly #byNumber = new Map<number, Policy>();
  readonly #byTrunk = new Map<string, Policy>();
  readonly #byPrefix = new Map<string, Policy>();
  #longestPrefix = 0;
  #enforcement: Enforcement;
  #windowsMs: readonly number[];

  constructor(
    readonly fallback: Policy,
    private readonly keys: NumberKeys,
  ) {
    this.#enforcement = fallback.enforcement;
    this.#windowsMs = [fallback.windowMs];
  }

  /** `enforce` only if every policy in force enforces. */
  get enforcement(): Enforcement {
    return this.#enforcement;
  }

  /** Every window length in force, in milliseconds. */
  get windowsMs(): readonly number[] {
    return this.#windowsMs;
  }

  /** Sets the policy of one B-number, given in international form or as it stands. */
  setForNumber(bNumber: string, policy: Policy): void {
    this.#byNumber.set(this.keys.acquire(bNumber), policy);
    this.#summarise();
  }

  setForTrunk(trunk: string, policy: Policy): void {
    this.#byTrunk.set(trunk, policy);
    this.#summarise();
  }

  /** Sets the policy of all B-numbers that begin with these digits, in international form. */
  setForPrefix(prefix: string, policy: Policy): void {
    this.#byPrefix.set(prefix, policy);
    this.#longestPrefix = Math.max(this.#longestPrefix, prefix.length);
    this.#summarise();
  }

  /** The policy that applies to a call. */
  find(bKey: number, trunk: string): Policy {
    if (this.#byNumber.size > 0) {
      const exact = this.#byNumber.get(bKey);
      if (exact !== undefined) return exact;
    }
    const ofTrunk = this.#byTrunk.size > 0 ? this.#byTrunk.get(trunk) : undefined;
    return ofTrunk ?? this.#findByPrefix(bKey) ?? this.fallback;
  }

  #findByPrefix(bKey: number): Policy | undefined {
    if (this.#byPrefix.size === 0) return undefined;
    const digits = this.keys.textOf(bKey);
    for (let length = Math.min(this.#longestPrefix, digits.length); length > 0; length--) {
      const policy = this.#byPrefix.get(digits.slice(0, length));
      if (policy !== undefined) return policy;
    }
    return undefined;
  }

  #summarise(): void {
    const all = [
      this.fallback,
      ...this.#byNumber.values(),
      ...this.#byTrunk.values(),
      ...this.#byPrefix.values(),
    ];
    this.#enforcement = all.every((policy) => policy.enforcement === 'enforce') ? 'enforce' : 'shadow';
    this.#windowsMs = [...new Set(all.map((policy) => policy.windowMs))];
  }
}
