/** Calls that went on without the agent: in proxy and redirect mode it hears no BYE and can end nothing. */
import { setTimeout as delay } from 'node:timers/promises';

/**
 * How long such a call stays known, so that an order to end it is answered by UNSUPPORTED and the sidecar tries its next
 * way. The longest window (ACM_WINDOW_SECONDS): an older call belongs to no attack of now.
 */
const IN_SIGHT_MS = 300_000;

/** Resolves when the call is forgotten. Keeps no process alive. */
export function lostFromSight(): Promise<void> {
  return delay(IN_SIGHT_MS, undefined, { ref: false });
}
