/** Tells the sidecar about calls in progress, so that they can be torn down. */
import type { Clock } from '../admission/ports.js';
import type { SidecarClient } from '../client/sidecar-client.js';
import { CallState } from '../gen/acm/v1/detection.js';
import type { Call } from './call.js';

export class CallReports {
  constructor(
    readonly client: Pick<SidecarClient, 'reportCallState'>,
    readonly clock: Clock,
    readonly switchId: string,
  ) {}

  /** The call has come this far. */
  advance(call: Call, state: CallState): void {
    call.state = state;
    this.#report(call);
  }

  /** Reports everything again, to a sidecar that may have been restarted. */
  repeat(calls: Iterable<Call>): void {
    for (const call of calls) if (call.state !== CallState.UNSPECIFIED) this.#report(call);
  }

  #report({ invite, startedMs, state }: Call): void {
    const { callId, fromTag, aNumber, bNumber, sourceIp, trunk, emergency } = invite;
    const ageMs = Math.max(0, this.clock.now() - startedMs);
    const who = { callId, fromTag, aNumber, bNumber, sourceIp, trunk: trunk.name, emergency };
    this.client.reportCallState({ ...who, switchId: this.switchId, state, ageMs });
  }
}
