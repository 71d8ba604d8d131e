/** A call with its verdict, on its way to what follows the answer. */
import type { CallAttempt } from './call-attempt.js';
import type { CheckedCall } from './checked-call.js';
import type { Incident } from './incident.js';

/** What is kept of it until it has been dealt with. Whoever keeps it holds its keys. */
export interface JudgedCall {
  readonly attempt: CallAttempt;
  readonly aKey: number;
  readonly bKey: number;
  /** The trunk by which the policy was found; '' for none. */
  readonly trunkName: string;
  readonly checked: CheckedCall;
  /** Absent for a call that belongs to no incident. */
  readonly incident: Incident | undefined;
  readonly nowMs: number;
}
