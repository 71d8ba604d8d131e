/** Runs queries: those of sidecars at once, those of others apart, where they can leave nothing behind. */
import { InvalidFieldError } from '../../errors.js';
import type { QueryRequest, QueryResponse } from '../../gen/luma/v1/luma.js';
import { DIALECT } from '../luma-statements.js';
import type { DatabaseState } from './database-state.js';
import {
  type GatewayDatabase,
  type GatewayOutcome,
  GUEST_MS_MAX,
  RESULT_BYTES_MAX,
  refusalOf,
} from './gateway-database.js';
import { type KnownStatement, knownStatement } from './known-statements.js';
import { parametersOf } from './payload.js';
import { WorkQueue } from './work-queue.js';

/** As many as there are connections. */
const KNOWN_MAX = 4;
const KNOWN_MS_MAX = 1_000;
const GUESTS_MAX = 1;
const QUERY_CHARACTERS_MAX = 64 * 1024;
/** The first word after white space, comments and brackets. */
const FIRST_WORD = /^(?:\s|\(|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*\*\/)*([a-z]+)/i;
const GUEST_WORDS: ReadonlySet<string> = new Set(['select', 'insert', 'update', 'delete', 'with', 'values']);

export const QUERY_OUTCOMES = ['ok', 'refused', 'unavailable', 'overload'] as const;
export type QueryOutcome = (typeof QUERY_OUTCOMES)[number];

export interface ExecutorParts {
  readonly database: GatewayDatabase;
  readonly state: DatabaseState;
  /** Rows have been added to window_deltas. */
  readonly onAdded: () => void;
}

export class Executor {
  readonly #parts: ExecutorParts;
  readonly #known = new WorkQueue({ underWayMax: KNOWN_MAX, waitingMax: 200, waitMsMax: KNOWN_MS_MAX });
  readonly #guests = new WorkQueue({ underWayMax: GUESTS_MAX, waitingMax: 16, waitMsMax: GUEST_MS_MAX });
  readonly #counts: Record<QueryOutcome, number> = { ok: 0, refused: 0, unavailable: 0, overload: 0 };

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
  }

  /** Queries so far. */
  count(outcome: QueryOutcome): number {
    return this.#counts[outcome];
  }

  get waiting(): number {
    return this.#known.waiting + this.#guests.waiting;
  }

  /**
   * @returns `success: false` for a query that cannot be run as it is.
   * @throws AcmError ACM_STORE_UNAVAILABLE, ACM_RATE_LIMITED
   */
  async execute(request: QueryRequest): Promise<QueryResponse> {
    try {
      const answer = await this.#answer(request);
      this.#counts[answer.success ? 'ok' : 'refused']++;
      return answer;
    } catch (error) {
      const complaint = complaintOf(error);
      if (complaint !== undefined) {
        this.#counts.refused++;
        return failure(complaint);
      }
      this.#counts[(error as { code?: unknown }).code === 'ACM_RATE_LIMITED' ? 'overload' : 'unavailable']++;
      throw error;
    }
  }

  async #answer({ dialect, query, payload }: QueryRequest): Promise<QueryResponse> {
    if (dialect !== DIALECT)
      throw new InvalidFieldError('dialect', `takes ${DIALECT}, not "${dialect.slice(0, 32)}"`);
    if (query.length > QUERY_CHARACTERS_MAX)
      throw new InvalidFieldError('query', `takes ${QUERY_CHARACTERS_MAX} characters at most`);
    const known = knownStatement(query);
    const values = parametersOf(payload);
    if (known === undefined) return await this.#runGuest(query, values);
    if (values.length !== known.parameters)
      throw new InvalidFieldError('payload', `holds ${values.length} parameters, not ${known.parameters}`);
    return await this.#runKnown(known, values);
  }

  async #runKnown(
    { text, adds }: KnownStatement,
    values: readonly (string | null)[],
  ): Promise<QueryResponse> {
    const { database, state, onAdded } = this.#parts;
    state.check();
    const outcome = await this.#known.run(async () => {
      // It may have gone while the query waited.
      state.check();
      const [only] = await database.run([{ text, values }], KNOWN_MS_MAX).catch((error: unknown) => {
        if (refusalOf(error) === undefined) state.away(error);
        throw error;
      });
      return only!;
    });
    // Without a row there is no epoch: whoever is woken makes one.
    if (adds) onAdded();
    return success(outcome, JSON.stringify(outcome.rows));
  }

  async #runGuest(query: string, values: readonly (string | null)[]): Promise<QueryResponse> {
    const { database, state, onAdded } = this.#parts;
    const word = FIRST_WORD.exec(query)?.[1]?.toLowerCase() ?? '';
    if (!GUEST_WORDS.has(word))
      throw new InvalidFieldError('query', `begins with ${[...GUEST_WORDS].join(', ').toUpperCase()}`);
    if (query.includes('\0')) throw new InvalidFieldError('query', 'contains a NUL character');
    state.check();
    const outcome = await this.#guests.run(() => database.runGuest(query, values));
    if ('sqlState' in outcome) return failure(`SQLSTATE ${outcome.sqlState}: ${outcome.message}`);
    if (word !== 'select' && word !== 'values') onAdded();
    const json = JSON.stringify(outcome.rows);
    return Buffer.byteLength(json) > RESULT_BYTES_MAX
      ? failure(`the result is too large, at most ${RESULT_BYTES_MAX} bytes`)
      : success(outcome, json);
  }
}

/** What a client has done wrong; undefined for anything else. */
function complaintOf(error: unknown): string | undefined {
  if (error instanceof InvalidFieldError) return error.message;
  return refusalOf(error)?.message;
}

function success({ count }: GatewayOutcome, json: string): QueryResponse {
  return {
    success: true,
    error: '',
    result: Buffer.from(json),
    rowsAffected: count,
    contentType: 'application/json',
  };
}

/** The answer to a query that cannot be run. */
export function failure(error: string): QueryResponse {
  return { success: false, error, result: Buffer.alloc(0), rowsAffected: 0, contentType: '' };
}
