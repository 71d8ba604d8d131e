/**
 * What admission asks of the store. Recording never waits and never fails towards its caller; everything else is asked by
 * people and tools, never on the way of a call.
 */
import type { Actor } from './access.js';
import type { StoredToken } from './access-token.js';
import type {
  Alert,
  AlertChange,
  AlertFile,
  AlertSeverity,
  AlertSnapshot,
  AlertStatus,
  RecordedCall,
  RecordedDisconnect,
} from './alert.js';
import type { AuditEntry, AuditNote, AuditPoint } from './audit-chain.js';
import type { CheckFigures } from './check-figures.js';
import type { PolicyScope } from './policy.js';
import type { EnforcementSwitch, StoredAllowlistEntry, StoredBlock, StoredPolicy } from './stored-rules.js';
import type { TimeSpan } from './time-span.js';

/** What is written down after the answer. Takes everything at once and drops, loudly, what it has no room for. */
export interface Recorder {
  alert(snapshot: AlertSnapshot): void;
  /** A call that is evidence for an alert or was rejected; it stays as long as alerts do. */
  flaggedCall(call: RecordedCall): void;
  /** Any other call; it stays for 300 seconds. */
  unflaggedCall(call: RecordedCall): void;
  block(block: StoredBlock): void;
  disconnect(disconnect: RecordedDisconnect): void;
  minute(minute: MinuteOfChecks): void;
  /** The switch was thrown while the store was away. */
  enforcement(change: EnforcementSwitch, by: Actor): void;
}

/** What one sidecar did within one minute of the wall clock. */
export interface MinuteOfChecks extends CheckFigures {
  readonly beganAt: Date;
}

/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** To be given as `after` for the next page; '' on the last one. */
  readonly next: string;
}

export interface PageRequest {
  /** Most items; 1 to 1,000. */
  readonly limit: number;
  /** `next` of the page before; '' for the first page. */
  readonly after: string;
}

/** Which alerts; what is absent does not matter. The newest come first. */
export interface AlertQuery extends PageRequest {
  readonly status?: AlertStatus;
  readonly severity?: AlertSeverity;
  /** Canonical. */
  readonly bNumber?: string;
  readonly aNumber?: string;
  /** Opened at this time or later. */
  readonly since?: Date;
  /** Opened before this time. */
  readonly until?: Date;
}

/** Every method rejects with ACM_STORE_UNAVAILABLE when the store does not answer in time. */
export interface AlertStore {
  list(query: AlertQuery): Promise<Page<Alert>>;
  /** How many alerts of each severity were opened since. */
  countBySeverity(since: Date): Promise<Readonly<Record<AlertSeverity, number>>>;
  /** @param alertId any id that was given out for it. */
  find(alertId: string): Promise<AlertFile | undefined>;
  /**
   * Changes an alert and writes its history, together. Settling it ends its incident everywhere.
   * @throws AcmError ACM_NOT_FOUND; ACM_CONFLICT for a status that the alert cannot take now.
   */
  change(alertId: string, change: AlertChange, at: Date): Promise<Alert>;
}

/** Which blocks; numbers are canonical, what is absent does not matter. Those in force only. */
export interface BlockQuery extends PageRequest {
  readonly aNumber?: string;
  readonly bNumber?: string;
}

/**
 * Every method rejects with ACM_STORE_UNAVAILABLE when the store does not answer in time. What changes something writes
 * down who did, together with the change (audit-chain.ts).
 */
export interface RuleStore {
  listPolicies(page: PageRequest): Promise<Page<StoredPolicy>>;
  /** Adds or replaces the policy of a scope. */
  putPolicy(policy: Omit<StoredPolicy, 'revision'>, by: Actor): Promise<void>;
  /** False if there was none. */
  removePolicy(scope: PolicyScope, by: Actor): Promise<boolean>;
  /** Those in force, the newest first. */
  listAllowlist(page: PageRequest): Promise<Page<StoredAllowlistEntry>>;
  /** Adds entries, or replaces those of the same id; all or none. */
  putAllowlist(entries: readonly StoredAllowlistEntry[], by: Actor): Promise<void>;
  /** False if there is no such entry in force. */
  removeAllowlist(entryId: string, by: Actor): Promise<boolean>;
  /** @param expiresAt undefined: it does not expire any more. False if there is no such entry in force. */
  expireAllowlist(entryId: string, expiresAt: Date | undefined, by: Actor): Promise<boolean>;
  listBlocks(query: BlockQuery): Promise<Page<StoredBlock>>;
  /** Adds blocks, or replaces those of the same pair; all or none. */
  putBlocks(blocks: readonly StoredBlock[], by: Actor): Promise<void>;
  /** False if the pair is not blocked. */
  removeBlock(aNumber: string, bNumber: string, by: Actor): Promise<boolean>;
  expireBlock(aNumber: string, bNumber: string, expiresAt: Date, by: Actor): Promise<boolean>;
  /** Lifts every block that an alert has made, whichever sidecar made it. */
  liftBlocksOf(alertId: string, by: Actor): Promise<void>;
  /** The newest change wins, whenever it arrives. */
  switchEnforcement(enforcement: EnforcementSwitch, by: Actor): Promise<void>;
}

/** Every method rejects with ACM_STORE_UNAVAILABLE when the store does not answer in time. */
export interface TokenStore {
  /** All that were ever made, the newest first. */
  list(page: PageRequest): Promise<Page<StoredToken>>;
  add(token: StoredToken, by: Actor): Promise<void>;
  /** False if there is no such token, or it was revoked before. */
  revoke(tokenId: string, at: Date, by: Actor): Promise<boolean>;
}

/** Which entries of the audit log; what is absent does not matter. */
export interface AuditQuery extends PageRequest {
  /** By default the newest come first. */
  readonly oldestFirst?: boolean;
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
  /** Made at this time or later. */
  readonly since?: Date;
  /** Made before this time. */
  readonly until?: Date;
}

export interface AuditPage extends Page<AuditEntry> {
  /** The last entry that was made. */
  readonly head: AuditPoint;
  /** The last entry that was dropped for its age; entry 0 if none was. */
  readonly droppedTo: AuditPoint;
}

/** What people did that changes nothing in the store is written down all the same. */
export interface ActLog {
  /** All notes or none. @throws AcmError ACM_STORE_UNAVAILABLE when the store does not answer in time; ACM_CONFLICT */
  write(notes: readonly AuditNote[], by: Actor, at: Date): Promise<void>;
}

export interface AuditLog {
  /** @throws AcmError ACM_STORE_UNAVAILABLE when the store does not answer in time. */
  list(query: AuditQuery): Promise<AuditPage>;
}

/** What sidecars on the store have written down, besides the one that asks: that one knows better what it did. */
export interface FiguresOfOthers {
  /** When the oldest minute began that the store has, of any sidecar; undefined if it has none. */
  readonly since: Date | undefined;
  /** By the number of the step, counted from 0; those without a minute are absent. */
  readonly steps: ReadonlyMap<number, CheckFigures>;
}

export interface StatisticsStore {
  /**
   * Adds up the minutes that began within a span, by steps of it. Rejects with ACM_STORE_UNAVAILABLE when the store does
   * not answer in time.
   */
  ofOthers(span: TimeSpan): Promise<FiguresOfOthers>;
  /** How many calls of alerts switches have ended since, at the word of any sidecar. Rejects as ofOthers() does. */
  disconnectsSince(since: Date): Promise<number>;
}

/**
 * How a sidecar hears of rules that have changed, here or elsewhere. What it hears is given to the rule book.
 */
export interface RuleWatch {
  /** Grows with every change of a rule or an alert in the store; how far this sidecar has heard. 0 before it has. */
  readonly revision: number;
  /** Settles when everything that was committed before the call is in force here; rejects if the store does not answer. */
  catchUp(): Promise<void>;
}

/** How the store is, for people and probes. */
export interface StoreHealth {
  readonly kind: 'postgresql' | 'embedded' | 'none';
  /** `starting` until the rules have been loaded once. */
  readonly state: 'starting' | 'up' | 'down';
  /** What is wrong, in words; '' when nothing is. */
  readonly detail: string;
}
