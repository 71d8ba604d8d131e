/** What the gateway asks of its database; src/store has two that can do it, and sidecar/compose-gateway.ts joins them. */

export interface GatewayStatement {
  readonly text: string;
  /** For `$1`, `$2`, ... */
  readonly values?: readonly unknown[];
}

export interface GatewayOutcome {
  /** By column name; int8 is a number, bytea a Uint8Array. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Rows read or changed. */
  readonly count: number;
}

/** A statement that the database has understood and refused. */
export interface SqlComplaint {
  /** SQLSTATE: five characters (PostgreSQL manual, appendix A). */
  readonly sqlState: string;
  readonly message: string;
}

export interface GatewayDatabase {
  readonly kind: 'postgresql' | 'embedded';
  /**
   * Runs the gateway's own statements on connections that are kept, all or none of them.
   * @throws AcmError ACM_STORE_UNAVAILABLE (transient), or ACM_STORE_REFUSED with an `sqlState`.
   */
  run(statements: readonly GatewayStatement[], deadlineMs: number): Promise<readonly GatewayOutcome[]>;
  /** The same, on connections that do not wait for those of run(). */
  read(statements: readonly GatewayStatement[], deadlineMs: number): Promise<readonly GatewayOutcome[]>;
  /**
   * Runs somebody else's statement where it can leave nothing behind for others; at most GUEST_MS_MAX.
   * @param values texts, or null.
   * @returns rows whose bytea are text (`\x...`), or the complaint.
   * @throws AcmError ACM_STORE_UNAVAILABLE
   */
  runGuest(text: string, values: readonly (string | null)[]): Promise<GatewayOutcome | SqlComplaint>;
  /** Whether every change of window_deltas is told of by `onChange`; where not, it has to be asked for often. */
  readonly tells: boolean;
  /** Called when window_deltas has changed. */
  onChange: () => void;
}

/** Most milliseconds that the database works on somebody else's statement. */
export const GUEST_MS_MAX = 2_000;
/** Most bytes of its answer. */
export const RESULT_BYTES_MAX = 3 * 1024 * 1024;

/** The SQLSTATE of an error by which the database has said no; undefined for any other. */
export function refusalOf(error: unknown): SqlComplaint | undefined {
  const { sqlState, message } = error as Partial<SqlComplaint>;
  return typeof sqlState === 'string' ? { sqlState, message: message ?? '' } : undefined;
}
