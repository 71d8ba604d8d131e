/** Access tokens in words. */
import type { Token } from '../../src/gen/acm/v1/access.js';
import { listing } from './table.js';
import { atSecond } from './times.js';

export function tokenTable(tokens: readonly Token[], more: boolean, now: Date): string {
  const rows = tokens.map((token) => [
    token.tokenId,
    token.name,
    token.scopes.join(' '),
    stateOf(token, now),
    atSecond(token.createdAt),
    token.author,
  ]);
  return listing(['TOKEN', 'NAME', 'SCOPES', 'IS', 'MADE', 'BY'], rows, {
    more,
    none: 'There are no tokens. Make the first one with `acm token init`.',
  });
}

function stateOf({ expiresAt, revokedAt }: Token, now: Date): string {
  if (revokedAt !== undefined) return `revoked ${atSecond(revokedAt)}`;
  if (expiresAt === undefined) return 'in force';
  return expiresAt > now ? `in force until ${atSecond(expiresAt)}` : `expired ${atSecond(expiresAt)}`;
}

/** The secret stands alone on its line, to be copied. */
export function madeTokenInWords(
  secret: string,
  {
    tokenId,
    name,
    scopes,
    expiresAt,
  }: Pick<Token, 'tokenId' | 'name' | 'expiresAt'> & {
    readonly scopes: readonly string[];
  },
): string {
  const until = expiresAt === undefined ? 'until it is revoked' : `until ${atSecond(expiresAt)}`;
  return [
    secret,
    '',
    `This is the token ${tokenId} of ${name}, with ${scopes.join(', ')}, in force ${until}.`,
    'It is shown this once. Commands take it from ACM_TOKEN, HTTP and gRPC as `authorization: Bearer ...`.',
  ].join('\n');
}
