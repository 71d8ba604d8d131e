/** What `acm audit ...` does. Each function throws AcmError if the sidecar refuses or does not answer. */
import { type AuditPoint, AuditWalk, type AuditEntry as Entry } from '../../src/admission/audit-chain.js';
import type { Config } from '../../src/config.js';
import { AcmError } from '../../src/errors.js';
import { type AuditEntry, AuditServiceClient } from '../../src/gen/acm/v1/access.js';
import { type Ask, withSidecar } from '../ask-sidecar.js';
import { auditTable, verifiedInWords } from '../words/audit-words.js';
import { readableJson } from '../words/readable-json.js';
import { firstOf } from './pages.js';

type Print = (text: string) => void;

const PAGE = 1_000;
const NO_FILTERS = { actor: '', action: '', target: '', since: undefined, until: undefined };

export interface AuditListOptions {
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly since?: Date;
  readonly limit: number;
  readonly json?: true;
}

export async function listAudit(config: Config, options: AuditListOptions, print: Print): Promise<void> {
  const { actor, action, target, since, limit, json } = options;
  const filters = { ...NO_FILTERS, actor, action, target, since, oldestFirst: false };
  const { items, more } = await withSidecar(config, AuditServiceClient, (stub, ask) =>
    firstOf(limit, async (page) => {
      const { entries, nextPageToken } = await ask(stub.listAuditEntries, { ...filters, ...page });
      return { items: entries, nextPageToken };
    }),
  );
  print(json ? readableJson(items) : auditTable(items, more));
}

export interface AuditVerifyOptions {
  readonly anchor?: AuditPoint;
}

/** @throws AcmError ACM_CONFLICT with what is wrong, if anything is. */
export async function verifyAudit(
  config: Config,
  { anchor }: AuditVerifyOptions,
  print: Print,
): Promise<void> {
  const { from, walked } = await withSidecar(config, AuditServiceClient, (stub, ask) =>
    walkAll(stub, ask, anchor),
  );
  print(verifiedInWords(from, walked));
}

/** The log may grow meanwhile: its head is taken from the page that is its last. */
async function walkAll(
  stub: AuditServiceClient,
  ask: Ask,
  anchor: AuditPoint | undefined,
): Promise<{ from: AuditPoint; walked: AuditPoint }> {
  let walk: AuditWalk | undefined;
  let from: AuditPoint = NOWHERE;
  let passed = anchor === undefined;
  for (let pageToken = ''; ; ) {
    const request = { ...NO_FILTERS, oldestFirst: true, pageSize: PAGE, pageToken };
    const { entries, nextPageToken, head, droppedTo } = await ask(stub.listAuditEntries, request);
    if (walk === undefined) {
      from = droppedTo ?? NOWHERE;
      walk = new AuditWalk(from);
    }
    refuse(walk.follow(entries.map(entryOf)));
    passed ||= entries.some((entry) => entry.entryId === anchor?.entryId && entry.hash === anchor.hash);
    if (nextPageToken === '') {
      refuse(walk.arriveAt(head ?? NOWHERE));
      if (!passed && anchor !== undefined) refuse(lost(anchor, from));
      return { from, walked: walk.point };
    }
    pageToken = nextPageToken;
  }
}

const NOWHERE: AuditPoint = { entryId: 0, hash: '' };

/** An anchor that was dropped for its age proves nothing any more, unless it is where the log begins now. */
function lost(anchor: AuditPoint, from: AuditPoint): string | undefined {
  if (anchor.entryId === from.entryId && anchor.hash === from.hash) return undefined;
  return anchor.entryId < from.entryId
    ? `entry ${anchor.entryId} was dropped for its age; anchor a later one`
    : `entry ${anchor.entryId} is not the one that was noted: the log was made anew`;
}

function refuse(fault: string | undefined): void {
  if (fault !== undefined) throw new AcmError('ACM_CONFLICT', `the audit log was tampered with: ${fault}`);
}

function entryOf({ at, beforeJson, afterJson, ...rest }: AuditEntry): Entry {
  return { ...rest, at: at ?? new Date(0), before: beforeJson, after: afterJson };
}
