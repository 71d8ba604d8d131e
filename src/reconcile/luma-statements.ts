/**
 * What sidecars ask of LumaDB's gRPC port, in the dialect `sql-pg`. The gateway knows these texts as well, and runs them
 * without ado.
 *
 *     window_epoch   epoch        names the life of window_deltas' content, which is lost when PostgreSQL crashes
 *     window_deltas  sequence     the order in which rows were stored
 *                    stored_at_ms by the store's clock, milliseconds since 1970
 *                    delta        a packed acm.v1.WindowDelta
 */

export const DIALECT = 'sql-pg';
export const DELTAS = 'window_deltas';

/** Stores a delta, which is the whole payload. Answers one row: sequence, stored_at_ms, epoch; none without an epoch. */
export const PUBLISH =
  'INSERT INTO window_deltas (epoch, delta) SELECT epoch, $1::bytea FROM window_epoch RETURNING sequence, stored_at_ms, epoch';

/** $1 a sequence. Answers its delta in base64, or no row. */
export const READ_BACK =
  "SELECT encode(delta, 'base64') AS delta FROM window_deltas WHERE sequence = $1::bigint";

/**
 * $1 the highest sequence seen, $2 lower ones that have not been seen and may yet be committed, $3 not older than this
 * (stored_at_ms). Answers at most 500 rows in the order of their sequences.
 */
export const POLL = `SELECT sequence, stored_at_ms, epoch, encode(delta, 'base64') AS delta FROM window_deltas
  WHERE (sequence > $1::bigint OR sequence = ANY($2::bigint[])) AND stored_at_ms >= $3::bigint ORDER BY sequence LIMIT 500`;

/** What a Stream of window_deltas is asked for, as JSON in `payload`; its `query` is empty. */
export interface FollowRequest {
  /** Rows stored at this time or later, by the store's clock; what is older is not sent. */
  readonly since_ms: number;
  /** The sidecar whose own deltas are left out: UUID. */
  readonly except: string;
}

export const NEWS_TYPE = 'application/x-protobuf; messageType=acm.v1.WindowNews';
