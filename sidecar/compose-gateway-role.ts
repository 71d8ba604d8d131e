/** `acm lumadb-gateway prepare`: makes the gateway's tables and its role, as a role that may make such things. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { AcmError } from '../src/errors.js';
import {
  grantsTo,
  quoted,
  type SchemaStatement,
  TABLES,
  TRIGGER,
} from '../src/reconcile/gateway/gateway-schema.js';
import { type Database, DatabaseRefusal } from '../src/store/database.js';
import { PostgresDatabase } from '../src/store/postgres-database.js';

const STEP_MS_MAX = 30_000;
const PASSWORD_BYTES = 24;
const SALT_BYTES = 16;
const ITERATIONS = 4_096;
const KEY_BYTES = 32;

/** What prepare() has done. */
export interface Prepared {
  /** For ACM_GATEWAY_DATABASE_URL; without a password where the role was there before. */
  readonly url: string;
  readonly isNewRole: boolean;
  /** What the engine does without. */
  readonly notes: readonly string[];
}

/**
 * Makes what is missing; what is there stays, and so does the password of a role that is.
 * @throws AcmError
 */
export async function prepareGateway(adminUrl: string, role: string): Promise<Prepared> {
  const database = new PostgresDatabase({ connectionString: adminUrl });
  try {
    const notes: string[] = [];
    for (const statement of [...TABLES, ...TRIGGER]) await take(database, statement, notes);
    const password = await makeRole(database, role);
    await grant(database, role, notes);
    return { url: urlOf(adminUrl, role, password), isNewRole: password !== undefined, notes };
  } finally {
    await database.close();
  }
}

/** The statements for somebody else to run, and the URL that goes with them. */
export function gatewaySql(role: string): { readonly sql: string; readonly url: string } {
  const password = newPassword();
  const statements = [...TABLES, ...TRIGGER, createRole(role, password), ...grantsTo(quoted(role), true)];
  return {
    sql: statements.map(({ text }) => `${text};`).join('\n'),
    url: urlOf('postgres://HOST:5432/DATABASE', role, password),
  };
}

async function take(
  database: Database,
  { text, otherwise }: SchemaStatement,
  notes: string[],
): Promise<void> {
  try {
    await database.run([{ text }], STEP_MS_MAX);
  } catch (error) {
    if (!(error instanceof DatabaseRefusal)) throw error;
    const logged = text.replace('CREATE UNLOGGED TABLE', 'CREATE TABLE');
    if (otherwise !== undefined) notes.push(otherwise);
    else if (logged === text) throw error;
    else await take(database, { text: logged }, notes);
  }
}

/** In one transaction: a gateway that is running must not be without its rights in between. */
async function grant(database: Database, role: string, notes: string[]): Promise<void> {
  try {
    await database.run(grantsTo(quoted(role), true), STEP_MS_MAX);
  } catch (error) {
    if (!(error instanceof DatabaseRefusal)) throw error;
    await database.run(grantsTo(quoted(role), false), STEP_MS_MAX);
    notes.push('the engine has no rights on columns: clients could store rows of any time and sequence');
  }
}

/** @returns the password of a role that was made; undefined for one that was there. */
async function makeRole(database: Database, role: string): Promise<string | undefined> {
  const [found] = await database.run([
    { text: 'SELECT rolsuper FROM pg_roles WHERE rolname = $1', values: [role] },
  ]);
  if (found!.rows[0]?.['rolsuper'] === true)
    throw new AcmError('ACM_CONFLICT', `${role} is a superuser: name another role with --role`);
  if (found!.rows.length > 0) return undefined;
  const password = newPassword();
  await database.run([createRole(role, password)]);
  return password;
}

function createRole(role: string, password: string): SchemaStatement {
  return { text: `CREATE ROLE ${quoted(role)} LOGIN PASSWORD '${verifierOf(password)}'` };
}

function newPassword(): string {
  return randomBytes(PASSWORD_BYTES).toString('base64url');
}

/** What a server keeps of a password (RFC 5802, 3), so that the password itself stands in none of its logs. */
function verifierOf(password: string): string {
  const salt = randomBytes(SALT_BYTES);
  const salted = pbkdf2Sync(password, salt, ITERATIONS, KEY_BYTES, 'sha256');
  const keyOf = (name: string): Buffer => createHmac('sha256', salted).update(name).digest();
  const storedKey = createHash('sha256').update(keyOf('Client Key')).digest('base64');
  const serverKey = keyOf('Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

/** The admin's URL with the role in its place. */
function urlOf(adminUrl: string, role: string, password: string | undefined): string {
  const url = new URL(adminUrl);
  url.username = encodeURIComponent(role);
  url.password = password ?? '';
  return url.toString();
}
