/** What `acm token ...` does. Each function throws AcmError if the sidecar or the store refuses or does not answer. */
import type { Config } from '../../src/config.js';
import { TokenServiceClient } from '../../src/gen/acm/v1/access.js';
import { withSidecar } from '../ask-sidecar.js';
import { readableJson } from '../words/readable-json.js';
import { madeTokenInWords, tokenTable } from '../words/token-words.js';
import { type ExpiryOptions, expiryOf } from './expiry.js';
import { firstOf } from './pages.js';

type Print = (text: string) => void;

export interface TokenInitOptions extends ExpiryOptions {
  readonly name: string;
  readonly author: string;
}

export async function initToken(config: Config, options: TokenInitOptions, print: Print): Promise<void> {
  const { makeFirstToken } = await import('../compose-first-token.js');
  const { name, author } = options;
  const { token, stored } = await makeFirstToken(config, { name, author, expiresAt: expiryOf(options) });
  print(madeTokenInWords(token, stored));
}

export interface TokenCreateOptions extends TokenInitOptions {
  readonly scope: string[];
  readonly json?: true;
}

export async function createToken(config: Config, options: TokenCreateOptions, print: Print): Promise<void> {
  const { name, author, scope: scopes } = options;
  const made = await withSidecar(config, TokenServiceClient, (stub, ask) =>
    ask(stub.createToken, { name, scopes, expiresAt: expiryOf(options), author }),
  );
  if (options.json) print(readableJson(made));
  else if (made.token !== undefined) print(madeTokenInWords(made.secret, made.token));
}

export interface TokenListOptions {
  readonly limit: number;
  readonly json?: true;
}

export async function listTokens(config: Config, options: TokenListOptions, print: Print): Promise<void> {
  const { items, more } = await withSidecar(config, TokenServiceClient, (stub, ask) =>
    firstOf(options.limit, async (page) => {
      const { tokens, nextPageToken } = await ask(stub.listTokens, page);
      return { items: tokens, nextPageToken };
    }),
  );
  print(options.json ? readableJson(items) : tokenTable(items, more, new Date()));
}

export async function revokeToken(
  config: Config,
  tokenId: string,
  { author }: { readonly author: string },
  print: Print,
): Promise<void> {
  await withSidecar(config, TokenServiceClient, (stub, ask) => ask(stub.revokeToken, { tokenId, author }));
  print(`Token ${tokenId} is refused from now on, and in every sidecar within a second.`);
}
