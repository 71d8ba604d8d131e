/**
 * Whether the role by which the gateway is connected may do no more than it must. What clients ask runs under it, so a role
 * that can do more hands that to every client.
 */
import type { Log } from '../../admission/ports.js';
import { DELTAS } from '../luma-statements.js';
import { type GatewayDatabase, refusalOf } from './gateway-database.js';

const READ_MS_MAX = 1_000;
const PREPARE = 'run `acm lumadb-gateway prepare`';
const OURS = `('${DELTAS}', 'window_epoch')`;

const ROLE = `SELECT r.rolname, r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls AS is_strong,
  EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid) AS is_member,
  to_regclass('${DELTAS}') IS NULL OR to_regclass('window_epoch') IS NULL AS is_missing,
  has_database_privilege(current_database(), 'TEMPORARY') AS may_temporary,
  has_schema_privilege(current_schema(), 'CREATE') AS may_create
  FROM pg_roles r WHERE r.rolname = current_user`;

/** Tables that the role can touch, or owns. Those that come with an extension are everybody's. */
const TOUCHED = `SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname NOT LIKE 'pg\\_%'
    AND (pg_has_role(c.relowner, 'MEMBER') OR c.relname NOT IN ${OURS} AND has_schema_privilege(n.oid, 'USAGE')
      AND (has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
        OR has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')))
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  ORDER BY 1 LIMIT 5`;

/**
 * @returns what is wrong, and what to do; '' for nothing.
 * @throws AcmError ACM_STORE_UNAVAILABLE
 */
export async function examineRole(database: Pick<GatewayDatabase, 'read'>, log: Log): Promise<string> {
  try {
    const [role] = await rowsOf(database, ROLE);
    const name = String(role?.['rolname']);
    if (role?.['is_strong'] === true)
      return `the role ${name} is a superuser, or may make roles or databases, and every client would be: ${PREPARE}, which makes one that may not`;
    if (role?.['is_member'] === true)
      return `the role ${name} is a member of others, whose rights every client would have: ${PREPARE}, which makes one that is not`;
    if (role?.['is_missing'] === true)
      return `the tables ${DELTAS} and window_epoch are not there: ${PREPARE}`;
    const touched = (await rowsOf(database, TOUCHED)).map((row) => String(row['name']));
    if (touched.length > 0)
      return `the role ${name} owns, or has rights on, ${touched.join(', ')}, and every client would have them: ${PREPARE}, which makes one that has none, or take these rights away`;
    if (role?.['may_temporary'] === true || role?.['may_create'] === true)
      log.debug(
        { role: name },
        'the role may make tables of its own; REVOKE TEMPORARY ON DATABASE ... FROM PUBLIC, and CREATE ON SCHEMA ..., would end that',
      );
    return '';
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    log.warn(
      { detail: refusal.message },
      'it cannot be found out what the role of the gateway may do: the engine has not the catalogue of PostgreSQL',
    );
    return '';
  }
}

async function rowsOf(database: Pick<GatewayDatabase, 'read'>, text: string) {
  const [outcome] = await database.read([{ text }], READ_MS_MAX);
  return outcome!.rows;
}
