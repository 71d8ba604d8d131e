/** Max-Forwards stops a call that goes round in circles (RFC 3261, sections 16.3 and 16.6). */
import type { SipMessage } from './stack.js';

/** What a request gets that came without one. */
const MAX_FORWARDS_DEFAULT = 70;

/** The value with which a request goes on; negative when it must not (483 Too Many Hops). */
export function forwardedMaxForwards(message: SipMessage): number {
  const hops = Number.parseInt(message.get('Max-Forwards') ?? '', 10);
  return (Number.isNaN(hops) ? MAX_FORWARDS_DEFAULT : hops) - 1;
}
