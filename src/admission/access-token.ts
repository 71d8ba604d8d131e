/**
 * Access tokens: `acm_<id>_<secret>`. The id (12 hexadecimal digits) says which token it is and may be told; the secret
 * (32 random bytes, base64url) is shown once. Only the SHA-256 of the whole is kept: a secret of 256 random bits needs
 * no slow hash.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Scope } from './access.js';

const TOKEN = /^acm_([\da-f]{12})_[\w-]{43}$/;
const ID_BYTES = 6;
const SECRET_BYTES = 32;

/** A token as it is stored. Tokens are never deleted, so that an id always names the same one. */
export interface StoredToken {
  readonly tokenId: string;
  /** What its holder is called in histories and in the audit log. */
  readonly name: string;
  /** SHA-256 of the token, hexadecimal. */
  readonly hash: string;
  readonly scopes: readonly Scope[];
  readonly author: string;
  readonly createdAt: Date;
  /** Absent for one that does not expire. */
  readonly expiresAt: Date | undefined;
  readonly revokedAt: Date | undefined;
}

/** A new token. What it returns is the only copy of its secret. */
export function mintToken(): { readonly token: string; readonly tokenId: string; readonly hash: string } {
  const tokenId = randomBytes(ID_BYTES).toString('hex');
  const token = `acm_${tokenId}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { token, tokenId, hash: hashOf(token).toString('hex') };
}

/** The id in a token; undefined for what is none. */
export function tokenIdOf(token: string): string | undefined {
  return TOKEN.exec(token)?.[1];
}

/** Compares in constant time. */
export function isToken(token: string, known: Buffer): boolean {
  return timingSafeEqual(hashOf(token), known);
}

/** In one call: every call that shows a token pays for it. */
function hashOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
