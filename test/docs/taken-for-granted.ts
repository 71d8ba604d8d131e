/** What a document takes for granted: a PostgreSQL on its default port, with the role and the database `acm`. */
import pg from 'pg';
import { startPostgres } from '../support/postgres.js';

const PORT = 5432;

/** @param typed all commands of the document. */
export async function takenForGranted(typed: string): Promise<{ close(): Promise<void> }> {
  if (!/postgres(ql)?:\/\/|\b(psql|pg_dump|pg_restore|createdb|createuser)\b/.test(typed))
    return { close: async () => undefined };
  const server = await startPostgres({ port: PORT, user: 'postgres', auth: 'trust' });
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  // A document that begins by making them finds none.
  const [beforeUse = ''] = typed.split(/postgres(?:ql)?:\/\//);
  if (!/createuser|create role/i.test(beforeUse))
    await client.query(`CREATE ROLE acm LOGIN PASSWORD 'secret'`);
  if (!/createdb|create database/i.test(beforeUse)) await client.query('CREATE DATABASE acm OWNER acm');
  await client.end();
  return { close: () => server.stop() };
}

/** Names of other machines in commands: all of them lead to this one. */
export function hostNames(typed: string): string[] {
  const names = [
    ...[...typed.matchAll(/@([a-z][\w.-]*)[:/]/g)].map(([, name = '']) => name),
    ...[...typed.matchAll(/\b[a-z][\w.-]*\.example\b/g)].map(([name]) => name),
  ];
  return [...new Set(names)].filter((name) => name !== 'localhost');
}
