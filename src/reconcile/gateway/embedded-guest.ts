/**
 * In the embedded database everybody is its superuser, and statements of others run as a role by `SET LOCAL ROLE`. That keeps
 * them to the tables only if they cannot leave the role again, which takes SET or set_config(); and nothing can end a statement
 * there but ending the database. So this holds back mistakes and the curious; against an attacker take PostgreSQL.
 */
import { grantsTo, type SchemaStatement } from './gateway-schema.js';

export const GUEST_ROLE = 'acm_gateway_guest';

/** Leaving the role, files, large objects, running text, waiting. */
const FORBIDDEN = [
  'set_config',
  'lo\\_%',
  'query\\_to\\_%',
  'cursor\\_to\\_%',
  'database\\_to\\_%',
  'ts\\_stat',
  'ts\\_rewrite',
  'pg\\_sleep%',
  'pg\\_terminate%',
  'pg\\_cancel%',
  'pg\\_notify',
];

/** Does nothing where it has been done. */
export const GUEST_SETUP: readonly SchemaStatement[] = [
  {
    text: `DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '${GUEST_ROLE}') THEN CREATE ROLE ${GUEST_ROLE}; END IF;
END $$`,
  },
  {
    text: `DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT p.oid::regprocedure::text FROM pg_proc p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname LIKE ANY (ARRAY[${FORBIDDEN.map((each) => `'${each}'`).join(', ')}])
  LOOP EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', name); END LOOP;
END $$`,
  },
  { text: 'REVOKE CREATE ON SCHEMA public FROM PUBLIC' },
  { text: 'REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC' },
  ...grantsTo(GUEST_ROLE, true),
];
