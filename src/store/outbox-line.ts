/** The items of one class that wait in an outbox: oldest first, and at most one for each key. */

export interface WaitingItem<Item> {
  item: Item;
  readonly key: string | undefined;
  /** When it came, or when the first of those came whose place it has taken. */
  readonly sinceMs: number;
  next: WaitingItem<Item> | undefined;
}

export class OutboxLine<Item> {
  #head: WaitingItem<Item> | undefined;
  #tail: WaitingItem<Item> | undefined;
  readonly #byKey = new Map<string, WaitingItem<Item>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get oldest(): WaitingItem<Item> | undefined {
    return this.#head;
  }

  /** Appends an item, or puts it in the place of the one with its key. */
  put(item: Item, key: string | undefined, nowMs: number): void {
    const older = key === undefined ? undefined : this.#byKey.get(key);
    if (older !== undefined) older.item = item;
    else this.#append({ item, key, sinceMs: nowMs, next: undefined });
  }

  takeOldest(): WaitingItem<Item> | undefined {
    const taken = this.#head;
    if (taken === undefined) return undefined;
    this.#head = taken.next;
    if (this.#head === undefined) this.#tail = undefined;
    if (taken.key !== undefined) this.#byKey.delete(taken.key);
    this.#size--;
    return taken;
  }

  /** Puts back what was taken last, before all others, unless a newer item with its key has come meanwhile. */
  putBack(taken: WaitingItem<Item>): void {
    if (taken.key !== undefined) {
      if (this.#byKey.has(taken.key)) return;
      this.#byKey.set(taken.key, taken);
    }
    taken.next = this.#head;
    this.#head = taken;
    this.#tail ??= taken;
    this.#size++;
  }

  #append(waiting: WaitingItem<Item>): void {
    if (this.#tail === undefined) this.#head = waiting;
    else this.#tail.next = waiting;
    this.#tail = waiting;
    if (waiting.key !== undefined) this.#byKey.set(waiting.key, waiting);
    this.#size++;
  }
}
