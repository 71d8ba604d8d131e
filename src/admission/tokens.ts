/** The tokens in force, in memory: every call that shows one is looked up here. */
import type { Scope } from './access.js';
import { isToken, tokenIdOf } from './access-token.js';
import type { TokenInForce } from './stored-rules.js';

/** A token that somebody has shown. */
export interface KnownToken {
  readonly tokenId: string;
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
}

interface HeldToken extends KnownToken {
  readonly hash: Buffer;
  readonly expiresMs: number;
}

export class Tokens {
  readonly #byId = new Map<string, HeldToken>();
  #everMade = false;
  #loaded = false;

  /** Whether it is known which tokens there are. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /**
   * Whether a token was ever made, in force or not: from then on nobody manages the sidecar without one over the network,
   * also when the last one has expired.
   */
  get everMade(): boolean {
    return this.#everMade;
  }

  /** All that the store holds has been applied, or there is no store. */
  markLoaded(): void {
    this.#loaded = true;
  }

  /** Tokens that were made or changed. */
  apply(tokens: readonly TokenInForce[]): void {
    for (const { tokenId, name, hash, scopes, expiresAt, revoked } of tokens) {
      this.#everMade = true;
      if (revoked) this.#byId.delete(tokenId);
      else
        this.#byId.set(tokenId, {
          tokenId,
          name,
          scopes: new Set(scopes),
          hash: Buffer.from(hash, 'hex'),
          expiresMs: expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
        });
    }
  }

  /** Whose token a text is; undefined for one that is not in force. @param nowMs of the wall clock. */
  find(text: string, nowMs: number): KnownToken | undefined {
    const token = this.#byId.get(tokenIdOf(text) ?? '');
    return token !== undefined && token.expiresMs > nowMs && isToken(text, token.hash) ? token : undefined;
  }

  /** Whether a token that was shown earlier is still in force. */
  isInForce(tokenId: string, nowMs: number): boolean {
    return (this.#byId.get(tokenId)?.expiresMs ?? 0) > nowMs;
  }
}
