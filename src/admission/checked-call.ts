import type { Verdict } from '../detection/verdict.js';
import type { SipAnswer } from './reject-profile.js';

/** A verdict, and the SIP answer that carries it out. */
export interface CheckedCall extends Verdict {
  /** NO_ANSWER unless the decision is `reject`. */
  readonly answer: SipAnswer;
}
