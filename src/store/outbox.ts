/**
 * A bounded outbox: takes items at once, and writes them in batches when the store lets it. It knows nothing of what it
 * writes or where. Memory is bounded by `totalMax` items and one batch; what goes beyond is dropped and counted, the
 * least important first.
 */
import type { Log } from '../admission/ports.js';
import { Backoff } from '../client/backoff.js';
import { AcmError } from '../errors.js';
import { type DropCause, OutboxDrops } from './outbox-drops.js';
import { OutboxLine, type WaitingItem } from './outbox-line.js';
import type { Schedule } from './schedule.js';

/** Longest pause between attempts to write, in milliseconds. */
const RETRY_MS_MAX = 5_000;

export interface OutboxClass {
  readonly name: string;
  /** Items that may wait; when another comes, the oldest goes. */
  readonly countMax: number;
  /** Milliseconds after which an item is not worth writing any more. */
  readonly ageMsMax: number;
}

export interface OutboxOptions<Item> {
  /** Most important first; a batch holds them in this order. */
  readonly classes: readonly OutboxClass[];
  /** Writes a batch in one transaction; rejects with an AcmError, transient or not. */
  readonly write: (batch: readonly Item[]) => Promise<void>;
  /** Milliseconds that an item waits for others, and the first pause after a failure. */
  readonly flushMs: number;
  /** Items in a batch. */
  readonly batchMax: number;
  /** Items of all classes that may wait; when another comes, the oldest of the least important class goes. */
  readonly totalMax: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  readonly schedule: Schedule;
  /** From [0, 1). */
  readonly random: () => number;
  readonly log: Log;
}

interface Lane<Item> {
  readonly limits: OutboxClass;
  readonly line: OutboxLine<Item>;
  readonly drops: OutboxDrops;
  /** Items that are being written. */
  writing: number;
}

/** An item on its way to the store. */
interface Sent<Item> {
  readonly lane: Lane<Item>;
  readonly waiting: WaitingItem<Item>;
  /** Whether it has been written, or refused. */
  settled: boolean;
}

export class Outbox<Item> {
  readonly #options: OutboxOptions<Item>;
  readonly #lanes: readonly Lane<Item>[];
  readonly #leastFirst: readonly Lane<Item>[];
  readonly #byName: ReadonlyMap<string, Lane<Item>>;
  readonly #backoff: Backoff;
  /** Items that wait, without those that are being written. */
  #total = 0;
  #batch: readonly Sent<Item>[] = [];
  #planned: { cancel(): void } | undefined;
  readonly #flushes = new Set<() => void>();
  #written = 0;
  #lastError: Error | undefined;

  constructor(options: OutboxOptions<Item>) {
    const { classes, log, schedule, flushMs, random } = options;
    this.#options = options;
    this.#lanes = classes.map((limits) => ({
      limits,
      line: new OutboxLine<Item>(),
      drops: new OutboxDrops(limits.name, log, schedule),
      writing: 0,
    }));
    this.#leastFirst = this.#lanes.toReversed();
    this.#byName = new Map(this.#lanes.map((lane) => [lane.limits.name, lane]));
    this.#backoff = new Backoff(flushMs, RETRY_MS_MAX, random);
  }

  /** Items written, since the start. */
  get written(): number {
    return this.#written;
  }

  /** Why the latest write did not succeed; undefined when it did. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /**
   * Takes an item; returns at once and never throws. It is written `flushMs` later, or as soon as the store lets it.
   * @param key an item that waits in the class under this key is replaced by this one, which gets its place and age.
   *   One that is being written is not: this one follows it.
   */
  put(className: string, item: Item, key?: string): void {
    const { line } = this.#laneOf(className);
    this.#total -= line.size;
    line.put(item, key, this.#options.now());
    this.#total += line.size;
    this.#makeRoom();
    if (this.#batch.length === 0 && this.#planned === undefined) this.#plan(this.#options.flushMs);
  }

  /**
   * Writes until nothing waits, at most for `boundMs` milliseconds; for shutdown, since it does not wait for others to
   * come. Resolves to the number of items left, which are tried further.
   */
  flush(boundMs: number): Promise<number> {
    if (this.#left() === 0) return Promise.resolve(0);
    return new Promise((resolve) => {
      const finish = (): void => {
        bound.cancel();
        this.#flushes.delete(finish);
        resolve(this.#left());
      };
      const bound = this.#options.schedule(finish, boundMs);
      this.#flushes.add(finish);
      if (this.#batch.length === 0) this.#plan(0);
    });
  }

  /** Items of a class that are not known to be written: `countMax` and a batch at the most. */
  waiting(className: string): number {
    const { line, writing } = this.#laneOf(className);
    return line.size + writing;
  }

  /** Items of a class that were given up, since the start. */
  dropped(className: string, cause: DropCause): number {
    return this.#laneOf(className).drops.count(cause);
  }

  /** Milliseconds for which the oldest item has waited; 0 when none waits. */
  oldestAgeMs(nowMs: number): number {
    const sent = this.#batch.filter(({ settled }) => !settled).map(({ waiting }) => waiting.sinceMs);
    const waiting = this.#lanes.map(({ line }) => line.oldest?.sinceMs ?? nowMs);
    return nowMs - Math.min(nowMs, ...sent, ...waiting);
  }

  #laneOf(className: string): Lane<Item> {
    const lane = this.#byName.get(className);
    if (lane === undefined) throw new Error(`the outbox has no class ${className}`);
    return lane;
  }

  #left(): number {
    return this.#lanes.reduce((sum, { line, writing }) => sum + line.size + writing, 0);
  }

  #makeRoom(): void {
    for (const lane of this.#lanes) while (lane.line.size > lane.limits.countMax) this.#lose(lane, 'full');
    for (const lane of this.#leastFirst)
      while (this.#total > this.#options.totalMax && lane.line.size > 0) this.#lose(lane, 'full');
  }

  #lose(lane: Lane<Item>, cause: 'full' | 'aged'): void {
    lane.line.takeOldest();
    this.#total--;
    lane.drops.lost(cause);
  }

  #plan(ms: number): void {
    this.#planned?.cancel();
    this.#planned = this.#options.schedule(() => void this.#writeBatch(), ms);
  }

  async #writeBatch(): Promise<void> {
    this.#planned = undefined;
    this.#batch = this.#takeBatch();
    const pauseMs = await this.#tryToWrite();
    this.#batch = [];
    if (this.#total > 0) this.#plan(pauseMs);
    else for (const finish of this.#flushes) finish();
  }

  /** Returns how long to wait before the next batch, in milliseconds. */
  async #tryToWrite(): Promise<number> {
    const { flushMs, batchMax } = this.#options;
    try {
      await this.#writeOrSplit(this.#batch);
    } catch (error) {
      this.#lastError = error as Error;
      this.#putBack();
      return this.#backoff.next();
    }
    this.#backoff.reset();
    return this.#flushes.size > 0 || this.#total >= batchMax ? 0 : flushMs;
  }

  #takeBatch(): Sent<Item>[] {
    const batch: Sent<Item>[] = [];
    for (const lane of this.#lanes) {
      this.#dropAged(lane);
      while (batch.length < this.#options.batchMax && lane.line.size > 0) {
        batch.push({ lane, waiting: lane.line.takeOldest()!, settled: false });
        lane.writing++;
        this.#total--;
      }
    }
    return batch;
  }

  #dropAged(lane: Lane<Item>): void {
    const earliestMs = this.#options.now() - lane.limits.ageMsMax;
    while ((lane.line.oldest?.sinceMs ?? earliestMs) < earliestMs) this.#lose(lane, 'aged');
  }

  /** A batch that is refused is split until those that are to blame stand alone. Rejects when the store is away. */
  async #writeOrSplit(batch: readonly Sent<Item>[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      await this.#options.write(batch.map(({ waiting }) => waiting.item));
      this.#lastError = undefined;
      this.#written += batch.length;
      for (const sent of batch) settle(sent);
    } catch (error) {
      if (error instanceof AcmError && error.transient) throw error;
      this.#lastError = error as Error;
      await this.#split(batch, error as Error);
    }
  }

  async #split(batch: readonly Sent<Item>[], refusal: Error): Promise<void> {
    if (batch.length === 1) {
      const [sent] = batch as [Sent<Item>];
      settle(sent);
      sent.lane.drops.refused(refusal);
      return;
    }
    const half = batch.length >> 1;
    await this.#writeOrSplit(batch.slice(0, half));
    await this.#writeOrSplit(batch.slice(half));
  }

  #putBack(): void {
    for (const sent of this.#batch.toReversed()) {
      if (sent.settled) continue;
      settle(sent);
      const { line } = sent.lane;
      this.#total -= line.size;
      line.putBack(sent.waiting);
      this.#total += line.size;
    }
    this.#makeRoom();
  }
}

function settle<Item>(sent: Sent<Item>): void {
  sent.settled = true;
  sent.lane.writing--;
}
