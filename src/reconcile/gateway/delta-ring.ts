/**
 * The newest deltas, each packed once for all who follow. A follower is a position in it: it costs no memory here, however
 * slow it is. One that the ring has moved past goes back to the database.
 */

/** Bounds of what is kept; whatever is beyond one of them goes, the oldest first. */
export interface RingBounds {
  readonly countMax: number;
  readonly bytesMax: number;
  readonly ageMsMax: number;
}

/** A row, packed. */
export interface RingEntry {
  readonly storedAtMs: number;
  /** Of whom the delta is: 32 hexadecimal digits, or '' where it does not say. */
  readonly sidecar: string;
  /** As field 2 of a WindowNews. */
  readonly bytes: Uint8Array;
}

/** What a follower wants. */
export interface Following {
  /** Rows stored since, by the store's clock. */
  readonly sinceMs: number;
  /** The sidecar whose deltas are left out: 32 hexadecimal digits, or ''. */
  readonly except: string;
}

/** Whether a follower wants a row. */
export function isWanted({ storedAtMs, sidecar }: RingEntry, { sinceMs, except }: Following): boolean {
  return storedAtMs >= sinceMs && (sidecar === '' || sidecar !== except);
}

/** What a follower gets in one go. */
export interface RingBatch {
  readonly entries: readonly RingEntry[];
  /** Position after them. */
  readonly next: number;
}

export class DeltaRing {
  readonly #bounds: RingBounds;
  #kept: { readonly entry: RingEntry; readonly addedMs: number }[] = [];
  /** Places at the front of #kept that are empty; they are cut off many at a time. */
  #gone = 0;
  /** Position of the first entry in #kept. */
  #base = 0;
  #bytes = 0;

  constructor(bounds: RingBounds) {
    this.#bounds = bounds;
  }

  /** The position of what will be added next. */
  get head(): number {
    return this.#base + this.#kept.length;
  }

  get #tail(): number {
    return this.#base + this.#gone;
  }

  get count(): number {
    return this.#kept.length - this.#gone;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(entry: RingEntry, nowMs: number): void {
    this.#kept.push({ entry, addedMs: nowMs });
    this.#bytes += entry.bytes.length;
    this.#drop(nowMs);
  }

  /** Nobody goes on from a position before this: the rows are of another life of the table. */
  clear(): void {
    // One position is left out, so that whoever stands at the old head has been overtaken too.
    this.#base = this.head + 1;
    this.#kept = [];
    this.#gone = 0;
    this.#bytes = 0;
  }

  /**
   * The entries from a position on that a follower wants.
   * @returns undefined when the ring has moved past the position.
   */
  after(position: number, following: Following, bytesMax: number): RingBatch | undefined {
    if (position < this.#tail) return undefined;
    const entries: RingEntry[] = [];
    let bytes = 0;
    let next = position;
    for (; next < this.head; next++) {
      const { entry } = this.#kept[next - this.#base]!;
      if (!isWanted(entry, following)) continue;
      if (entries.length > 0 && bytes + entry.bytes.length > bytesMax) break;
      bytes += entry.bytes.length;
      entries.push(entry);
    }
    return { entries, next };
  }

  #drop(nowMs: number): void {
    const { countMax, bytesMax, ageMsMax } = this.#bounds;
    while (this.count > 0) {
      const { entry, addedMs } = this.#kept[this.#gone]!;
      if (this.count <= countMax && this.#bytes <= bytesMax && nowMs - addedMs <= ageMsMax) break;
      this.#bytes -= entry.bytes.length;
      this.#gone++;
    }
    if (this.#gone * 2 <= this.#kept.length) return;
    this.#kept = this.#kept.slice(this.#gone);
    this.#base += this.#gone;
    this.#gone = 0;
  }
}
