/** What is asked of the rules that a sidecar has in force, whatever the store says. */
import type { CallInQuestion, Explanation } from './explain-call.js';
import type { Enforcement } from './policy.js';

export interface RulesInForce {
  /** `enforce` only if every policy in force enforces. */
  enforcement(): Enforcement;
  /** @throws InvalidFieldError */
  explain(call: CallInQuestion): Explanation;
}
