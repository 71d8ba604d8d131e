/**
 * A map from numbers to anything. JavaScript's own keeps every number above 2^31 as an object, so that a look-up among a
 * million phone numbers waits for memory three times; here the keys lie in one array, and most look-ups wait once.
 *
 * Open addressing with linear probing, at most half full. NaN stands for a free slot, and is never a key.
 */
import { hashKey } from '../detection/key-hash.js';

const SLOTS_MIN = 16;

export class KeyMap<T> {
  #keys = new Float64Array(SLOTS_MIN).fill(Number.NaN);
  #values: (T | undefined)[] = Array(SLOTS_MIN).fill(undefined);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: number): T | undefined {
    return this.#values[this.#slotOf(key)];
  }

  set(key: number, value: T): void {
    const slot = this.#slotOf(key);
    this.#values[slot] = value;
    if (this.#keys[slot] === key) return;
    this.#keys[slot] = key;
    if (++this.#size * 2 > this.#keys.length) this.#grow();
  }

  /** False if there is no such key. */
  delete(key: number): boolean {
    const found = this.#slotOf(key);
    if (this.#keys[found] !== key) return false;
    this.#fill(found);
    this.#size--;
    return true;
  }

  clear(): void {
    this.#reset(SLOTS_MIN);
    this.#size = 0;
  }

  /** Where a key is, or where it would be put. */
  #slotOf(key: number): number {
    const keys = this.#keys;
    const mask = keys.length - 1;
    let slot = hashKey(key, 0, 0) & mask;
    // A free slot ends the search: NaN is not even equal to itself.
    for (let at = keys[slot]; at !== key && !Number.isNaN(at); at = keys[slot]) slot = (slot + 1) & mask;
    return slot;
  }

  /** Frees a slot. A key that was moved on by the one that lay there moves back, so that searches still find it. */
  #fill(freed: number): void {
    const keys = this.#keys;
    const mask = keys.length - 1;
    let hole = freed;
    for (let slot = (hole + 1) & mask; !Number.isNaN(keys[slot]); slot = (slot + 1) & mask) {
      const movedOn = (slot - hashKey(keys[slot], 0, 0)) & mask;
      if (movedOn < ((slot - hole) & mask)) continue;
      keys[hole] = keys[slot];
      this.#values[hole] = this.#values[slot];
      hole = slot;
    }
    keys[hole] = Number.NaN;
    this.#values[hole] = undefined;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#reset(keys.length * 2);
    for (let slot = 0; slot < keys.length; slot++) {
      if (Number.isNaN(keys[slot])) continue;
      const to = this.#slotOf(keys[slot]);
      this.#keys[to] = keys[slot];
      this.#values[to] = values[slot];
    }
  }

  #reset(slots: number): void {
    this.#keys = new Float64Array(slots).fill(Number.NaN);
    this.#values = Array(slots).fill(undefined);
  }
}
