/** Asks the sidecar about one call and decides: passed on, or answered how. */
import type { Exemptions } from '../admission/exemptions.js';
import type { AgentTelemetry, Log } from '../admission/ports.js';
import { redactNumber } from '../admission/redaction.js';
import type { SipAnswer } from '../admission/reject-profile.js';
import type { Trunk } from '../admission/trunks.js';
import type { CheckOutcome } from '../client/check-outcome.js';
import type { SidecarClient } from '../client/sidecar-client.js';
import { type CheckCallResponse, Verdict } from '../gen/acm/v1/detection.js';
import { isFailureStatus, UNSCREENED_ANSWER } from './answer.js';
import type { Invite } from './invite.js';

const VERDICT_NAMES: Readonly<Partial<Record<Verdict, 'observe' | 'reject'>>> = {
  [Verdict.OBSERVE]: 'observe',
  [Verdict.REJECT]: 'reject',
};

export class Screening {
  #blind = false;

  constructor(
    readonly client: Pick<SidecarClient, 'checkCall'>,
    readonly exemptions: Exemptions,
    readonly telemetry: AgentTelemetry,
    readonly log: Log,
    readonly switchId: string,
  ) {}

  /** How to answer the INVITE, or undefined to pass the call on. Never rejects. */
  async screen(invite: Invite): Promise<SipAnswer | undefined> {
    const startedMs = performance.now();
    const { trunk, ...attempt } = invite;
    const outcome = await this.client.checkCall({
      ...attempt,
      trunk: trunk.name,
      switchId: this.switchId,
    });
    this.#noteSight(outcome);
    if (outcome.kind === 'unscreened') return this.#withoutVerdict(invite, outcome);
    const verdict = VERDICT_NAMES[outcome.response.verdict] ?? 'allow';
    this.telemetry.screened(verdict, performance.now() - startedMs);
    return verdict === 'reject' ? this.#rejection(invite, outcome.response) : undefined;
  }

  #rejection(invite: Invite, response: CheckCallResponse): SipAnswer {
    const { callId, aNumber, bNumber, trunk } = invite;
    const { alertId, distinctACount } = response;
    const who = { callId, aNumber: redactNumber(aNumber), bNumber: redactNumber(bNumber), trunk: trunk.name };
    this.log.info({ ...who, alertId, distinctACount }, 'call rejected');
    return rejectionOf(response, trunk);
  }

  #withoutVerdict(
    invite: Invite,
    { cause, action }: Extract<CheckOutcome, { kind: 'unscreened' }>,
  ): SipAnswer | undefined {
    const rejects = action === 'reject' && !this.#isExempt(invite);
    this.telemetry.unscreened(cause, rejects ? 'reject' : 'allow');
    return rejects ? UNSCREENED_ANSWER : undefined;
  }

  #isExempt({ bNumber, trunk, emergency }: Invite): boolean {
    return this.exemptions.covers(bNumber, emergency, trunk.plan);
  }

  /** One line when calls begin to go unscreened and one when that is over, not one for each call. */
  #noteSight(outcome: CheckOutcome): void {
    const blind = outcome.kind === 'unscreened';
    if (blind === this.#blind) return;
    this.#blind = blind;
    if (!blind) this.log.info({}, 'calls are screened again');
    else {
      const { cause, action, detail } = outcome;
      this.log.warn({ cause, action, detail }, 'calls go on unscreened');
    }
  }
}

/** The response's answer, with the Call-Info of the trunk's own (RFC 8688), which a response does not carry. */
function rejectionOf(
  { sipStatus, sipReason, reasonHeader }: CheckCallResponse,
  { answer }: Trunk,
): SipAnswer {
  if (!isFailureStatus(sipStatus)) return answer;
  const rejection = { status: sipStatus, phrase: sipReason, reasonHeader };
  return answer.status === sipStatus ? { ...answer, ...rejection } : rejection;
}
