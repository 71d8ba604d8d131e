/**
 * The audit log: who changed what, from what to what, when and from where. Each entry carries a hash of its content and of
 * the hash before it, so that an entry that was changed, left out or put between is found: by acm, or by anyone who has
 * the entries and SHA-256.
 */
import { createHash } from 'node:crypto';
import type { Actor } from './access.js';

/** What is written down of one change of one thing. */
export interface AuditNote {
  /** `policy.set`, `token.revoke`: see AUDIT_ACTIONS. */
  readonly action: AuditAction;
  /** What was changed: the scope of a policy, an id, a pair of numbers. */
  readonly target: string;
  /** null for what was not there. */
  readonly before: object | null;
  /** null for what is there no more. */
  readonly after: object | null;
}

export const AUDIT_ACTIONS = [
  'alert.change',
  'allowlist.expire',
  'allowlist.put',
  'allowlist.remove',
  'block.expire',
  'block.lift',
  'block.put',
  'block.remove',
  'call.disconnect',
  'enforcement.switch',
  'policy.remove',
  'policy.set',
  'token.create',
  'token.revoke',
  'webhook.replay',
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export interface AuditEntry {
  /** 1, 2, 3, ... without a gap. */
  readonly entryId: number;
  /** To the millisecond. */
  readonly at: Date;
  readonly actor: string;
  readonly origin: string;
  readonly action: string;
  readonly target: string;
  /** JSON, to the letter as it was hashed; `null` for what was not there. */
  readonly before: string;
  readonly after: string;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
}

/** Where a log ends, or where what is left of it begins; entry 0 with the hash '' for before the first. */
export interface AuditPoint {
  readonly entryId: number;
  readonly hash: string;
}

/** The entries that follow a point, in the order of the notes. */
export function entriesAfter(
  point: AuditPoint,
  notes: readonly AuditNote[],
  { author, origin }: Actor,
  at: Date,
): AuditEntry[] {
  let { entryId, hash } = point;
  return notes.map(({ action, target, before, after }) => {
    const content = {
      entryId: ++entryId,
      at,
      actor: author,
      origin,
      action,
      target,
      before: JSON.stringify(before),
      after: JSON.stringify(after),
    };
    hash = hashOf(content, hash);
    return { ...content, hash };
  });
}

/**
 * SHA-256 over the JSON array `[entry id, time (RFC 3339, milliseconds, Z), actor, origin, action, target, before, after,
 * hash of the entry before]`, without white space, in UTF-8; before and after are texts in it, not objects.
 */
export function hashOf(entry: Omit<AuditEntry, 'hash'>, hashBefore: string): string {
  const { entryId, at, actor, origin, action, target, before, after } = entry;
  const content = [entryId, at.toISOString(), actor, origin, action, target, before, after, hashBefore];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/** Follows a log from a point on, oldest entry first. What is wrong is found once and ends the walk. */
export class AuditWalk {
  #point: AuditPoint;

  constructor(from: AuditPoint) {
    this.#point = from;
  }

  get point(): AuditPoint {
    return this.#point;
  }

  /** What is wrong with the entries, the first fault of them; undefined for nothing. */
  follow(entries: readonly AuditEntry[]): string | undefined {
    for (const entry of entries) {
      const fault = this.#faultOf(entry);
      if (fault !== undefined) return fault;
      this.#point = entry;
    }
    return undefined;
  }

  /** What is wrong if the log should end at `head`, once all of it was followed. */
  arriveAt(head: AuditPoint): string | undefined {
    const { entryId, hash } = this.#point;
    if (entryId < head.entryId) return missing(entryId + 1, head.entryId);
    if (entryId > head.entryId) return `entry ${head.entryId + 1} and later ones were added behind the head`;
    return hash === head.hash ? undefined : `entry ${entryId} is not the one that the head tells of`;
  }

  #faultOf(entry: AuditEntry): string | undefined {
    const expected = this.#point.entryId + 1;
    if (entry.entryId > expected) return missing(expected, entry.entryId - 1);
    if (entry.entryId < expected) return `entry ${entry.entryId} stands where entry ${expected} should`;
    return hashOf(entry, this.#point.hash) === entry.hash
      ? undefined
      : `entry ${entry.entryId} was changed, or one before it was put in its place`;
  }
}

function missing(first: number, last: number): string {
  return first === last ? `entry ${first} is missing` : `entries ${first} to ${last} are missing`;
}
