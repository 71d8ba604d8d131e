/** What has changed in the rules since a revision, page by page; from NEVER on, everything that is in force. */
import type { Scope } from '../admission/access.js';
import type { StoredIncident } from '../admission/incident.js';
import type { WallClock } from '../admission/ports.js';
import type { RuleChanges } from '../admission/stored-rules.js';
import type { Severity } from '../detection/masking-rule.js';
import type { Row } from './alert-rows.js';
import type { Database, Statement } from './database.js';
import { allowlistScopeOf, enforcementOf, policyScopeOf, termsOf } from './rule-rows.js';

/** The revision of a sidecar that has read nothing yet. */
export const NEVER = -1;

/** Hands on each page of changes; what it has handed on when it throws stays in force. */
export type ApplyChanges = (changes: RuleChanges) => Promise<void>;

/** A table that is read in the order of its revisions. */
interface RuleTable {
  readonly name: string;
  /** What is read of it besides the revision, as SQL. */
  readonly columns: readonly string[];
  /** Tells rows of one revision apart. */
  readonly key: readonly { readonly column: string; readonly type: string }[];
  readonly changesOf: (rows: readonly Row[]) => Partial<RuleChanges>;
  /** False in SQL for what is no longer in force; `$now` stands for the time. */
  readonly inForce: string;
}

const REMOVED = 'removed_at IS NOT NULL AS removed';
const EXPIRES = '(extract(epoch FROM expires_at) * 1000)::bigint AS expires_ms';

const TABLES: readonly RuleTable[] = [
  {
    name: 'policies',
    columns: [
      'scope',
      'value',
      'window_seconds',
      'threshold',
      'cooldown_seconds',
      'enforcement',
      'auto_block',
      'block_duration_hours',
      'auto_disconnect',
      'anonymous_callers',
      REMOVED,
    ],
    key: [
      { column: 'scope', type: 'text' },
      { column: 'value', type: 'text' },
    ],
    changesOf: (rows) => ({
      policies: kept(rows).map((row) => ({
        scope: policyScopeOf(row),
        terms: termsOf(row),
        revision: row['revision'] as number,
      })),
      removedPolicies: removed(rows).map(policyScopeOf),
    }),
    inForce: 'removed_at IS NULL',
  },
  {
    name: 'whitelist',
    columns: [
      'entry_id',
      'b_number',
      'b_number_prefix',
      'a_number_prefix',
      'ip_range',
      'trunk',
      EXPIRES,
      REMOVED,
    ],
    key: [{ column: 'entry_id', type: 'uuid' }],
    changesOf: (rows) => ({
      allowlist: kept(rows).map((row) => ({
        entryId: row['entry_id'] as string,
        scope: allowlistScopeOf(row),
        expiresAt: row['expires_ms'] === null ? undefined : new Date(row['expires_ms'] as number),
      })),
      removedAllowlist: removed(rows).map((row) => row['entry_id'] as string),
    }),
    inForce: 'removed_at IS NULL AND (expires_at IS NULL OR expires_at > $now)',
  },
  {
    name: 'blocked_patterns',
    columns: ['block_id', 'a_number', 'b_number', EXPIRES, REMOVED],
    key: [{ column: 'block_id', type: 'bigint' }],
    changesOf: (rows) => ({
      blocks: kept(rows).map((row) => ({
        ...pairOf(row),
        expiresAt: new Date(row['expires_ms'] as number),
      })),
      removedBlocks: removed(rows).map(pairOf),
    }),
    inForce: 'removed_at IS NULL AND expires_at > $now',
  },
  {
    name: 'access_tokens',
    columns: ['token_id', 'name', 'hash', 'scopes', EXPIRES, 'revoked_at IS NOT NULL AS removed'],
    key: [{ column: 'token_id', type: 'text' }],
    changesOf: (rows) => ({
      tokens: rows.map((row) => ({
        tokenId: row['token_id'] as string,
        name: row['name'] as string,
        hash: row['hash'] as string,
        scopes: row['scopes'] as Scope[],
        expiresAt: row['expires_ms'] === null ? undefined : new Date(row['expires_ms'] as number),
        revoked: row['removed'] as boolean,
      })),
    }),
    // Also one that is revoked tells that there are tokens.
    inForce: 'true',
  },
];

/** The newest revision that is committed, and the switch. */
export async function currentState(
  database: Database,
): Promise<Pick<RuleChanges, 'enforcement'> & { revision: number }> {
  const [{ rows }] = await database.run([{ text: 'SELECT * FROM rule_state' }]);
  return { revision: rows[0]['revision'] as number, enforcement: enforcementOf(rows[0]) };
}

/**
 * Reads what changed after `since` and hands it on.
 * @returns the revision that everything up to which has been handed on.
 */
export async function readChanges(
  database: Database,
  since: number,
  rowsPerPage: number,
  now: Date,
  apply: ApplyChanges,
): Promise<number> {
  const { revision, enforcement } = await currentState(database);
  const changes = (part: Partial<RuleChanges>): RuleChanges => ({ ...NOTHING, ...part, enforcement });
  if (revision > since) {
    for (const table of TABLES) {
      await readTable(database, table, { since, revision, rowsPerPage, now }, (rows) =>
        apply(changes(table.changesOf(rows))),
      );
    }
    if (since !== NEVER) await apply(changes({ settledAlerts: await settledAlerts(database, since) }));
  }
  await apply(changes({}));
  return revision;
}

interface Reading {
  readonly since: number;
  readonly revision: number;
  readonly rowsPerPage: number;
  readonly now: Date;
}

/** The next page is on its way while one is put into force. */
async function readTable(
  database: Database,
  table: RuleTable,
  reading: Reading,
  handOn: (rows: readonly Row[]) => Promise<void>,
): Promise<void> {
  const read = (last: Row | undefined) => readPage(database, table, pageStatement(table, reading, last));
  let page = await read(undefined);
  for (;;) {
    const next = page.length < reading.rowsPerPage ? undefined : read(page.at(-1));
    // If handing on fails, nobody waits for the page any more.
    next?.catch(() => undefined);
    if (page.length > 0) await handOn(page);
    if (next === undefined) return;
    page = await next;
  }
}

/** Of a table that was never analysed the planner would sort all rows for each page, with the index before its eyes. */
const BY_THE_INDEX: Statement = {
  text: `SELECT set_config('enable_sort', 'off', true), set_config('enable_seqscan', 'off', true),
    set_config('enable_bitmapscan', 'off', true)`,
};

/** A page comes as one list for each column: that takes a fraction of the time that rows of their own do. */
async function readPage(
  database: Database,
  { columns }: RuleTable,
  { text, values = [] }: Statement,
): Promise<readonly Row[]> {
  const names = ['revision', ...columns.map((column) => column.split(' ').at(-1) ?? column)];
  const lists = names.map((name) => `json_agg(${name}) AS ${name}`).join(', ');
  const [, { rows }] = await database.run([
    BY_THE_INDEX,
    { text: `SELECT ${lists} FROM (${text}) AS page`, values },
  ]);
  return rowsOf(names, rows[0] as Readonly<Record<string, readonly unknown[] | null>>);
}

/** The lists as rows. Written out, since it runs a million times while the first call waits. */
function rowsOf(
  names: readonly string[],
  lists: Readonly<Record<string, readonly unknown[] | null>>,
): readonly Row[] {
  const count = lists['revision']?.length ?? 0;
  const columns = names.map((name) => lists[name] ?? []);
  const rows: Row[] = [];
  for (let i = 0; i < count; i++) {
    const row: Record<string, unknown> = {};
    for (let column = 0; column < names.length; column++) row[names[column]] = columns[column][i];
    rows.push(row);
  }
  return rows;
}

function pageStatement(
  table: RuleTable,
  { since, revision, rowsPerPage, now }: Reading,
  last: Row | undefined,
): Statement {
  const keys = table.key.map(({ column }) => column);
  const order = ['revision', ...keys].join(', ');
  const values: unknown[] = [revision, last === undefined ? since : last['revision'], rowsPerPage];
  const places = table.key.map(({ type }, i) => `$${i + 4}::${type}`);
  const after = last === undefined ? 'revision > $2' : `(${order}) > ($2::bigint, ${places.join(', ')})`;
  if (last !== undefined) values.push(...keys.map((key) => last[key]));
  // At first only what is in force matters; afterwards also what has ceased to be.
  let condition = '';
  if (since === NEVER) {
    if (table.inForce.includes('$now')) values.push(now);
    condition = `AND ${table.inForce.replace('$now', `$${values.length}`)}`;
  }
  return {
    text: `SELECT revision, ${table.columns.join(', ')} FROM ${table.name}
           WHERE revision <= $1 AND ${after} ${condition} ORDER BY ${order} LIMIT $3`,
    values,
  };
}

/** Alerts that people have settled since, by every id that was given out for them. */
async function settledAlerts(database: Database, since: number): Promise<string[]> {
  const [{ rows }] = await database.run([
    {
      text: `SELECT f.alert_id FROM fraud_alerts f WHERE f.revision > $1
             UNION SELECT s.sighting_id FROM fraud_alerts f JOIN alert_sightings s ON s.alert_id = f.alert_id
               WHERE f.revision > $1`,
      values: [since],
    },
  ]);
  return rows.map((row) => row['alert_id'] as string);
}

/** The incidents that are open: detections that follow within their cooldown extend them. */
export async function openIncidents(
  database: Database,
  clock: WallClock,
  limit: number,
): Promise<StoredIncident[]> {
  const [{ rows }] = await database.run([
    {
      text: `SELECT alert_id, b_number, effect, created_at, window_end, distinct_a_count, severity FROM fraud_alerts
             WHERE ended_at IS NULL ORDER BY cools_at DESC LIMIT $1`,
      values: [limit],
    },
  ]);
  return rows.map((row) => ({
    alertId: row['alert_id'] as string,
    bNumber: row['b_number'] as string,
    exempt: row['effect'] === 'exempt',
    openedMs: clock.monotonicMsOf(row['created_at'] as Date),
    lastDetectionMs: clock.monotonicMsOf(row['window_end'] as Date),
    distinctMax: row['distinct_a_count'] as number,
    severity: String(row['severity']).toLowerCase() as Severity,
  }));
}

const NOTHING: Omit<RuleChanges, 'enforcement'> = {
  policies: [],
  removedPolicies: [],
  allowlist: [],
  removedAllowlist: [],
  blocks: [],
  removedBlocks: [],
  settledAlerts: [],
  tokens: [],
};

function kept(rows: readonly Row[]): Row[] {
  return rows.filter((row) => row['removed'] === false);
}

function removed(rows: readonly Row[]): Row[] {
  return rows.filter((row) => row['removed'] === true);
}

function pairOf(row: Row): { aNumber: string; bNumber: string } {
  return { aNumber: row['a_number'] as string, bNumber: row['b_number'] as string };
}
