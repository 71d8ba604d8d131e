/**
 * Keys for every text that the window compares: packed numbers are their own keys; any other text (a SIP user name, a
 * source address) is kept here once and stands for a negative key, for as long as somebody holds it.
 */
import {
  canonicalToken,
  NOT_PACKED,
  type NumberingPlan,
  packCanonical,
  packNumber,
  unpackNumber,
} from './number.js';

/** Keys below this are of kept texts; NOT_PACKED itself is never a key. */
const FIRST_TOKEN_KEY = NOT_PACKED - 1;

/** A JavaScript Map stops at 16.7 million entries, so the texts are spread over several. */
const SHARDS = 16;

/** Gives keys to texts, and texts back for keys. Every key that was acquired or retained must be released once. */
export class NumberKeys {
  readonly #ids: readonly Map<string, number>[] = Array.from({ length: SHARDS }, () => new Map());
  readonly #texts: string[] = [];
  readonly #holders: number[] = [];
  readonly #freeIds: number[] = [];
  #kept = 0;

  /** How many texts are kept. */
  get kept(): number {
    return this.#kept;
  }

  /** The key of a phone number or name, held once for the caller. */
  acquire(text: string, plan?: NumberingPlan): number {
    const packed = packNumber(text, plan);
    return packed === NOT_PACKED ? this.acquireToken(canonicalToken(text)) : packed;
  }

  /** The key of a text that textOf() gave, here or elsewhere; held once for the caller. */
  acquireCanonical(text: string): number {
    const packed = packCanonical(text);
    return packed === NOT_PACKED ? this.acquireToken(text) : packed;
  }

  /** The key of a text that is compared as it stands, held once for the caller. */
  acquireToken(text: string): number {
    const shard = this.#ids[shardOf(text)];
    let id = shard.get(text);
    if (id === undefined) {
      id = this.#freeIds.pop() ?? this.#texts.length;
      this.#texts[id] = text;
      this.#holders[id] = 0;
      this.#kept++;
      shard.set(text, id);
    }
    this.#holders[id]++;
    return FIRST_TOKEN_KEY - id;
  }

  /** The key of a text that somebody holds, or NOT_PACKED. The caller does not hold it. */
  findToken(text: string): number {
    const id = this.#ids[shardOf(text)].get(text);
    return id === undefined ? NOT_PACKED : FIRST_TOKEN_KEY - id;
  }

  /** Holds a key once more. */
  retain(key: number): void {
    if (key < NOT_PACKED) this.#holders[FIRST_TOKEN_KEY - key]++;
  }

  /** Gives up one hold; the text goes with the last. */
  release(key: number): void {
    if (key >= NOT_PACKED) return;
    const id = FIRST_TOKEN_KEY - key;
    if (--this.#holders[id] > 0) return;
    const text = this.#texts[id];
    this.#ids[shardOf(text)].delete(text);
    this.#texts[id] = '';
    this.#freeIds.push(id);
    this.#kept--;
  }

  /** The text of a key that is held: digits for a number, else the text as it was acquired. */
  textOf(key: number): string {
    return key < NOT_PACKED ? this.#texts[FIRST_TOKEN_KEY - key] : unpackNumber(key);
  }
}

/** Names differ in their last characters more than in their first. */
function shardOf(text: string): number {
  const last = text.length - 1;
  return (text.charCodeAt(last) + 3 * text.charCodeAt(last - 1)) & (SHARDS - 1);
}
