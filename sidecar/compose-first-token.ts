/** `acm token init`: makes an admin token beside the data, with no sidecar's leave: the first one, or one in place of a lost one. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MadeToken } from '../src/admission/token-desk.js';
import { newToken } from '../src/admission/token-desk.js';
import type { Config } from '../src/config.js';
import { AcmError } from '../src/errors.js';
import { migrate } from '../src/store/migrate.js';
import { TokenInbox } from '../src/store/token-inbox.js';
import { TokenRecords } from '../src/store/token-records.js';
import { isStoreless, kindOf, openerOf } from './compose-store.js';

const HANDED_OVER_MS_MAX = 10_000;
const LOOK_MS = 100;
const SILENCE = { debug() {}, info() {}, warn() {}, error() {} };

export interface FirstTokenOptions {
  readonly name: string;
  readonly author: string;
  readonly expiresAt: Date | undefined;
}

/** @throws AcmError */
export async function makeFirstToken(config: Config, options: FirstTokenOptions): Promise<MadeToken> {
  if (isStoreless(config))
    throw new AcmError('ACM_CONFLICT', 'there is no store to keep a token in: ACM_DATA_DIR is none');
  const { author } = options;
  const by = { author, origin: 'command line, beside the data' };
  const made = newToken({ ...options, scopes: ['admin'] }, by, new Date());
  try {
    const database = await openerOf(config)();
    try {
      await migrate(database, SILENCE);
      await new TokenRecords(() => database).add(made.stored, by);
    } finally {
      await database.close();
    }
  } catch (error) {
    if (!(error instanceof AcmError) || kindOf(config) !== 'embedded') throw error;
    // A sidecar holds the data directory.
    await handOver(new TokenInbox(config.dataDir), made, error);
  }
  return made;
}

async function handOver(inbox: TokenInbox, { stored }: MadeToken, because: AcmError): Promise<void> {
  await inbox.remove();
  await inbox.put(stored).catch((error: Error) => {
    throw new AcmError('ACM_STORE_UNAVAILABLE', `${because.message}; ${error.message}`, { cause: error });
  });
  for (let waitedMs = 0; waitedMs < HANDED_OVER_MS_MAX; waitedMs += LOOK_MS) {
    await sleep(LOOK_MS);
    if (await inbox.isEmpty()) return;
  }
  await inbox.remove();
  throw new AcmError(
    'ACM_STORE_UNAVAILABLE',
    `${because.message}; and the sidecar there did not take the token within ${HANDED_OVER_MS_MAX / 1_000} s`,
  );
}
