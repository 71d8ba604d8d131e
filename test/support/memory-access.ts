/** Tokens and the audit log in memory, behind the ports of the real store. A token is in force as soon as it is stored. */
import type { Actor, Scope } from '../../src/admission/access.js';
import { mintToken, type StoredToken } from '../../src/admission/access-token.js';
import { type AuditEntry, type AuditNote, entriesAfter } from '../../src/admission/audit-chain.js';
import type {
  ActLog,
  AuditLog,
  AuditPage,
  AuditQuery,
  Page,
  PageRequest,
  TokenStore,
} from '../../src/admission/store-ports.js';
import { Tokens } from '../../src/admission/tokens.js';
import { AcmError } from '../../src/errors.js';

export class MemoryTokenStore implements TokenStore {
  readonly #stored = new Map<string, StoredToken>();

  constructor(readonly tokens = new Tokens()) {
    tokens.markLoaded();
  }

  async list({ limit }: PageRequest): Promise<Page<StoredToken>> {
    return { items: [...this.#stored.values()].reverse().slice(0, limit), next: '' };
  }

  async add(token: StoredToken): Promise<void> {
    this.#put(token);
  }

  async revoke(tokenId: string, at: Date): Promise<boolean> {
    const token = this.#stored.get(tokenId);
    if (token === undefined || token.revokedAt !== undefined) return false;
    this.#put({ ...token, revokedAt: at });
    return true;
  }

  /** A token with these scopes, as its holder shows it. */
  issue(scopes: readonly Scope[], name = 'tester', expiresAt?: Date): string {
    const { token, tokenId, hash } = mintToken();
    const at = new Date(0);
    this.#put({
      tokenId,
      name,
      hash,
      scopes,
      author: 'test',
      createdAt: at,
      expiresAt,
      revokedAt: undefined,
    });
    return token;
  }

  #put(token: StoredToken): void {
    this.#stored.set(token.tokenId, token);
    this.tokens.apply([{ ...token, revoked: token.revokedAt !== undefined }]);
  }
}

export class MemoryAuditLog implements AuditLog, ActLog {
  /** While true, nothing can be written. */
  away = false;
  readonly #entries: AuditEntry[] = [];

  /** Adds an entry, as a change does. */
  note(note: AuditNote, at = new Date(0)): void {
    this.#entries.push(...entriesAfter(this.#head, [note], { author: 'ada', origin: 'test' }, at));
  }

  get entries(): readonly AuditEntry[] {
    return this.#entries;
  }

  async write(notes: readonly AuditNote[], by: Actor, at: Date): Promise<void> {
    if (this.away) throw new AcmError('ACM_STORE_UNAVAILABLE', 'the store does not answer');
    this.#entries.push(...entriesAfter(this.#head, notes, by, at));
  }

  async list({ limit, oldestFirst, action }: AuditQuery): Promise<AuditPage> {
    const entries = this.#entries.filter((entry) => action === undefined || entry.action === action);
    return {
      items: (oldestFirst ? entries : entries.toReversed()).slice(0, limit),
      next: '',
      head: this.#head,
      droppedTo: { entryId: 0, hash: '' },
    };
  }

  get #head() {
    const { entryId, hash } = this.#entries.at(-1) ?? { entryId: 0, hash: '' };
    return { entryId, hash };
  }
}
