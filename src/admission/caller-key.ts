/** Who calls, as a key: callers who hide their number count as the policy says. */
import { isAnonymous } from '../detection/number.js';
import type { NumberKeys } from '../detection/number-keys.js';
import type { AnonymousCallers } from './policy.js';
import type { Trunk } from './trunks.js';

/** Stands in front of an anonymous caller's source; no number that a request may carry holds a control character. */
const ANONYMOUS_MARK = '\u0000anonymous ';

/** The key of a caller, held once for whoever asks. */
export function acquireCallerKey(
  keys: NumberKeys,
  aNumber: string,
  sourceIp: string,
  trunk: Trunk,
  anonymousCallers: AnonymousCallers,
): number {
  if (!isAnonymous(aNumber)) return keys.acquire(aNumber, trunk.plan);
  return keys.acquireToken(anonymousCallers === 'per-source' ? ANONYMOUS_MARK + sourceIp : ANONYMOUS_MARK);
}

/** True for the text of a key that stands for callers who hide their number. */
export function isAnonymousToken(text: string): boolean {
  return text.startsWith(ANONYMOUS_MARK);
}

/** What people read for a caller. */
export function callerName(text: string): string {
  return isAnonymousToken(text) ? 'anonymous' : text;
}
