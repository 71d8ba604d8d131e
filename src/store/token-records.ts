/** TokenStore over a database. */
import type { Actor, Scope } from '../admission/access.js';
import type { StoredToken } from '../admission/access-token.js';
import type { Page, PageRequest, TokenStore } from '../admission/store-ports.js';
import type { Row } from './alert-rows.js';
import { type Edit, makeAudited } from './audited-change.js';
import type { Database } from './database.js';
import { pageOf, positionOf } from './paging.js';
import { NEXT_REVISION, THIS_REVISION } from './rule-writes.js';

export class TokenRecords implements TokenStore {
  /** @param database whatever serves the store now; throws ACM_STORE_UNAVAILABLE while nothing does. */
  constructor(private readonly database: () => Database) {}

  async list({ limit, after }: PageRequest): Promise<Page<StoredToken>> {
    const position = positionOf(after);
    const [{ rows }] = await this.database().run([
      {
        text: `SELECT *, created_at::text AS page_at FROM access_tokens
               WHERE $1::timestamptz IS NULL OR (created_at, token_id) < ($1, $2)
               ORDER BY created_at DESC, token_id DESC LIMIT $3`,
        values: [position?.at || null, position?.id ?? '', limit + 1],
      },
    ]);
    return pageOf(rows, limit, tokenOf, (row) => ({
      at: row['page_at'] as string,
      id: row['token_id'] as string,
    }));
  }

  async add(token: StoredToken, by: Actor): Promise<void> {
    await makeAudited(this.database(), tokenAdding(token), by, token.createdAt);
  }

  async revoke(tokenId: string, at: Date, by: Actor): Promise<boolean> {
    return (await makeAudited(this.database(), tokenRevoking(tokenId, at), by, at)) !== undefined;
  }
}

function tokenAdding(token: StoredToken): Edit {
  const { tokenId, name, hash, scopes, author, createdAt, expiresAt } = token;
  return {
    read: { text: 'SELECT FROM access_tokens WHERE token_id = $1', values: [tokenId] },
    // Repeated after a deadline, it is there already.
    plan: ([known]) =>
      known === undefined
        ? {
            statements: [
              NEXT_REVISION,
              {
                text: `INSERT INTO access_tokens (token_id, name, hash, scopes, author, created_at, expires_at, revision)
                       VALUES ($1, $2, $3, $4::text[], $5, $6, $7, ${THIS_REVISION})`,
                values: [tokenId, name, hash, scopes, author, createdAt, expiresAt ?? null],
              },
            ],
            notes: [{ action: 'token.create', target: tokenId, before: null, after: contentOf(token) }],
          }
        : undefined,
  };
}

function tokenRevoking(tokenId: string, at: Date): Edit {
  return {
    read: {
      text: 'SELECT * FROM access_tokens WHERE token_id = $1 AND revoked_at IS NULL',
      values: [tokenId],
    },
    plan: ([row]) =>
      row && {
        statements: [
          NEXT_REVISION,
          {
            text: `UPDATE access_tokens SET revoked_at = $2, revision = ${THIS_REVISION}
                   WHERE token_id = $1 AND revoked_at IS NULL`,
            values: [tokenId, at],
          },
        ],
        notes: [{ action: 'token.revoke', target: tokenId, before: contentOf(tokenOf(row)), after: null }],
      },
  };
}

/** What the audit log shows of a token: not even its hash. */
function contentOf({ name, scopes, expiresAt }: StoredToken): object {
  return { name, scopes, ...(expiresAt === undefined ? {} : { expires_at: expiresAt }) };
}

export function tokenOf(row: Row): StoredToken {
  const time = (column: string): Date | undefined => (row[column] as Date | null) ?? undefined;
  return {
    tokenId: row['token_id'] as string,
    name: row['name'] as string,
    hash: row['hash'] as string,
    scopes: row['scopes'] as Scope[],
    author: row['author'] as string,
    createdAt: row['created_at'] as Date,
    expiresAt: time('expires_at'),
    revokedAt: time('revoked_at'),
  };
}
