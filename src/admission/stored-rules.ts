/**
 * Rules as they are stored and as people see them: policies, allowlist entries and blocks. Numbers are canonical (digits in
 * international form, or names as they stand), or keyed hashes where number privacy is on.
 */
import type { StoredToken } from './access-token.js';
import type { AllowlistScope } from './allowlist.js';
import type { PolicyScope, PolicyTerms } from './policy.js';

interface StoredRule {
  readonly reason: string;
  readonly author: string;
  /** When it was made or last changed. */
  readonly changedAt: Date;
}

export interface StoredPolicy extends StoredRule {
  readonly scope: PolicyScope;
  /** What is absent comes from the default policy. */
  readonly terms: PolicyTerms;
  /** Revision of the store that set it; 1 or more. */
  readonly revision: number;
}

export interface StoredAllowlistEntry extends StoredRule {
  readonly entryId: string;
  readonly scope: AllowlistScope;
  /** Absent for an entry that does not expire. */
  readonly expiresAt: Date | undefined;
  /** The false positive that it was made for; '' for none. */
  readonly alertId: string;
}

/** What would keep a false positive from happening again. */
export interface AllowlistProposal {
  readonly scope: AllowlistScope;
  readonly days: number;
  readonly reason: string;
}

export interface StoredBlock extends StoredRule {
  readonly aNumber: string;
  readonly bNumber: string;
  readonly expiresAt: Date;
  /** The alert that made it; '' for one that a person made. */
  readonly alertId: string;
}

/** The switch that turns all enforcement to shadow. */
export interface EnforcementSwitch {
  /** False: nothing is rejected, blocked or torn down, whatever the policies say. */
  readonly on: boolean;
  readonly author: string;
  readonly reason: string;
  /** Absent if nobody ever touched it. */
  readonly changedAt: Date | undefined;
}

/** What calls are concerned with of a token. */
export interface TokenInForce
  extends Pick<StoredToken, 'tokenId' | 'name' | 'hash' | 'scopes' | 'expiresAt'> {
  readonly revoked: boolean;
}

/** What has changed in the store since a revision, as far as calls are concerned. */
export interface RuleChanges {
  readonly policies: readonly Pick<StoredPolicy, 'scope' | 'terms' | 'revision'>[];
  readonly removedPolicies: readonly PolicyScope[];
  readonly allowlist: readonly Pick<StoredAllowlistEntry, 'entryId' | 'scope' | 'expiresAt'>[];
  readonly removedAllowlist: readonly string[];
  readonly blocks: readonly Pick<StoredBlock, 'aNumber' | 'bNumber' | 'expiresAt'>[];
  readonly removedBlocks: readonly { readonly aNumber: string; readonly bNumber: string }[];
  /** Alerts that people have settled, by every id that was given out for them. */
  readonly settledAlerts: readonly string[];
  /** Tokens that were made or revoked. */
  readonly tokens: readonly TokenInForce[];
  readonly enforcement: EnforcementSwitch;
}
