/** The gateway's parts, put together: what luma.v1.LumaService answers, over one database. */
import type { Log } from '../../admission/ports.js';
import type { QueryRequest, QueryResponse } from '../../gen/luma/v1/luma.js';
import { SequenceGaps } from '../sequence-gaps.js';
import { DatabaseState } from './database-state.js';
import { DeltaRing } from './delta-ring.js';
import { DeltaTable } from './delta-table.js';
import { Executor, type QueryOutcome } from './executor.js';
import type { FollowerSink } from './follower.js';
import { Followers } from './followers.js';
import type { GatewayDatabase } from './gateway-database.js';
import { GatewayDoor } from './gateway-door.js';
import { Pruner } from './pruner.js';
import { TableReader } from './table-reader.js';

/** Enough for a follower that stands still for some seconds while 200 sidecars tell. */
const RING = { countMax: 100_000, bytesMax: 64 * 1024 * 1024, ageMsMax: 30_000 };
const GAPS_MAX = 1_000;
const GAP_MS_MAX = 5_000;

export interface GatewayParts {
  readonly database: GatewayDatabase;
  /** What makes the database unfit, in words; '' for nothing. */
  readonly examine: () => Promise<string>;
  /** SHA-256 of tokens, hexadecimal. */
  readonly tokenHashes: readonly string[];
  readonly log: Log;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

/** What metrics and people ask. */
export interface GatewayFigures {
  isUp(): boolean;
  followers(): number;
  overtaken(): number;
  stalled(): number;
  followersRefused(): number;
  queries(outcome: QueryOutcome): number;
  queriesWaiting(): number;
  rows(): number;
  pruned(): number;
  newEpochs(): number;
  gaps(): number;
  gapOverflows(): number;
  ringBytes(): number;
  callersRefused(): number;
  callersLimited(): number;
}

export class Gateway {
  readonly state: DatabaseState;
  readonly door: GatewayDoor;
  readonly figures: GatewayFigures;
  readonly #executor: Executor;
  readonly #followers: Followers;
  readonly #reader: TableReader;
  readonly #pruner: Pruner;

  constructor({ database, examine, tokenHashes, log, nowMs }: GatewayParts) {
    const state = new DatabaseState(log);
    const door = new GatewayDoor(tokenHashes, nowMs);
    const table = new DeltaTable(database);
    const ring = new DeltaRing(RING);
    const gaps = new SequenceGaps(GAPS_MAX, GAP_MS_MAX);
    const followers: Followers = new Followers({
      ring,
      state,
      table,
      epoch: () => reader.epoch,
      onFirst: () => reader.wake(),
      nowMs,
    });
    const reader: TableReader = new TableReader({
      table,
      ring,
      gaps,
      state,
      examine,
      tells: () => database.tells,
      isWanted: () => followers.count > 0,
      onNews: () => followers.tell(),
      nowMs,
    });
    const executor = new Executor({ database, state, onAdded: () => reader.wake() });
    const pruner = new Pruner({ table, state });
    database.onChange = () => reader.wake();
    this.figures = {
      isUp: () => state.isUp,
      followers: () => followers.count,
      overtaken: () => followers.overtaken,
      stalled: () => followers.stalled,
      followersRefused: () => followers.refused,
      queries: (outcome) => executor.count(outcome),
      queriesWaiting: () => executor.waiting,
      rows: () => reader.rows,
      pruned: () => pruner.pruned,
      newEpochs: () => reader.newEpochs,
      gaps: () => gaps.count,
      gapOverflows: () => gaps.overflows,
      ringBytes: () => ring.bytes,
      callersRefused: () => door.refused,
      callersLimited: () => door.limited,
    };
    this.state = state;
    this.door = door;
    this.#executor = executor;
    this.#followers = followers;
    this.#reader = reader;
    this.#pruner = pruner;
  }

  /** Asks the database once, and goes on by itself, whether it answers or not. */
  async start(): Promise<void> {
    await this.#reader.start();
    this.#pruner.start();
  }

  execute(request: QueryRequest): Promise<QueryResponse> {
    return this.#executor.execute(request);
  }

  /** As Followers.follow(). */
  follow(request: QueryRequest, sink: FollowerSink): () => void {
    return this.#followers.follow(request, sink);
  }

  endStreams(): void {
    this.#followers.drain();
  }

  /** Lets go of the database, which is then for its owner to close. */
  async stop(): Promise<void> {
    this.endStreams();
    await this.#pruner.stop();
    await this.#reader.stop();
  }
}
