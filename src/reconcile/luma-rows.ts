/** The rows that LumaDB answers, as JSON in `result`; nothing of them is taken for granted. */
import type { QueryResponse } from '../gen/luma/v1/luma.js';
import { StrangeAnswer } from './luma-failure.js';

const JSON_TYPE = 'application/json';
const MAX = Number.MAX_SAFE_INTEGER;

/** A row of window_deltas has been stored. */
export interface Receipt {
  readonly sequence: number;
  /** By the store's clock. */
  readonly storedAtMs: number;
  readonly epoch: string;
}

export type Row = Readonly<Record<string, unknown>>;

/** @throws LumaFailure for an answer that holds no rows at all. */
export function rowsOf({ result, contentType }: QueryResponse): readonly Row[] {
  if (result.length === 0) return [];
  if (!contentType.startsWith(JSON_TYPE))
    throw new StrangeAnswer('answers with something else than rows of JSON');
  let rows: unknown;
  try {
    rows = JSON.parse(result.toString('utf8'));
  } catch {
    throw new StrangeAnswer('answers with rows that are no JSON');
  }
  if (rows === null) return [];
  if (!Array.isArray(rows) || !rows.every(isObject)) {
    throw new StrangeAnswer('answers with something else than rows of JSON');
  }
  return rows;
}

/** What a row says of itself, if it has the columns of one that was stored. */
export function receiptOf(row: Row): Receipt | undefined {
  const sequence = wholeNumber(row['sequence']);
  const storedAtMs = wholeNumber(row['stored_at_ms']);
  const epoch = row['epoch'];
  if (sequence === undefined || storedAtMs === undefined) return undefined;
  if (typeof epoch !== 'string' || epoch === '') return undefined;
  return { sequence, storedAtMs, epoch };
}

/** The delta of a row, which stands there in base64. */
export function deltaOf(row: Row): Buffer | undefined {
  const delta = row['delta'];
  return typeof delta === 'string' ? Buffer.from(delta, 'base64') : undefined;
}

function isObject(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A bigint of PostgreSQL comes as a number or as text, by who writes the JSON. */
function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= MAX
    ? number
    : undefined;
}
