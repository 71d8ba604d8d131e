/** The statements of sidecars, which the gateway runs on connections that it keeps, and how many parameters each takes. */
import { DELTAS, POLL, PUBLISH, READ_BACK } from '../luma-statements.js';

export interface KnownStatement {
  readonly text: string;
  readonly parameters: number;
  /** Whether it adds rows. */
  readonly adds: boolean;
}

/** Bytes of deltas in one answer; in base64 and JSON they are 1.4 times as many. */
const POLL_BYTES = 2 * 1024 * 1024;

/** POLL, but for rows that would make its answer too large: whoever polls asks again from the last row on. */
const BOUNDED_POLL = `SELECT sequence, stored_at_ms, epoch, encode(delta, 'base64') AS delta FROM (
  SELECT *, sum(octet_length(delta)) OVER (ORDER BY sequence) AS bytes, min(sequence) OVER () AS first FROM (
    SELECT sequence, stored_at_ms, epoch, delta FROM ${DELTAS}
    WHERE sequence >= LEAST($1::bigint, (SELECT min(gap) FROM unnest($2::bigint[]) AS gap))
      AND (sequence > $1::bigint OR sequence = ANY($2::bigint[])) AND stored_at_ms >= $3::bigint
    ORDER BY sequence LIMIT 500) AS page) AS few
  WHERE bytes <= ${POLL_BYTES} OR sequence = first ORDER BY sequence`;

const KNOWN: ReadonlyMap<string, KnownStatement> = new Map([
  [PUBLISH, { text: PUBLISH, parameters: 1, adds: true }],
  [READ_BACK, { text: READ_BACK, parameters: 1, adds: false }],
  [POLL, { text: BOUNDED_POLL, parameters: 3, adds: false }],
]);

/** undefined for a statement of somebody else. */
export function knownStatement(query: string): KnownStatement | undefined {
  return KNOWN.get(query);
}
