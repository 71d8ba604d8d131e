/**
 * How the first token reaches a sidecar that holds the embedded store: as a file in the data directory. Whoever may write
 * there owns the data, and the network has no part in it. The file holds the token's hash, never the token.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SCOPES } from '../admission/access.js';
import type { StoredToken } from '../admission/access-token.js';

const FILE = 'new-token.json';
const PRIVATE_FILE = 0o600;

const tokenSchema = z.strictObject({
  tokenId: z.string().regex(/^[\da-f]{12}$/),
  name: z.string().min(1).max(64),
  hash: z.string().regex(/^[\da-f]{64}$/),
  scopes: z.array(z.enum(SCOPES)).min(1),
  author: z.string().min(1).max(64),
  createdAt: z.coerce.date(),
  expiresAt: z.coerce.date().optional(),
});

export class TokenInbox {
  readonly #path: string;

  /** @param directory the data directory. */
  constructor(directory: string) {
    this.#path = join(directory, FILE);
  }

  /** @throws Error if there is one already, or the directory cannot be written. */
  async put({ revokedAt: _, ...token }: StoredToken): Promise<void> {
    await writeFile(this.#path, JSON.stringify(token), { mode: PRIVATE_FILE, flag: 'wx' });
  }

  /** Hands the token that lies there to `keep`, and takes it away once that is done. */
  async take(keep: (token: StoredToken) => Promise<void>): Promise<void> {
    const text = await readFile(this.#path, 'utf8').catch(() => '');
    if (text === '') return;
    const token = tokenSchema.parse(JSON.parse(text));
    await keep({ ...token, expiresAt: token.expiresAt, revokedAt: undefined });
    await this.remove();
  }

  /** Whether one lies there. */
  async isEmpty(): Promise<boolean> {
    return readFile(this.#path).then(
      () => false,
      () => true,
    );
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}
