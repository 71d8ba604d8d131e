/**
 * The allowlist: calls that are allowed whatever the rule says, and that stay out of the window. A check looks up what it
 * knows of the call, so a million entries cost it hardly more than one.
 */
import type { NumberKeys } from '../detection/number-keys.js';
import { AddressMap } from './address-ranges.js';
import { KeyMap } from './key-map.js';
import { NumberPrefixes } from './number-prefixes.js';
import type { RuleKeys } from './rule-keys.js';

/** What an entry covers. Digits are canonical (no +), or the whole or the beginning of a name. A source is an address or CIDR range. */
export type AllowlistScope =
  | { readonly kind: 'b-number' | 'b-prefix' | 'a-prefix'; readonly digits: string }
  | { readonly kind: 'source'; readonly cidr: string }
  | { readonly kind: 'trunk'; readonly name: string };

export interface AllowlistEntry {
  readonly scope: AllowlistScope;
  /** On the clock of the checks, in milliseconds; Infinity for an entry that does not expire. */
  readonly expiresMs: number;
}

/** Most entries held; beyond it a new one is not taken. */
const ENTRIES_MAX = 1_000_000;
/** Every entry is visited once in so many sweeps: a minute, at one a second. */
const SWEEPS_A_ROUND = 60;

/** An entry in its place: one of those that cover the same, the newest first. */
interface PlacedEntry {
  readonly id: string;
  readonly scope: AllowlistScope;
  readonly expiresMs: number;
  next: PlacedEntry | undefined;
}

/** Where entries of one kind of scope lie, by what they cover. */
interface Places<K> {
  get(key: K): PlacedEntry | undefined;
  set(key: K, first: PlacedEntry): unknown;
  delete(key: K): unknown;
}

export class Allowlist {
  readonly #byId = new Map<string, PlacedEntry>();
  readonly #bNumbers = new KeyMap<PlacedEntry>();
  readonly #trunks = new Map<string, PlacedEntry>();
  readonly #bPrefixes: NumberPrefixes<PlacedEntry>;
  readonly #aPrefixes: NumberPrefixes<PlacedEntry>;
  readonly #sources = new AddressMap<PlacedEntry>();
  #round: Iterator<PlacedEntry> | undefined;
  #overflows = 0;

  constructor(
    keys: NumberKeys,
    private readonly ruleKeys: RuleKeys,
    private readonly entriesMax = ENTRIES_MAX,
  ) {
    this.#bPrefixes = new NumberPrefixes(keys);
    this.#aPrefixes = new NumberPrefixes(keys);
  }

  /** Entries held, those that have expired and were not swept yet included. */
  get size(): number {
    return this.#byId.size;
  }

  /** Entries that are not in force for want of room. */
  get overflows(): number {
    return this.#overflows;
  }

  /** Puts an entry in force, in place of the one with this id if there is one. */
  set(id: string, { scope, expiresMs }: AllowlistEntry): void {
    this.remove(id);
    if (this.#byId.size >= this.entriesMax) {
      this.#overflows++;
      return;
    }
    const entry = { id, scope, expiresMs, next: undefined };
    this.#byId.set(id, entry);
    this.#place(entry);
  }

  remove(id: string): void {
    const entry = this.#byId.get(id);
    if (entry === undefined) return;
    this.#byId.delete(id);
    this.#displace(entry);
  }

  clear(): void {
    for (const { scope } of this.#byId.values()) {
      if (scope.kind === 'b-number') this.ruleKeys.release(this.ruleKeys.findText(scope.digits));
    }
    this.#byId.clear();
    this.#trunks.clear();
    for (const places of [this.#bNumbers, this.#bPrefixes, this.#aPrefixes, this.#sources]) places.clear();
    this.#round = undefined;
  }

  /** True if an entry covers a call from A to B. `trunk` is '' for none. */
  covers(aKey: number, bKey: number, sourceIp: string, trunk: string, nowMs: number): boolean {
    return this.#byId.size > 0 && this.#find(aKey, bKey, sourceIp, trunk, nowMs) !== undefined;
  }

  /** The id of an entry that covers a call from A to B. */
  match(aKey: number, bKey: number, sourceIp: string, trunk: string, nowMs: number): string | undefined {
    return this.#find(aKey, bKey, sourceIp, trunk, nowMs)?.id;
  }

  /** True if an entry covers every call of this A-number, so that it must never be blocked. */
  coversCaller(aKey: number, nowMs: number): boolean {
    return anyInForce(this.#aPrefixes.matches(aKey), nowMs) !== undefined;
  }

  /** Forgets what has expired, a slice of the entries each time. */
  sweep(nowMs: number): void {
    this.#round ??= this.#byId.values();
    for (let left = Math.ceil(this.#byId.size / SWEEPS_A_ROUND); left > 0; left--) {
      const { done, value } = this.#round.next();
      if (done) {
        this.#round = undefined;
        return;
      }
      if (value.expiresMs <= nowMs) this.remove(value.id);
    }
  }

  #find(aKey: number, bKey: number, sourceIp: string, trunk: string, nowMs: number): PlacedEntry | undefined {
    return (
      this.#findByNumber(bKey, nowMs) ??
      inForce(this.#trunks.get(trunk), nowMs) ??
      anyInForce(this.#bPrefixes.matches(bKey), nowMs) ??
      anyInForce(this.#aPrefixes.matches(aKey), nowMs) ??
      anyInForce(this.#sources.matches(sourceIp), nowMs)
    );
  }

  #findByNumber(bKey: number, nowMs: number): PlacedEntry | undefined {
    if (this.#bNumbers.size === 0) return undefined;
    return inForce(this.#bNumbers.get(this.ruleKeys.find(bKey)), nowMs);
  }

  #place(entry: PlacedEntry): void {
    const { scope } = entry;
    if (scope.kind === 'trunk') placeFirst(this.#trunks, scope.name, entry);
    else if (scope.kind === 'source') placeFirst(this.#sources, scope.cidr, entry);
    else if (scope.kind === 'b-prefix') placeFirst(this.#bPrefixes, scope.digits, entry);
    else if (scope.kind === 'a-prefix') placeFirst(this.#aPrefixes, scope.digits, entry);
    else placeFirst(this.#bNumbers, this.ruleKeys.acquireText(scope.digits), entry);
  }

  #displace(entry: PlacedEntry): void {
    const { scope } = entry;
    if (scope.kind === 'trunk') takeOut(this.#trunks, scope.name, entry);
    else if (scope.kind === 'source') takeOut(this.#sources, scope.cidr, entry);
    else if (scope.kind === 'b-prefix') takeOut(this.#bPrefixes, scope.digits, entry);
    else if (scope.kind === 'a-prefix') takeOut(this.#aPrefixes, scope.digits, entry);
    else {
      const key = this.ruleKeys.findText(scope.digits);
      takeOut(this.#bNumbers, key, entry);
      this.ruleKeys.release(key);
    }
  }
}

function placeFirst<K>(places: Places<K>, key: K, entry: PlacedEntry): void {
  entry.next = places.get(key);
  places.set(key, entry);
}

function takeOut<K>(places: Places<K>, key: K, entry: PlacedEntry): void {
  const first = places.get(key);
  if (first !== entry) {
    let before = first;
    while (before !== undefined && before.next !== entry) before = before.next;
    if (before !== undefined) before.next = entry.next;
  } else if (entry.next === undefined) places.delete(key);
  else places.set(key, entry.next);
}

/** The first of those that cover the same which has not expired. */
function inForce(first: PlacedEntry | undefined, nowMs: number): PlacedEntry | undefined {
  let entry = first;
  while (entry !== undefined && entry.expiresMs <= nowMs) entry = entry.next;
  return entry;
}

function anyInForce(matches: readonly PlacedEntry[], nowMs: number): PlacedEntry | undefined {
  for (const first of matches) {
    const entry = inForce(first, nowMs);
    if (entry !== undefined) return entry;
  }
  return undefined;
}
