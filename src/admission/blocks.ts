/**
 * Blocks: pairs (A, B) whose calls are rejected for a time. Never B alone: five forged INVITEs must not cut a victim
 * off from everyone else for longer than the window.
 */
import type { NumberKeys } from '../detection/number-keys.js';

/** Most blocks held; beyond it the one that was made first goes. */
const BLOCKS_MAX = 1_000_000;

interface Block {
  readonly aKey: number;
  readonly bKey: number;
  expiresMs: number;
}

export class Blocks {
  readonly #byCalled = new Map<number, Map<number, Block>>();
  /** In the order in which they were made or prolonged. */
  readonly #all = new Set<Block>();
  #overflows = 0;

  constructor(
    private readonly keys: NumberKeys,
    private readonly blocksMax = BLOCKS_MAX,
  ) {}

  /** Pairs blocked now, those that have expired and were not swept yet included. */
  get size(): number {
    return this.#all.size;
  }

  /** Blocks lifted early for want of room. */
  get overflows(): number {
    return this.#overflows;
  }

  /** True while calls of A to B are blocked. */
  covers(bKey: number, aKey: number, nowMs: number): boolean {
    if (this.#all.size === 0) return false;
    const block = this.#byCalled.get(bKey)?.get(aKey);
    return block !== undefined && block.expiresMs > nowMs;
  }

  /** Blocks calls of A to B until `expiresMs`; a block that lasts longer already stays. */
  add(bKey: number, aKey: number, expiresMs: number): void {
    const callers = this.#byCalled.get(bKey) ?? new Map<number, Block>();
    this.#byCalled.set(bKey, callers);
    const known = callers.get(aKey);
    if (known !== undefined) {
      known.expiresMs = Math.max(known.expiresMs, expiresMs);
      this.#all.delete(known);
      this.#all.add(known);
      return;
    }
    const block = { aKey, bKey, expiresMs };
    callers.set(aKey, block);
    this.#all.add(block);
    this.keys.retain(aKey);
    this.keys.retain(bKey);
    if (this.#all.size <= this.blocksMax) return;
    this.#overflows++;
    this.#remove(this.#all.values().next().value!);
  }

  /**
   * Forgets what has expired, from the front: it must not walk a million blocks every second. A block that lasts longer
   * than those behind it keeps them in memory, not in force.
   */
  sweep(nowMs: number): void {
    for (const block of this.#all) {
      if (block.expiresMs > nowMs) return;
      this.#remove(block);
    }
  }

  #remove(block: Block): void {
    const callers = this.#byCalled.get(block.bKey);
    callers?.delete(block.aKey);
    if (callers?.size === 0) this.#byCalled.delete(block.bKey);
    this.#all.delete(block);
    this.keys.release(block.aKey);
    this.keys.release(block.bKey);
  }
}
