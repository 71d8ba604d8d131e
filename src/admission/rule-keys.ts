/**
 * Numbers as rules know them. Rules are stored, so with number privacy on they know a number by its fingerprint only; live
 * calls have the number itself.
 */
import { canonicalNumber, canonicalToken, NOT_PACKED, packNumber } from '../detection/number.js';
import type { NumberKeys } from '../detection/number-keys.js';

/** What every fingerprint begins with. */
export const HASH_MARK = 'h:';

/** Stands before a number of a live call that looks like a fingerprint; no number that a request may carry holds it. */
const DISGUISE_MARK = '\u0000';

/** A fingerprint costs microseconds, and one call asks for those of its numbers several times. */
const REMEMBERED_MAX = 10_000;

export class RuleKeys {
  /** By packed number, or by name: the key of a name is given to another name when nobody holds it any more. */
  readonly #remembered = new Map<number | string, string>();

  /** @param fingerprint of a canonical number, beginning with HASH_MARK; absent when numbers are stored in plain. */
  constructor(
    private readonly keys: NumberKeys,
    private readonly fingerprint?: (canonical: string) => string,
  ) {}

  /** The key by which rules know the number of a live call, or NOT_PACKED if no rule can know it. Held by nobody. */
  find(key: number): number {
    return this.fingerprint === undefined
      ? key
      : this.keys.findToken(this.#fingerprintOf(key, this.fingerprint));
  }

  /** The same, held once for the caller. */
  acquire(key: number): number {
    if (this.fingerprint !== undefined)
      return this.keys.acquireToken(this.#fingerprintOf(key, this.fingerprint));
    this.keys.retain(key);
    return key;
  }

  /**
   * The key of a number as an operator or the store wrote it, held once for the caller.
   * @param text in international form, a name as it stands, or a fingerprint.
   */
  acquireText(text: string): number {
    return this.fingerprint === undefined
      ? this.keys.acquire(text)
      : this.keys.acquireToken(this.#written(text));
  }

  /** The same, or NOT_PACKED if no rule can know it. Held by nobody. */
  findText(text: string): number {
    if (this.fingerprint !== undefined) return this.keys.findToken(this.#written(text));
    const packed = packNumber(text, undefined);
    return packed === NOT_PACKED ? this.keys.findToken(canonicalToken(text)) : packed;
  }

  /** Gives up a key that was acquired here. */
  release(ruleKey: number): void {
    this.keys.release(ruleKey);
  }

  #fingerprintOf(key: number, fingerprint: (canonical: string) => string): string {
    const number = key >= 0 ? key : this.keys.textOf(key);
    const known = this.#remembered.get(number);
    if (known !== undefined) return known;
    const text = this.keys.textOf(key);
    // A caller must not pass for another one by calling itself what that one's fingerprint is.
    const made = fingerprint(text.startsWith(HASH_MARK) ? DISGUISE_MARK + text : text);
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.clear();
    this.#remembered.set(number, made);
    return made;
  }

  #written(text: string): string {
    if (this.fingerprint === undefined || text.startsWith(HASH_MARK)) return text;
    return this.fingerprint(canonicalNumber(text));
  }
}
