/** What people do with access tokens: make them, look at them, revoke them. */
import { AcmError, InvalidFieldError } from '../errors.js';
import { type Actor, SCOPES, type Scope } from './access.js';
import { mintToken, type StoredToken } from './access-token.js';
import { checkText, NAME_MAX } from './call-attempt.js';
import { checkAuthor, checkExpiry, checkPage } from './rule-input.js';
import type { Page, PageRequest, RuleWatch, TokenStore } from './store-ports.js';

const TOKEN_ID = /^[\da-f]{12}$/;

export interface NewToken {
  /** 1 to 64 characters; stands in histories for whoever shows the token. */
  readonly name: string;
  readonly scopes: readonly string[];
  /** Absent for one that does not expire. */
  readonly expiresAt: Date | undefined;
}

export interface MadeToken {
  /** To be shown once: nobody can find it out again. */
  readonly token: string;
  readonly stored: StoredToken;
}

/** Every method throws InvalidFieldError for bad input and ACM_STORE_UNAVAILABLE when the store does not answer. */
export class TokenDesk {
  constructor(
    private readonly store: TokenStore,
    private readonly watch: RuleWatch,
    private readonly now: () => Date,
  ) {}

  list(page: PageRequest): Promise<Page<StoredToken>> {
    checkPage(page);
    return this.store.list(page);
  }

  /** It is in force here when the answer comes, and in the other sidecars within a second. */
  async create(wanted: NewToken, by: Actor): Promise<MadeToken> {
    const made = newToken(wanted, by, this.now());
    await this.store.add(made.stored, by);
    await this.watch.catchUp();
    return made;
  }

  /** @throws AcmError ACM_NOT_FOUND */
  async revoke(tokenId: string, by: Actor): Promise<void> {
    checkAuthor(by.author);
    if (!TOKEN_ID.test(tokenId)) throw new InvalidFieldError('token_id', 'takes the 12 digits after acm_');
    if (!(await this.store.revoke(tokenId, this.now(), by)))
      throw new AcmError('ACM_NOT_FOUND', `there is no token ${tokenId}, or it was revoked before`);
    await this.watch.catchUp();
  }
}

/** A token that is not stored yet. @throws InvalidFieldError */
export function newToken({ name, scopes, expiresAt }: NewToken, { author }: Actor, now: Date): MadeToken {
  checkAuthor(author);
  if (name === '') throw new InvalidFieldError('name', 'is empty; who or what is the token for?');
  checkText('name', name, NAME_MAX);
  checkExpiry(expiresAt, now);
  const { token, tokenId, hash } = mintToken();
  const stored = {
    tokenId,
    name,
    hash,
    scopes: checkedScopes(scopes),
    author,
    createdAt: now,
    expiresAt,
    revokedAt: undefined,
  };
  return { token, stored };
}

function checkedScopes(scopes: readonly string[]): readonly Scope[] {
  if (scopes.length === 0) throw new InvalidFieldError('scopes', `are empty; some of ${SCOPES.join(', ')}`);
  for (const scope of scopes)
    if (!SCOPES.includes(scope as Scope))
      throw new InvalidFieldError(
        'scopes',
        `knows no ${JSON.stringify(scope.slice(0, NAME_MAX))}; there are ${SCOPES.join(', ')}`,
      );
  return [...new Set(scopes as Scope[])];
}
