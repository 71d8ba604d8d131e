/** The one table from a database's SQLSTATE to the project's errors (PostgreSQL manual, appendix A). */
import { AcmError } from '../errors.js';
import { DatabaseRefusal } from './database.js';

/** What an ErrorResponse of PostgreSQL says. */
export interface SqlError {
  /** Five characters. */
  readonly sqlState: string;
  readonly message: string;
}

/**
 * Classes whose cause passes by itself or by an operator's hand, while the statement is right: connection (08), who may
 * connect (28), no such database (3D), serialization and deadlock (40), resources (53), state of an object (55),
 * operator's intervention and time limits (57), the system below (58), and defects (XX).
 */
const PASSING_CLASSES: ReadonlySet<string> = new Set(['08', '28', '3D', '40', '53', '55', '57', '58', 'XX']);

/** A server that has become a standby (25006), and limits on transactions that stand still (25P03) or last (25P04). */
const PASSING_STATES: ReadonlySet<string> = new Set(['25006', '25P03', '25P04']);

/** Classes whose messages name tables, columns and constraints. Those of others may quote a phone number. */
const NAMING_CLASSES: ReadonlySet<string> = new Set(['23', '42']);

/** Whether the same statement may succeed later. */
export function isPassing(sqlState: string): boolean {
  return PASSING_CLASSES.has(sqlState.slice(0, 2)) || PASSING_STATES.has(sqlState);
}

/** @param peer names the database for the message: `PostgreSQL at 10.0.0.1:5432`. */
export function errorOfSqlState({ sqlState, message }: SqlError, peer: string, cause: unknown): AcmError {
  const category = sqlState.slice(0, 2);
  if (isPassing(sqlState)) return unavailable(`${peer} ${complaintOf(category, sqlState, message)}`, cause);
  const reason = NAMING_CLASSES.has(category) ? `: ${message}` : '';
  return new DatabaseRefusal(sqlState, `${peer} refuses a statement (SQLSTATE ${sqlState}${reason})`, {
    cause,
  });
}

function complaintOf(category: string, sqlState: string, message: string): string {
  if (category === '28') return `does not let us in (${message}): see the password and pg_hba.conf`;
  if (category === '3D') return `has no such database (${message}): create it, or see the configured name`;
  return `cannot do it now (SQLSTATE ${sqlState}: ${message})`;
}

/** An error that may pass: whoever gets it keeps what it wanted to write, and tries again later. */
export function unavailable(message: string, cause?: unknown): AcmError {
  return new AcmError('ACM_STORE_UNAVAILABLE', message, cause === undefined ? undefined : { cause });
}
