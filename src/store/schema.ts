/**
 * The schema, as the steps that lead to it. A step that has been released is never changed: what follows is a step of its own.
 * Times are timestamptz; numbers are canonical, or keyed hashes (src/admission/number-privacy.ts).
 */

import type { Migration } from './migration.js';
import { ACCESS_STEP } from './schema-access.js';
import { DISCONNECTS } from './schema-disconnects.js';
import { STATISTICS } from './schema-statistics.js';
import { WEBHOOKS } from './schema-webhooks.js';

/** `fraud_alerts`, the calls that are its evidence, and what sidecars and people add to it. */
const ALERTS = [
  `CREATE TABLE fraud_alerts (
     alert_id uuid PRIMARY KEY,
     b_number text NOT NULL,
     a_numbers text[] NOT NULL DEFAULT '{}',
     call_ids text[] NOT NULL DEFAULT '{}',
     source_ips text[] NOT NULL DEFAULT '{}',
     call_count bigint NOT NULL DEFAULT 0,
     detections bigint NOT NULL DEFAULT 0,
     distinct_a_count integer NOT NULL DEFAULT 0,
     window_start timestamptz NOT NULL,
     window_end timestamptz NOT NULL,
     severity text NOT NULL CHECK (severity IN ('MEDIUM', 'HIGH', 'CRITICAL')),
     effect text NOT NULL CHECK (effect IN ('rejecting', 'observing', 'exempt')),
     status text NOT NULL DEFAULT 'NEW' CHECK (status IN ('NEW', 'INVESTIGATING', 'RESOLVED', 'FALSE_POSITIVE')),
     retry_count integer NOT NULL DEFAULT 0,
     policy jsonb NOT NULL,
     created_at timestamptz NOT NULL,
     updated_at timestamptz NOT NULL,
     cools_at timestamptz NOT NULL,
     ended_at timestamptz,
     resolved_at timestamptz,
     assigned_to text NOT NULL DEFAULT '',
     notes text NOT NULL DEFAULT '',
     revision bigint NOT NULL DEFAULT 0)`,
  // At most one open incident for each B-number, whoever detects it.
  'CREATE UNIQUE INDEX fraud_alerts_one_open ON fraud_alerts (b_number) WHERE ended_at IS NULL',
  'CREATE INDEX fraud_alerts_open ON fraud_alerts (cools_at) WHERE ended_at IS NULL',
  'CREATE INDEX fraud_alerts_newest ON fraud_alerts (created_at DESC, (alert_id::text) DESC)',
  'CREATE INDEX fraud_alerts_of_b ON fraud_alerts (b_number, created_at DESC)',
  'CREATE INDEX fraud_alerts_of_a ON fraud_alerts USING gin (a_numbers)',
  'CREATE INDEX fraud_alerts_status ON fraud_alerts (status, created_at DESC)',
  'CREATE INDEX fraud_alerts_settled ON fraud_alerts (revision) WHERE revision > 0',
  // What one sidecar saw of an alert, under the id that it gave out; another sidecar may have opened the alert first.
  `CREATE TABLE alert_sightings (
     sighting_id uuid NOT NULL,
     sidecar_id uuid NOT NULL,
     alert_id uuid NOT NULL,
     call_count bigint NOT NULL,
     detections bigint NOT NULL,
     PRIMARY KEY (sighting_id, sidecar_id))`,
  'CREATE INDEX alert_sightings_of_alert ON alert_sightings (alert_id)',
  `CREATE TABLE alert_history (
     entry_id bigserial PRIMARY KEY,
     alert_id uuid NOT NULL,
     at timestamptz NOT NULL,
     author text NOT NULL,
     changes jsonb NOT NULL)`,
  'CREATE INDEX alert_history_of_alert ON alert_history (alert_id, entry_id)',
  'CREATE INDEX alert_history_at ON alert_history (at)',
  `CREATE TABLE alert_disconnects (
     disconnect_id uuid NOT NULL,
     control text NOT NULL,
     alert_id uuid NOT NULL,
     call_id text NOT NULL,
     from_tag text NOT NULL,
     switch_id text NOT NULL,
     outcome text NOT NULL,
     settled_at timestamptz NOT NULL,
     PRIMARY KEY (disconnect_id, control))`,
  'CREATE INDEX alert_disconnects_of_alert ON alert_disconnects (alert_id, settled_at)',
  // The seed's table: until when an attack on a B-number extends its alert.
  `CREATE VIEW cooldowns AS
     SELECT b_number, alert_id, cools_at AS expires_at FROM fraud_alerts WHERE ended_at IS NULL`,
];

const CALLS = [
  `CREATE TABLE calls (
     call_key uuid PRIMARY KEY,
     call_id text NOT NULL,
     from_tag text NOT NULL,
     a_number text NOT NULL,
     b_number text NOT NULL,
     source_ip text NOT NULL,
     switch_id text NOT NULL,
     trunk text NOT NULL,
     called_at timestamptz NOT NULL,
     decision text NOT NULL,
     reason text NOT NULL,
     sip_status integer NOT NULL,
     sip_reason text NOT NULL,
     flagged boolean NOT NULL,
     alert_id uuid)`,
  'CREATE INDEX calls_unflagged ON calls (called_at) WHERE NOT flagged',
  'CREATE INDEX calls_flagged ON calls (called_at) WHERE flagged',
  'CREATE INDEX calls_of_alert ON calls (alert_id, called_at) WHERE alert_id IS NOT NULL',
  'CREATE INDEX calls_of_b ON calls (b_number, called_at DESC)',
  `CREATE TABLE detection_stats (
     began_at timestamptz NOT NULL,
     sidecar_id uuid NOT NULL,
     checks bigint NOT NULL,
     rejected bigint NOT NULL,
     observed bigint NOT NULL,
     detections bigint NOT NULL,
     alerts bigint NOT NULL,
     latency_sum_ms double precision NOT NULL,
     PRIMARY KEY (began_at, sidecar_id))`,
];

/** Every change of a rule carries the revision that it made, so that a sidecar asks only for what it has not seen. */
const RULES = [
  `CREATE TABLE rule_state (
     only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
     revision bigint NOT NULL DEFAULT 0,
     enforcement_on boolean NOT NULL DEFAULT true,
     enforcement_author text NOT NULL DEFAULT '',
     enforcement_reason text NOT NULL DEFAULT '',
     enforcement_changed_at timestamptz)`,
  'INSERT INTO rule_state DEFAULT VALUES',
  `CREATE TABLE policies (
     scope text NOT NULL CHECK (scope IN ('default', 'b_number', 'trunk', 'b_prefix')),
     value text NOT NULL,
     window_seconds integer,
     threshold integer,
     cooldown_seconds integer,
     enforcement text CHECK (enforcement IN ('enforce', 'shadow')),
     auto_block boolean,
     block_duration_hours integer,
     auto_disconnect boolean,
     anonymous_callers text CHECK (anonymous_callers IN ('per-source', 'one', 'ignore')),
     reason text NOT NULL,
     author text NOT NULL,
     changed_at timestamptz NOT NULL,
     removed_at timestamptz,
     revision bigint NOT NULL,
     PRIMARY KEY (scope, value))`,
  'CREATE INDEX policies_revision ON policies (revision, scope, value)',
  `CREATE TABLE whitelist (
     entry_id uuid PRIMARY KEY,
     b_number text,
     b_number_prefix text,
     a_number_prefix text,
     ip_range text,
     trunk text,
     reason text NOT NULL,
     author text NOT NULL,
     alert_id uuid,
     changed_at timestamptz NOT NULL,
     expires_at timestamptz,
     removed_at timestamptz,
     revision bigint NOT NULL,
     CHECK (num_nonnulls(b_number, b_number_prefix, a_number_prefix, ip_range, trunk) = 1))`,
  'CREATE INDEX whitelist_revision ON whitelist (revision, entry_id)',
  'CREATE INDEX whitelist_newest ON whitelist (changed_at DESC, (entry_id::text) DESC)',
  'CREATE INDEX whitelist_past ON whitelist (LEAST(removed_at, expires_at))',
  `CREATE TABLE blocked_patterns (
     block_id bigserial PRIMARY KEY,
     a_number text NOT NULL,
     b_number text NOT NULL,
     reason text NOT NULL,
     author text NOT NULL,
     alert_id uuid,
     changed_at timestamptz NOT NULL,
     expires_at timestamptz NOT NULL,
     removed_at timestamptz,
     revision bigint NOT NULL,
     UNIQUE (b_number, a_number))`,
  'CREATE INDEX blocked_patterns_revision ON blocked_patterns (revision, block_id)',
  'CREATE INDEX blocked_patterns_of_alert ON blocked_patterns (alert_id) WHERE alert_id IS NOT NULL',
  'CREATE INDEX blocked_patterns_of_a ON blocked_patterns (a_number)',
  'CREATE INDEX blocked_patterns_newest ON blocked_patterns (changed_at DESC, block_id DESC)',
  'CREATE INDEX blocked_patterns_past ON blocked_patterns (LEAST(removed_at, expires_at))',
];

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'alerts, calls, rules', statements: [...ALERTS, ...CALLS, ...RULES] },
  ACCESS_STEP,
  STATISTICS,
  WEBHOOKS,
  DISCONNECTS,
];
