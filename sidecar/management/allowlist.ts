/** What `acm allow ...` does. Each function throws AcmError if the sidecar refuses or does not answer. */
import type { Writable } from 'node:stream';
import type { Config } from '../../src/config.js';
import { AcmError } from '../../src/errors.js';
import {
  type AllowlistEntry,
  type AllowlistScope,
  AllowlistServiceClient,
  type NewAllowlistEntry,
} from '../../src/gen/acm/v1/management.js';
import { type Ask, withSidecar } from '../ask-sidecar.js';
import { ALLOWLIST_CSV } from '../csv/allowlist-csv.js';
import { allowedInWords, allowlistTable } from '../words/allowlist-words.js';
import { readableJson } from '../words/readable-json.js';
import { atSecond } from '../words/times.js';
import { type ExpiryOptions, expiryOf, requiredExpiryOf } from './expiry.js';
import { everyPage, firstOf, type PageAnswer, type PageRequest } from './pages.js';
import { exportAll, importAll } from './transfers.js';

type Print = (text: string) => void;

export interface AllowListOptions {
  readonly limit: number;
  readonly json?: true;
}

export async function listAllowed(config: Config, options: AllowListOptions, print: Print): Promise<void> {
  const { items, more } = await withSidecar(config, AllowlistServiceClient, (stub, ask) =>
    firstOf(options.limit, (page) => askEntries(stub, ask, page)),
  );
  print(options.json ? readableJson(items) : allowlistTable(items, more));
}

async function askEntries(
  stub: AllowlistServiceClient,
  ask: Ask,
  page: PageRequest,
): Promise<PageAnswer<AllowlistEntry>> {
  const { entries, nextPageToken } = await ask(stub.listAllowlistEntries, page);
  return { items: entries, nextPageToken };
}

export interface AllowOptions extends ExpiryOptions {
  readonly b?: string;
  readonly bPrefix?: string;
  readonly aPrefix?: string;
  readonly source?: string;
  readonly trunk?: string;
  readonly reason: string;
  readonly author: string;
}

export async function addAllowed(config: Config, options: AllowOptions, print: Print): Promise<void> {
  const { reason, author } = options;
  const entry = { entryId: '', scope: scopeOf(options), expiresAt: expiryOf(options), reason };
  const { entries } = await withSidecar(config, AllowlistServiceClient, (stub, ask) =>
    ask(stub.addAllowlistEntries, { entries: [entry], author }),
  );
  for (const each of entries) print(allowedInWords(each));
}

export async function removeAllowed(
  config: Config,
  entryId: string,
  { author }: { readonly author: string },
  print: Print,
): Promise<void> {
  await withSidecar(config, AllowlistServiceClient, (stub, ask) =>
    ask(stub.removeAllowlistEntry, { entryId, author }),
  );
  print(`Entry ${entryId} is removed.`);
}

export async function expireAllowed(
  config: Config,
  entryId: string,
  options: ExpiryOptions & { readonly never?: true; readonly author: string },
  print: Print,
): Promise<void> {
  const expiresAt = options.never ? undefined : requiredExpiryOf(options);
  await withSidecar(config, AllowlistServiceClient, (stub, ask) =>
    ask(stub.setAllowlistExpiry, { entryId, expiresAt, author: options.author }),
  );
  print(
    `Entry ${entryId} is in force until ${expiresAt === undefined ? 'it is removed' : atSecond(expiresAt)}.`,
  );
}

export async function importAllowed(
  config: Config,
  path: string,
  { author }: { readonly author: string },
  print: Print,
): Promise<void> {
  await withSidecar(config, AllowlistServiceClient, (stub, ask) => {
    const write = (entries: NewAllowlistEntry[]) => ask(stub.addAllowlistEntries, { entries, author });
    return importAll(ALLOWLIST_CSV, path, write, print);
  });
}

export async function exportAllowed(config: Config, out: Writable): Promise<void> {
  await withSidecar(config, AllowlistServiceClient, (stub, ask) =>
    exportAll(
      ALLOWLIST_CSV,
      everyPage((page) => askEntries(stub, ask, page)),
      out,
    ),
  );
}

function scopeOf({ b, bPrefix, aPrefix, source, trunk }: AllowOptions): AllowlistScope {
  const scopes: AllowlistScope['scope'][] = [];
  if (b !== undefined) scopes.push({ $case: 'bNumber', value: b });
  if (bPrefix !== undefined) scopes.push({ $case: 'bPrefix', value: bPrefix });
  if (aPrefix !== undefined) scopes.push({ $case: 'aPrefix', value: aPrefix });
  if (source !== undefined) scopes.push({ $case: 'source', value: source });
  if (trunk !== undefined) scopes.push({ $case: 'trunk', value: trunk });
  if (scopes.length !== 1)
    throw new AcmError(
      'ACM_INVALID_ARGUMENT',
      'which calls? Give one of --b, --b-prefix, --a-prefix, --source, --trunk',
    );
  return { scope: scopes[0] };
}
