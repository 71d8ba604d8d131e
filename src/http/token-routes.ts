/** GET and POST /acm/tokens, DELETE /acm/tokens/{id}. */
import { z } from 'zod';
import { checkMayMakeTokens, SCOPES } from '../admission/access.js';
import type { StoredToken } from '../admission/access-token.js';
import type { TokenDesk } from '../admission/token-desk.js';
import { answeredPage, answeredTime, nextOf } from './answered-values.js';
import { givenPage, givenTime } from './given-values.js';
import { type Route, route } from './route.js';

const TOKENS_PAGE_MAX = 500;

const idSchema = z.object({
  id: z
    .string()
    .meta({ description: 'The 12 digits that follow `acm_` in the token.', examples: ['5d3c6f6e3c0b'] }),
});

const tokenSchema = z
  .object({
    token_id: z.string(),
    name: z.string().meta({ description: 'Stands in histories and in the audit log for its holder.' }),
    scopes: z.array(z.enum(SCOPES)),
    author: z.string(),
    created_at: answeredTime,
    expires_at: answeredTime.nullable().meta({ description: 'null for one that does not expire.' }),
    revoked_at: answeredTime.nullable().meta({ description: 'null for one that was not revoked.' }),
  })
  .meta({ id: 'Token', description: 'What may be told of a token.' });

const tokenListSchema = z.object({
  ...answeredPage,
  tokens: z.array(tokenSchema).meta({ description: 'All that were ever made, the newest first.' }),
});

const newTokenSchema = z
  .strictObject({
    name: z.string().meta({ description: '1 to 64 characters.', examples: ['dashboard'] }),
    scopes: z
      .array(z.string())
      .meta({ description: `Some of ${SCOPES.join(', ')}.`, examples: [['alerts:read', 'policy:read']] }),
    expires_at: givenTime.nullish().meta({ description: 'A time to come; absent or null for never.' }),
  })
  .meta({ id: 'NewToken' });

const madeTokenSchema = z
  .object({
    secret: z
      .string()
      .meta({ description: 'The token itself. It is told this once; only its hash is kept.' }),
    token: tokenSchema,
  })
  .meta({ id: 'MadeToken' });

export function tokenRoutes(tokens: TokenDesk): Route[] {
  return [
    route({
      method: 'GET',
      paths: ['/acm/tokens'],
      tag: 'access',
      summary: 'List access tokens',
      scopes: ['admin'],
      input: z.object({ query: z.object(givenPage(TOKENS_PAGE_MAX)) }),
      answer: tokenListSchema,
      errors: [503],
      async handle({ query }) {
        const { items, next } = await tokens.list(query);
        return { count: items.length, tokens: items.map(tokenBody), next: nextOf({ next }) };
      },
    }),
    route({
      method: 'POST',
      paths: ['/acm/tokens'],
      tag: 'access',
      summary: 'Make an access token',
      description:
        'It is in force here with the answer, and in the other sidecars of the store within a second.',
      scopes: ['admin'],
      changes: true,
      input: z.object({ body: newTokenSchema }),
      answer: madeTokenSchema,
      errors: [409, 503],
      async handle({ body }, by, { caller }) {
        checkMayMakeTokens(caller);
        const { expires_at: expiresAt, ...wanted } = body;
        const { token, stored } = await tokens.create({ ...wanted, expiresAt: expiresAt ?? undefined }, by);
        return { secret: token, token: tokenBody(stored) };
      },
    }),
    route({
      method: 'DELETE',
      paths: ['/acm/tokens/:id'],
      tag: 'access',
      summary: 'Revoke an access token',
      scopes: ['admin'],
      changes: true,
      input: z.object({ params: idSchema }),
      answer: z.object({ success: z.literal(true) }),
      errors: [404, 409, 503],
      async handle({ params }, by) {
        await tokens.revoke(params.id, by);
        return { success: true as const };
      },
    }),
  ];
}

function tokenBody(token: StoredToken): z.infer<typeof tokenSchema> {
  return {
    token_id: token.tokenId,
    name: token.name,
    scopes: [...token.scopes],
    author: token.author,
    created_at: token.createdAt.toISOString(),
    expires_at: token.expiresAt?.toISOString() ?? null,
    revoked_at: token.revokedAt?.toISOString() ?? null,
  };
}
