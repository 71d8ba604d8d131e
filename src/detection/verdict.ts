/** What a check comes to. A verdict is a value, never an exception. */
import type { Severity } from './masking-rule.js';

/** `observe`: it would have been `reject`, but the policy only watches. */
export type Decision = 'allow' | 'observe' | 'reject';

/** Why a verdict was given; under `observe`, why the call would have been rejected. */
export type VerdictReason = 'none' | 'masking' | 'blocked' | 'allowlisted' | 'exempt';

/** Why a verdict rests on incomplete knowledge. */
export type DegradedCause = 'capacity' | 'peer-missing' | 'blocks-not-loaded';

export interface Verdict {
  readonly decision: Decision;
  readonly reason: VerdictReason;
  /** Distinct A-numbers within the window, this attempt included. */
  readonly distinctACount: number;
  /** Call attempts that this sidecar saw within the window, this one included. */
  readonly callCount: number;
  readonly windowMs: number;
  readonly threshold: number;
  readonly severity: Severity;
  /** Id of the alert that the attempt belongs to; '' for none. */
  readonly alertId: string;
  /** Each cause once; empty when knowledge is complete. */
  readonly degradedCauses: readonly DegradedCause[];
  /** Age of the oldest news among the other sidecars that are expected to report, in milliseconds. */
  readonly stateAgeMs: number;
}
