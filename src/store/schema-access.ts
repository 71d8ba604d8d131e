/** The second step of the schema: access tokens, and the audit log. */
import type { Migration } from './migration.js';

/** Rows stay for good: an id must never name another token, and once there was one, managing takes one. */
const TOKENS = [
  `CREATE TABLE access_tokens (
     token_id text PRIMARY KEY,
     name text NOT NULL,
     hash text NOT NULL,
     scopes text[] NOT NULL,
     author text NOT NULL,
     created_at timestamptz NOT NULL,
     expires_at timestamptz,
     revoked_at timestamptz,
     revision bigint NOT NULL)`,
  'CREATE INDEX access_tokens_revision ON access_tokens (revision, token_id)',
];

/**
 * Each entry's hash covers its content and the hash of the one before (src/admission/audit-chain.ts), so what was is kept as
 * text, to the letter. The head says how far the log reaches, and where it begins since the oldest entries were dropped.
 */
const AUDIT = [
  `CREATE TABLE audit_log (
     entry_id bigint PRIMARY KEY,
     at timestamptz NOT NULL,
     actor text NOT NULL,
     origin text NOT NULL,
     action text NOT NULL,
     target text NOT NULL,
     before_json text NOT NULL,
     after_json text NOT NULL,
     hash text NOT NULL)`,
  'CREATE INDEX audit_log_at ON audit_log (at)',
  'CREATE INDEX audit_log_of_target ON audit_log (target, entry_id)',
  'CREATE INDEX audit_log_of_actor ON audit_log (actor, entry_id)',
  `CREATE TABLE audit_head (
     only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
     entry_id bigint NOT NULL DEFAULT 0,
     hash text NOT NULL DEFAULT '',
     dropped_to bigint NOT NULL DEFAULT 0,
     dropped_hash text NOT NULL DEFAULT '')`,
  'INSERT INTO audit_head DEFAULT VALUES',
  // Append-only, but for housekeeping, which says what it does.
  `CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       IF TG_OP = 'DELETE' AND current_setting('acm.drops_audit', true) = 'on' THEN RETURN OLD; END IF;
       RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
     END $$`,
  `CREATE TRIGGER audit_log_rows BEFORE UPDATE OR DELETE ON audit_log
     FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()`,
  `CREATE TRIGGER audit_log_whole BEFORE TRUNCATE ON audit_log
     FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`,
];

export const ACCESS_STEP: Migration = {
  version: 2,
  name: 'tokens and the audit log',
  statements: [...TOKENS, ...AUDIT],
};
