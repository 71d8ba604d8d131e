/** The allowlist: calls that are allowed whatever the rule says, and that stay out of the window. */
import type { NumberKeys } from '../detection/number-keys.js';
import { AddressRanges } from './address-ranges.js';

/** What an entry covers. A `source` is an address or CIDR range. */
export type AllowlistScope =
  | { readonly kind: 'b-number' | 'b-prefix' | 'a-prefix'; readonly digits: string }
  | { readonly kind: 'source'; readonly cidr: string }
  | { readonly kind: 'trunk'; readonly name: string };

export interface AllowlistEntry {
  readonly scope: AllowlistScope;
  readonly reason: string;
  readonly author: string;
  /** On the clock of the checks, in milliseconds; Infinity for an entry that does not expire. */
  readonly expiresMs: number;
}

type CallFacts = { aNumber: string; bNumber: string; sourceIp: string; trunk: string };

interface CompiledEntry extends AllowlistEntry {
  readonly matches: (call: CallFacts) => boolean;
}

export class Allowlist {
  #entries: CompiledEntry[] = [];

  constructor(private readonly keys: NumberKeys) {}

  /** Numbers in an entry are canonical: digits in international form, or names as they stand. */
  add(entry: AllowlistEntry): void {
    this.#entries.push({ ...entry, matches: matcherOf(entry.scope) });
  }

  /** True if an entry covers a call from A to B. `trunk` is '' for none. */
  covers(aKey: number, bKey: number, sourceIp: string, trunk: string, nowMs: number): boolean {
    if (this.#entries.length === 0) return false;
    const call = { aNumber: this.keys.textOf(aKey), bNumber: this.keys.textOf(bKey), sourceIp, trunk };
    return this.#entries.some((entry) => entry.expiresMs > nowMs && entry.matches(call));
  }

  /** True if an entry covers every call of this A-number, so that it must never be blocked. */
  coversCaller(aKey: number, nowMs: number): boolean {
    const call = { aNumber: this.keys.textOf(aKey), bNumber: '', sourceIp: '', trunk: '' };
    return this.#entries.some(
      (entry) => entry.scope.kind === 'a-prefix' && entry.expiresMs > nowMs && entry.matches(call),
    );
  }

  /** Forgets what has expired. */
  sweep(nowMs: number): void {
    this.#entries = this.#entries.filter((entry) => entry.expiresMs > nowMs);
  }
}

function matcherOf(scope: AllowlistScope): CompiledEntry['matches'] {
  switch (scope.kind) {
    case 'b-number':
      return (call) => call.bNumber === scope.digits;
    case 'b-prefix':
      return (call) => call.bNumber.startsWith(scope.digits);
    case 'a-prefix':
      return (call) => call.aNumber.startsWith(scope.digits);
    case 'trunk':
      return (call) => call.trunk === scope.name;
    case 'source':
      return sourceMatcher(scope.cidr);
  }
}

function sourceMatcher(cidr: string): CompiledEntry['matches'] {
  const sources = new AddressRanges([cidr]);
  return (call) => sources.contains(call.sourceIp);
}
