/** What `acm block ...` does. Each function throws AcmError if the sidecar refuses or does not answer. */
import type { Writable } from 'node:stream';
import type { Config } from '../../src/config.js';
import { type Block, BlockServiceClient, type NewBlock } from '../../src/gen/acm/v1/management.js';
import { type Ask, withSidecar } from '../ask-sidecar.js';
import { BLOCK_CSV } from '../csv/block-csv.js';
import { blockedInWords, blockTable } from '../words/block-words.js';
import { readableJson } from '../words/readable-json.js';
import { requiredExpiryOf } from './expiry.js';
import { everyPage, firstOf, type PageAnswer, type PageRequest } from './pages.js';
import { exportAll, importAll } from './transfers.js';

type Print = (text: string) => void;
type Stub = BlockServiceClient;

export interface BlockListOptions {
  readonly a: string;
  readonly b: string;
  readonly limit: number;
  readonly json?: true;
}

export async function listBlocks(config: Config, options: BlockListOptions, print: Print): Promise<void> {
  const { items, more } = await withSidecar(config, BlockServiceClient, (stub, ask) =>
    firstOf(options.limit, (page) => askBlocks(stub, ask, options, page)),
  );
  print(options.json ? readableJson(items) : blockTable(items, more));
}

async function askBlocks(
  stub: Stub,
  ask: Ask,
  { a, b }: { readonly a: string; readonly b: string },
  page: PageRequest,
): Promise<PageAnswer<Block>> {
  const { blocks, nextPageToken } = await ask(stub.listBlocks, { aNumber: a, bNumber: b, ...page });
  return { items: blocks, nextPageToken };
}

export interface BlockOptions {
  readonly a: string;
  readonly b: string;
  readonly for?: Date;
  readonly until?: Date;
  readonly author: string;
}

export async function addBlock(
  config: Config,
  options: BlockOptions & { readonly reason: string },
  print: Print,
): Promise<void> {
  const { a: aNumber, b: bNumber, author, reason } = options;
  const block = { aNumber, bNumber, expiresAt: requiredExpiryOf(options), reason };
  const { blocks } = await withSidecar(config, BlockServiceClient, (stub, ask) =>
    ask(stub.addBlocks, { blocks: [block], author }),
  );
  for (const each of blocks) print(blockedInWords(each));
}

export async function removeBlock(config: Config, options: BlockOptions, print: Print): Promise<void> {
  const { a: aNumber, b: bNumber, author } = options;
  await withSidecar(config, BlockServiceClient, (stub, ask) =>
    ask(stub.removeBlock, { aNumber, bNumber, author }),
  );
  print(`${aNumber} may call ${bNumber} again.`);
}

export async function expireBlock(config: Config, options: BlockOptions, print: Print): Promise<void> {
  const { a: aNumber, b: bNumber, author } = options;
  const expiresAt = requiredExpiryOf(options);
  await withSidecar(config, BlockServiceClient, (stub, ask) =>
    ask(stub.setBlockExpiry, { aNumber, bNumber, expiresAt, author }),
  );
  print(blockedInWords({ aNumber, bNumber, expiresAt }));
}

export async function importBlocks(
  config: Config,
  path: string,
  { author }: { readonly author: string },
  print: Print,
): Promise<void> {
  await withSidecar(config, BlockServiceClient, (stub, ask) =>
    importAll(BLOCK_CSV, path, (blocks: NewBlock[]) => ask(stub.addBlocks, { blocks, author }), print),
  );
}

export async function exportBlocks(config: Config, out: Writable): Promise<void> {
  await withSidecar(config, BlockServiceClient, (stub, ask) =>
    exportAll(
      BLOCK_CSV,
      everyPage((page) => askBlocks(stub, ask, { a: '', b: '' }, page)),
      out,
    ),
  );
}
