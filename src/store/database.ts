/**
 * What both databases offer: statements of the PostgreSQL dialect, run together or not at all. There is no transaction
 * that waits for its caller in between, so none can be left open by a caller that has stalled.
 */
import { AcmError } from '../errors.js';

export interface Statement {
  /** One statement; two in one text are refused (42601). */
  readonly text: string;
  /** For `$1`, `$2`, ...: numbers, strings, booleans, null, Date, and arrays of these (cast them: `$1::text[]`). */
  readonly values?: readonly unknown[];
}

/** What one statement came to. */
export interface Outcome {
  /** By column name. timestamptz is a Date, int8 and numeric a number, jsonb is parsed, arrays are arrays. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Rows read or changed. */
  readonly count: number;
}

/** Milliseconds that a run may take unless it says otherwise: a person waits for it, or a bounded queue. */
export const RUN_MS_MAX = 2_000;

export interface Database {
  readonly kind: 'postgresql' | 'embedded';
  /** True once it can never answer again (its worker has died): whoever owns it closes it and opens another. */
  readonly lost: boolean;
  /**
   * Runs statements in order, in one transaction; a single one without BEGIN, as VACUUM asks for. Settles within the
   * deadline whatever the other side does; after a deadline it is not known whether they took effect, so what is
   * repeated must be idempotent.
   * @throws AcmError ACM_STORE_UNAVAILABLE (transient), or DatabaseRefusal for statements that can never succeed.
   */
  run(statements: readonly Statement[], deadlineMs?: number): Promise<readonly Outcome[]>;
  /** Gives connections and locks up. Settles within two seconds. */
  close(): Promise<void>;
}

/** The database understood and said no: repeating it as it is cannot help, unless somebody else's transaction was in the way. */
export class DatabaseRefusal extends AcmError {
  override readonly name = 'DatabaseRefusal';

  constructor(
    /** Five characters: PostgreSQL manual, appendix A. */
    readonly sqlState: string,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super('ACM_STORE_REFUSED', message, options);
  }
}
