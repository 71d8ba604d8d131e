/** A reader, a ring and followers over a table in memory, whose transactions commit in any order. */
import { randomUUID } from 'node:crypto';
import { AcmError } from '../../../src/errors.js';
import { WindowNews } from '../../../src/gen/acm/v1/window.js';
import type { QueryResponse } from '../../../src/gen/luma/v1/luma.js';
import { DatabaseState } from '../../../src/reconcile/gateway/database-state.js';
import { DeltaRing } from '../../../src/reconcile/gateway/delta-ring.js';
import type { DeltaPage, DeltaTable, TimePlace } from '../../../src/reconcile/gateway/delta-table.js';
import type { FollowerSink } from '../../../src/reconcile/gateway/follower.js';
import { Followers } from '../../../src/reconcile/gateway/followers.js';
import type { DeltaRow } from '../../../src/reconcile/gateway/news-frames.js';
import { TableReader } from '../../../src/reconcile/gateway/table-reader.js';
import { SequenceGaps } from '../../../src/reconcile/sequence-gaps.js';
import { SILENCE } from '../../support/gateway-fixture.js';

const PAGE_ROWS = 3;

/** Rows are begun, and seen once they are committed. */
class MemoryTable implements Pick<DeltaTable, 'begin' | 'newer' | 'since'> {
  epoch: string = randomUUID();
  isAway = false;
  pages = 0;
  #committed: DeltaRow[] = [];
  #next = 1;

  /** @returns the row, not yet committed. */
  insert(storedAtMs: number): DeltaRow {
    return { sequence: this.#next++, storedAtMs, delta: Buffer.from([this.#next & 0xff]) };
  }

  commit(row: DeltaRow): void {
    this.#committed.push(row);
  }

  crash(): void {
    this.#committed = [];
    this.epoch = randomUUID();
    this.#next = 1;
  }

  async begin() {
    this.#check();
    return { epoch: this.epoch, highest: Math.max(0, ...this.#committed.map(({ sequence }) => sequence)) };
  }

  async newer(epoch: string, highest: number, gaps: readonly number[]): Promise<DeltaPage | undefined> {
    this.#check();
    if (epoch !== this.epoch) return undefined;
    return this.#page(
      this.#committed.filter(({ sequence }) => sequence > highest || gaps.includes(sequence)),
      (one, other) => one.sequence - other.sequence,
    );
  }

  async since(epoch: string, after: TimePlace): Promise<DeltaPage> {
    this.#check();
    this.pages++;
    const rows = epoch === this.epoch ? this.#committed : [];
    return this.#page(
      rows.filter((row) => byTime(row, after) > 0),
      byTime,
    );
  }

  #page(rows: readonly DeltaRow[], order: (one: DeltaRow, other: DeltaRow) => number): DeltaPage {
    const page = rows.toSorted(order).slice(0, PAGE_ROWS);
    return { rows: page, isFull: page.length === PAGE_ROWS };
  }

  #check(): void {
    if (this.isAway) throw new AcmError('ACM_STORE_UNAVAILABLE', 'away');
  }
}

function byTime(one: TimePlace, other: TimePlace): number {
  return one.storedAtMs - other.storedAtMs || one.sequence - other.sequence;
}

/** Somebody who takes messages when told to, or at once. */
export class Listener implements FollowerSink {
  readonly sequences = new Set<number>();
  readonly epochs: string[] = [];
  messages = 0;
  caughtUp = 0;
  ended: { readonly error: AcmError; readonly cut: boolean } | undefined;
  #isSlow = false;
  #taken: () => void = () => {};

  /** Takes nothing any more, or everything again. */
  set isSlow(isSlow: boolean) {
    this.#isSlow = isSlow;
    if (!isSlow) this.#taken();
  }

  send({ result }: QueryResponse, taken: () => void): void {
    const news = WindowNews.decode(result);
    this.messages++;
    if (this.epochs.at(-1) !== news.epoch) {
      this.epochs.push(news.epoch);
      this.sequences.clear();
    }
    for (const { sequence } of news.deltas) this.sequences.add(sequence);
    if (news.caughtUp) this.caughtUp++;
    if (this.#isSlow) this.#taken = taken;
    else setImmediate(taken);
  }

  end(error: AcmError, cut: boolean): void {
    this.ended = { error, cut };
  }
}

function assemble(ringCount = 1_000) {
  const clock = { nowMs: 0 };
  const nowMs = (): number => clock.nowMs;
  const table = new MemoryTable();
  const ring = new DeltaRing({ countMax: ringCount, bytesMax: 1e6, ageMsMax: 1e6 });
  const gaps = new SequenceGaps(1_000, 5_000);
  const state = new DatabaseState(SILENCE);
  const parts = { table: table as unknown as DeltaTable, ring, state, nowMs };
  const followers: Followers = new Followers({
    ...parts,
    epoch: () => reader.epoch,
    onFirst: () => reader.wake(),
  });
  const reader: TableReader = new TableReader({
    ...parts,
    gaps,
    examine: async () => '',
    tells: () => true,
    isWanted: () => followers.count > 0,
    onNews: () => followers.tell(),
  });
  const follow = (sinceMs = 0): Listener => {
    const listener = new Listener();
    const payload = Buffer.from(JSON.stringify({ since_ms: sinceMs, except: '' }));
    followers.follow({ collection: 'window_deltas', query: '', dialect: 'sql-pg', payload }, listener);
    return listener;
  };
  const stop = async (): Promise<void> => {
    followers.drain();
    await reader.stop();
  };
  return { clock, table, gaps, state, followers, reader, follow, stop };
}

type Assembly = ReturnType<typeof assemble>;

export async function assembled(
  body: (assembly: Assembly) => Promise<void>,
  ringCount?: number,
): Promise<void> {
  const assembly = assemble(ringCount);
  await assembly.reader.start();
  try {
    await body(assembly);
  } finally {
    await assembly.stop();
  }
}

export function add({ table, reader }: Assembly, storedAtMs: number): DeltaRow {
  const row = table.insert(storedAtMs);
  table.commit(row);
  reader.wake();
  return row;
}
