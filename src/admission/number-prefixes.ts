/** What the beginnings of numbers lead to. */
import { NOT_PACKED } from '../detection/number.js';
import type { NumberKeys } from '../detection/number-keys.js';
import { digitsOfPacked, packPrefix, prefixOfPacked } from '../detection/number-prefix.js';
import { KeyMap } from './key-map.js';

/** Shared, so that a number that begins with none of them costs no array. */
const NONE: never[] = [];

/** Beginnings are canonical digits (international form, no +), or the first characters of a name; never empty. */
export class NumberPrefixes<T> {
  readonly #packed = new KeyMap<T>();
  readonly #others = new Map<string, T>();
  /** How many there are of each length, so that only lengths in use cost a probe. */
  readonly #ofLength: number[] = [];

  constructor(private readonly keys: NumberKeys) {}

  get size(): number {
    return this.#packed.size + this.#others.size;
  }

  get(prefix: string): T | undefined {
    const packed = packPrefix(prefix);
    return packed === NOT_PACKED ? this.#others.get(prefix) : this.#packed.get(packed);
  }

  set(prefix: string, value: T): void {
    const before = this.size;
    const packed = packPrefix(prefix);
    if (packed === NOT_PACKED) this.#others.set(prefix, value);
    else this.#packed.set(packed, value);
    while (this.#ofLength.length <= prefix.length) this.#ofLength.push(0);
    this.#ofLength[prefix.length] += this.size - before;
  }

  delete(prefix: string): void {
    const packed = packPrefix(prefix);
    const isGone = packed === NOT_PACKED ? this.#others.delete(prefix) : this.#packed.delete(packed);
    if (isGone) this.#ofLength[prefix.length]--;
  }

  clear(): void {
    this.#packed.clear();
    this.#others.clear();
    this.#ofLength.length = 0;
  }

  /** What each beginning of a number leads to, the shortest first. */
  matches(key: number): readonly T[] {
    if (this.size === 0) return NONE;
    return key >= 0 ? this.#matchesPacked(key) : this.#matchesText(this.keys.textOf(key));
  }

  #matchesPacked(key: number): readonly T[] {
    let found: T[] = NONE;
    const end = Math.min(this.#ofLength.length - 1, digitsOfPacked(key));
    for (let length = 1; length <= end; length++) {
      if (this.#ofLength[length] === 0) continue;
      const value = this.#packed.get(prefixOfPacked(key, length));
      if (value !== undefined) found = [...found, value];
    }
    return found;
  }

  #matchesText(text: string): readonly T[] {
    let found: T[] = NONE;
    const end = Math.min(this.#ofLength.length - 1, text.length);
    for (let length = 1; length <= end; length++) {
      if (this.#ofLength[length] === 0) continue;
      const value = this.get(text.slice(0, length));
      if (value !== undefined) found = [...found, value];
    }
    return found;
  }
}
