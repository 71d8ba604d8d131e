/** Takes each INVITE through its life: read, screened, answered or passed on, reported, forgotten. */
import type { AgentTelemetry, Clock, Log } from '../admission/ports.js';
import type { Trunks } from '../admission/trunks.js';
import { CallState } from '../gen/acm/v1/detection.js';
import { uriAt } from '../sip-headers/uri.js';
import { sendAnswer } from './answer.js';
import { B2buaCarrier } from './b2bua.js';
import { Call, type Carrier, type PassedOn } from './call.js';
import type { CallReports } from './call-reports.js';
import { isWithinDialog, readInvite } from './invite.js';
import type { LiveCalls } from './live-calls.js';
import { forwardedMaxForwards } from './max-forwards.js';
import { ProxyCarrier } from './proxy.js';
import { RedirectCarrier } from './redirect.js';
import type { Screening } from './screening.js';
import type { SipRequest, SipResponse, SipStack } from './stack.js';

/** How calls are passed on. */
export interface PassOnSettings {
  readonly mode: 'b2bua' | 'proxy' | 'redirect';
  /** SIP URI of where calls go. */
  readonly nextHop: string;
}

export interface InviteHandlerParts {
  readonly stack: SipStack;
  readonly screening: Screening;
  readonly calls: LiveCalls;
  readonly reports: CallReports;
  readonly trunks: Trunks;
  readonly telemetry: AgentTelemetry;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: PassOnSettings;
}

export class InviteHandler {
  constructor(readonly parts: InviteHandlerParts) {}

  /** Handles one INVITE until the agent has no more part in the call. Never rejects. */
  async handle(req: SipRequest, res: SipResponse): Promise<void> {
    // A re-INVITE of a call in hand goes to its dialog; this one is of a call that nobody knows (RFC 3261, 12.2.2).
    if (isWithinDialog(req)) return res.send(481);
    const { calls, trunks, clock } = this.parts;
    const call = new Call(readInvite(req, trunks), req, res, clock.now());
    // Known before the sidecar is: its command to end the call may come before its verdict.
    calls.add(call);
    await Promise.race([this.#see(call), call.abandoned]);
    calls.remove(call);
    if (call.state !== CallState.UNSPECIFIED) this.parts.reports.advance(call, CallState.ENDED);
  }

  async #see(call: Call): Promise<void> {
    try {
      const rejection = await this.parts.screening.screen(call.invite);
      if (call.over) return;
      if (rejection === undefined) await this.#passOn(call);
      else sendAnswer(call.res, rejection);
    } catch (error) {
      this.parts.log.error({ callId: call.invite.callId, err: error }, 'call failed in the agent');
      call.res.send(500);
    }
  }

  async #passOn(call: Call): Promise<void> {
    if (this.parts.settings.mode !== 'redirect' && forwardedMaxForwards(call.req) < 0)
      return call.res.send(483);
    // Both legs need a Contact; without one the call would fail after the callee has answered (RFC 3261, 8.1.1.8).
    if (call.req.get('Contact') === undefined) return call.res.send(400, 'Missing Contact');
    this.parts.reports.advance(call, CallState.RINGING);
    await call.passOn(this.#carrierOf(call), (outcome) => this.#settled(call, outcome));
  }

  #carrierOf(call: Call): Carrier {
    const { stack } = this.parts;
    const { mode, nextHop } = this.parts.settings;
    if (mode === 'redirect') return new RedirectCarrier(call, nextHop);
    const uri = uriAt(nextHop, call.req.uri);
    // drachtio-srf can send no INVITE to a URN. It is an emergency call (RFC 5031), which nobody would tear down anyway.
    if (mode === 'proxy' || uri === undefined) return new ProxyCarrier(call, stack, nextHop);
    return new B2buaCarrier(call, stack, uri, nextHop);
  }

  #settled(call: Call, outcome: PassedOn): void {
    const { calls, reports, telemetry } = this.parts;
    calls.noteSettled();
    if (outcome === 'answered') reports.advance(call, CallState.ANSWERED);
    if (outcome !== 'redirected') telemetry.passedOn(outcome);
  }
}
