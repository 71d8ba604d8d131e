/**
 * The gateway's tables, and the role that may do nothing but use them. UNLOGGED: deltas are worth nothing after some
 * minutes, and should go into no journal and no archive; what a crash empties, sidecars tell again. Engines that know no
 * such tables, triggers or notifications do without.
 */
import { DELTAS } from '../luma-statements.js';
import { PAYLOAD_BYTES_MAX } from './payload.js';

/** By this name changes are told of. */
export const CHANNEL = DELTAS;
const SEQUENCE = 'window_deltas_sequence';
/** What a number holds exactly: rows are read by all, so none may be beyond what is readable. */
const EXACT_MAX = Number.MAX_SAFE_INTEGER;
const FUNCTION = 'tell_of_window_deltas';

/** One statement, and whether an engine may refuse it. */
export interface SchemaStatement {
  readonly text: string;
  /** Said when an engine refuses it; undefined where it must succeed. */
  readonly otherwise?: string;
}

/** Makes what is missing. Nothing is changed where all is there. */
export const TABLES: readonly SchemaStatement[] = [
  { text: `CREATE SEQUENCE IF NOT EXISTS ${SEQUENCE}` },
  {
    text: `CREATE UNLOGGED TABLE IF NOT EXISTS ${DELTAS} (
  sequence bigint PRIMARY KEY DEFAULT nextval('${SEQUENCE}') CHECK (sequence BETWEEN 1 AND ${EXACT_MAX}),
  stored_at_ms bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000)::bigint
    CHECK (stored_at_ms BETWEEN 0 AND ${EXACT_MAX}),
  epoch text NOT NULL,
  delta bytea NOT NULL CHECK (octet_length(delta) <= ${PAYLOAD_BYTES_MAX}))`,
  },
  { text: `CREATE INDEX IF NOT EXISTS ${DELTAS}_by_time ON ${DELTAS} (stored_at_ms, sequence)` },
  {
    text: 'CREATE UNLOGGED TABLE IF NOT EXISTS window_epoch (singleton boolean PRIMARY KEY CHECK (singleton), epoch text NOT NULL)',
  },
];

/** Tells the gateways of each change. */
export const TRIGGER: readonly SchemaStatement[] = [
  {
    text: `CREATE OR REPLACE FUNCTION ${FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_notify('${CHANNEL}', ''); RETURN NULL; END $$`,
    otherwise: 'the engine has no notifications: gateways ask it for news every 20 ms',
  },
  { text: `DROP TRIGGER IF EXISTS ${FUNCTION} ON ${DELTAS}`, otherwise: 'the engine has no triggers' },
  {
    text: `CREATE TRIGGER ${FUNCTION} AFTER INSERT ON ${DELTAS} FOR EACH STATEMENT EXECUTE FUNCTION ${FUNCTION}()`,
    otherwise: 'the engine has no triggers of this kind: gateways ask it for news every 20 ms',
  },
];

/**
 * What the role may do. It cannot say when, and in which place, a row was stored: one far in the future would stay for ever,
 * and hide others.
 * @param role quoted.
 * @param byColumn whether the engine has rights on columns.
 */
export function grantsTo(role: string, byColumn: boolean): readonly SchemaStatement[] {
  return [
    { text: `REVOKE ALL ON ${DELTAS}, window_epoch FROM ${role}` },
    { text: `GRANT SELECT, DELETE ON ${DELTAS} TO ${role}` },
    { text: `GRANT INSERT${byColumn ? ' (epoch, delta)' : ''} ON ${DELTAS} TO ${role}` },
    { text: `GRANT SELECT, INSERT, DELETE ON window_epoch TO ${role}` },
    { text: `GRANT USAGE ON SEQUENCE ${SEQUENCE} TO ${role}` },
  ];
}

/** An identifier, quoted (PostgreSQL manual, 4.1.1). */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
