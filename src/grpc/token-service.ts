/** TokenService: who may ask what. */
import { checkMayMakeTokens } from '../admission/access.js';
import type { StoredToken } from '../admission/access-token.js';
import type { TokenDesk } from '../admission/token-desk.js';
import type { Token, TokenServiceServer } from '../gen/acm/v1/access.js';
import type { ManagementCalls } from './management-calls.js';
import { checkedTime, pageOf } from './request-fields.js';

export function tokenService(calls: ManagementCalls, tokens: TokenDesk): TokenServiceServer {
  return {
    listTokens: calls.query('admin', async (request) => {
      const { items, next } = await tokens.list(pageOf(request));
      return { tokens: items.map(tokenMessage), nextPageToken: next };
    }),
    createToken: calls.change('admin', async ({ name, scopes, expiresAt }, by, caller) => {
      checkMayMakeTokens(caller);
      const until = checkedTime('expires_at', expiresAt);
      const { token, stored } = await tokens.create({ name, scopes, expiresAt: until }, by);
      return { secret: token, token: tokenMessage(stored) };
    }),
    revokeToken: calls.change('admin', async ({ tokenId }, by) => {
      await tokens.revoke(tokenId, by);
      return {};
    }),
  };
}

/** Everything but the hash. */
function tokenMessage({ hash: _, scopes, ...rest }: StoredToken): Token {
  return { ...rest, scopes: [...scopes] };
}
