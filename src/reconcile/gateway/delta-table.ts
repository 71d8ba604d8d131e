/** The tables window_deltas and window_epoch, as the gateway itself asks them. */
import { randomUUID } from 'node:crypto';
import { DELTAS } from '../luma-statements.js';
import type { GatewayDatabase } from './gateway-database.js';
import type { DeltaRow } from './news-frames.js';

const ROWS_MAX = 500;
/** A page ends with the row that reaches this; a row is 1 MiB at the most. */
const PAGE_BYTES = 2 * 1024 * 1024;
/** Longer, and followers would notice that nothing comes. */
const READ_MS_MAX = 1_000;
const PRUNE_MS_MAX = 2_000;
/** Rows that one statement deletes: others wait for its locks. */
const PRUNE_ROWS_MAX = 2_000;

/** Rows and where they end. */
export interface DeltaPage {
  readonly rows: readonly DeltaRow[];
  /** Whether there may be more at once. */
  readonly isFull: boolean;
}

/** Where a page by time begins: after this row. */
export interface TimePlace {
  readonly storedAtMs: number;
  readonly sequence: number;
}

/** Rows up to about PAGE_BYTES; the size of a value is known without reading it. */
function bounded(rows: string, order: string): string {
  return `SELECT sequence, stored_at_ms, delta FROM (
    SELECT sequence, stored_at_ms, delta, sum(octet_length(delta)) OVER (ORDER BY ${order}) - octet_length(delta) AS before
    FROM (${rows} ORDER BY ${order} LIMIT ${ROWS_MAX}) AS page) AS few WHERE before < ${PAGE_BYTES} ORDER BY ${order}`;
}

/** The lower bound keeps the database from walking through all that came before. */
const NEWER = bounded(
  `SELECT sequence, stored_at_ms, delta FROM ${DELTAS}
    WHERE sequence >= $1::bigint AND (sequence > $2::bigint OR sequence = ANY($3::bigint[])) AND epoch = $4`,
  'sequence',
);
const NEWER_WITH_EPOCH = `SELECT e.epoch, d.sequence, d.stored_at_ms, d.delta
  FROM window_epoch e LEFT JOIN (${NEWER}) AS d ON true ORDER BY d.sequence`;

const SINCE = bounded(
  `SELECT sequence, stored_at_ms, delta FROM ${DELTAS}
    WHERE stored_at_ms >= $1::bigint AND (stored_at_ms > $1::bigint OR sequence > $2::bigint) AND epoch = $3`,
  'stored_at_ms, sequence',
);
const HIGHEST = `SELECT e.epoch, (SELECT max(sequence) FROM ${DELTAS}) AS highest FROM window_epoch e`;
const MAKE_EPOCH = 'INSERT INTO window_epoch (singleton, epoch) VALUES (true, $1) ON CONFLICT DO NOTHING';
const PRUNE = `DELETE FROM ${DELTAS} WHERE sequence IN (
  SELECT sequence FROM ${DELTAS} WHERE stored_at_ms < $1::bigint ORDER BY stored_at_ms LIMIT ${PRUNE_ROWS_MAX})`;
const CLOCK = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms';

export class DeltaTable {
  constructor(private readonly database: Pick<GatewayDatabase, 'read'>) {}

  /** The epoch, and the highest sequence that can be seen; makes an epoch where there is none. */
  async begin(): Promise<{ readonly epoch: string; readonly highest: number }> {
    const found = await this.#read(HIGHEST, []);
    if (found.length === 0) {
      // Another gateway may be quicker.
      await this.#read(MAKE_EPOCH, [randomUUID()]);
      return await this.begin();
    }
    return { epoch: String(found[0]!['epoch']), highest: Number(found[0]!['highest'] ?? 0) };
  }

  /**
   * Rows of an epoch above a sequence, and those of `gaps` that are there by now, in the order of their sequences.
   * @returns undefined when the epoch is another one, or there is none.
   */
  async newer(epoch: string, highest: number, gaps: readonly number[]): Promise<DeltaPage | undefined> {
    const lowest = gaps.reduce((least, gap) => Math.min(least, gap), highest + 1);
    const found = await this.#read(NEWER_WITH_EPOCH, [lowest, highest, [...gaps], epoch]);
    if (found[0]?.['epoch'] !== epoch) return undefined;
    return pageOf(found.filter((row) => row['sequence'] !== null));
  }

  /** Rows of an epoch in the order in which they were stored, after a place. */
  async since(epoch: string, { storedAtMs, sequence }: TimePlace): Promise<DeltaPage> {
    return pageOf(await this.#read(SINCE, [storedAtMs, sequence, epoch]));
  }

  /** Deletes rows stored longer ago. @returns how many, and whether there may be more. */
  async prune(olderThanMs: number): Promise<{ readonly pruned: number; readonly more: boolean }> {
    const [clock] = await this.#read(CLOCK, []);
    const before = Number(clock!['now_ms']) - olderThanMs;
    const [outcome] = await this.database.read([{ text: PRUNE, values: [before] }], PRUNE_MS_MAX);
    return { pruned: outcome!.count, more: outcome!.count >= PRUNE_ROWS_MAX };
  }

  async #read(
    text: string,
    values: readonly unknown[],
  ): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const [outcome] = await this.database.read([{ text, values }], READ_MS_MAX);
    return outcome!.rows;
  }
}

function pageOf(found: readonly Readonly<Record<string, unknown>>[]): DeltaPage {
  const rows = found.map((row) => ({
    sequence: Number(row['sequence']),
    storedAtMs: Number(row['stored_at_ms']),
    delta: row['delta'] as Uint8Array,
  }));
  const bytes = rows.reduce((sum, { delta }) => sum + delta.length, 0);
  return { rows, isFull: rows.length >= ROWS_MAX || bytes >= PAGE_BYTES };
}
