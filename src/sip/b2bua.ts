/** Passing a call on as a back-to-back user agent: the agent owns both legs, so it can end the call at any time. */
import type { DisconnectOutcome } from '../admission/disconnect.js';
import type { SipAnswer } from '../admission/reject-profile.js';
import type { DisconnectCommand } from '../client/disconnect-watch.js';
import { parseNameAddr } from '../sip-headers/name-addr.js';
import { answerOf, reasonHeaders, sendAnswer, TIMEOUT_ANSWER } from './answer.js';
import type { Call, Carrier, PassedOn } from './call.js';
import { within } from './deadline.js';
import { relayInDialog } from './in-dialog.js';
import { forwardedMaxForwards } from './max-forwards.js';
import { relayedHeaders } from './relayed-headers.js';
import {
  type Headers,
  isSipFailure,
  type Legs,
  type SipDialog,
  type SipMessage,
  type SipStack,
} from './stack.js';

/** Longest time to ring: Timer C of RFC 3261, section 16.6, which must exceed three minutes. */
const RINGING_MS_MAX = 185_000;
/** How long the caller waits for the callee to confirm a CANCEL before it gets its answer regardless. */
const CANCEL_MS_MAX = 2_000;
/** Nothing is heard of a transaction after 64 * T1 (RFC 3261, section 17.1.1.2); with a margin, then it is given up. */
const TRANSACTION_MS_MAX = 35_000;

/** Carries one call between the caller's leg and the callee's. */
export class B2buaCarrier implements Carrier {
  #bLegInvite: { cancel(options: { headers: Headers }): void } | undefined;
  #legs: Legs | undefined;
  /** Set when the call is to end before it is up: how to answer the caller. */
  #refusal: SipAnswer | undefined;
  #ending: Promise<DisconnectOutcome> | undefined;
  readonly #byes = new Map<SipDialog, Promise<DisconnectOutcome>>();
  readonly #setUpEnded = Promise.withResolvers<DisconnectOutcome>();
  readonly #hungUp = Promise.withResolvers<void>();

  /** @param uri Request-URI of the callee's leg; it is sent to `nextHop`. */
  constructor(
    readonly call: Call,
    readonly stack: SipStack,
    readonly uri: string,
    readonly nextHop: string,
  ) {}

  async carry(settled: (outcome: PassedOn) => void): Promise<void> {
    const timerC = setTimeout(() => this.#refuse(TIMEOUT_ANSWER), RINGING_MS_MAX).unref();
    const timeout = new Error('drachtio-server says nothing of the INVITE');
    const legs = await within(this.#setUp(), RINGING_MS_MAX + TRANSACTION_MS_MAX, timeout);
    clearTimeout(timerC);
    if (legs instanceof Error) {
      this.#answerFailure(legs);
      this.#setUpEnded.resolve('ended');
      settled(this.#wasCalledOff ? 'cancelled' : 'failed');
    } else await this.#carryAnswered(legs, settled);
  }

  end(command: DisconnectCommand): Promise<DisconnectOutcome> {
    const answer = answerOf(command);
    if (this.#legs === undefined) this.#ending ??= this.#refuse(answer);
    else this.#ending ??= this.#hangUp(this.#legs, answer.reasonHeader);
    return this.#ending;
  }

  get #wasCalledOff(): boolean {
    return this.call.cancelled || this.#refusal !== undefined;
  }

  async #setUp(): Promise<Legs | Error> {
    const { req, res } = this.call;
    const options = {
      uri: this.uri,
      proxy: this.nextHop,
      headers: bLegHeaders(req),
      responseHeaders: relayedHeaders,
      // A failure is answered here: drachtio-srf would leave the caller without an answer to an unlisted status.
      passFailure: false as const,
    };
    try {
      return await this.stack.createB2BUA(req, res, options, {
        cbRequest: (_error, bLegInvite) => {
          this.#bLegInvite = bLegInvite;
          if (this.#wasCalledOff) this.#cancelBLeg();
        },
      });
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async #carryAnswered(legs: Legs, settled: (outcome: PassedOn) => void): Promise<void> {
    this.#legs = legs;
    // The callee's 200 can win against our CANCEL; then the call is up on both legs and is ended like any other.
    if (this.#refusal !== undefined) {
      this.#setUpEnded.resolve(await this.#hangUp(legs, this.#refusal.reasonHeader));
      return settled('cancelled');
    }
    relayInDialog(legs.uas, legs.uac);
    this.#followHangUp(legs.uas, legs.uac);
    this.#followHangUp(legs.uac, legs.uas);
    settled('answered');
    await this.#hungUp.promise;
  }

  #answerFailure(error: Error): void {
    const { res } = this.call;
    if (this.#refusal !== undefined) sendAnswer(res, this.#refusal);
    else if (isSipFailure(error) && error.status >= 300) {
      res.send(error.status, error.reason ?? '', { headers: failureHeaders(error.status, error.res) });
    } else res.send(500);
  }

  /** Calls the set-up off: CANCEL to the callee, and `answer` to the caller once the callee has confirmed, or soon. */
  #refuse(answer: SipAnswer): Promise<DisconnectOutcome> {
    this.#refusal ??= answer;
    this.#cancelBLeg();
    const impatience = setTimeout(() => sendAnswer(this.call.res, answer), CANCEL_MS_MAX).unref();
    return this.#setUpEnded.promise.finally(() => clearTimeout(impatience));
  }

  #cancelBLeg(): void {
    this.#bLegInvite?.cancel({ headers: reasonHeaders(this.#refusal?.reasonHeader ?? '') });
  }

  async #hangUp(legs: Legs, reason: string): Promise<DisconnectOutcome> {
    const outcomes = await Promise.all([this.#bye(legs.uas, reason), this.#bye(legs.uac, reason)]);
    this.#hungUp.resolve();
    if (outcomes.includes('failed')) return 'failed';
    return outcomes.includes('ended') ? 'ended' : 'gone';
  }

  /** When one party hangs up, so does the other leg. The BYE may have come before anyone could listen for it. */
  #followHangUp(leg: SipDialog, other: SipDialog): void {
    const follow = async (bye?: SipMessage): Promise<void> => {
      await within(this.#bye(other, bye?.get('Reason') ?? ''), TRANSACTION_MS_MAX, 'failed');
      this.#hungUp.resolve();
    };
    if (leg.connected) leg.on('destroy', (bye) => void follow(bye));
    else void follow();
  }

  #bye(dialog: SipDialog, reason: string): Promise<DisconnectOutcome> {
    const sent = this.#byes.get(dialog) ?? sendBye(dialog, reason);
    this.#byes.set(dialog, sent);
    return sent;
  }
}

async function sendBye(dialog: SipDialog, reason: string): Promise<DisconnectOutcome> {
  if (!dialog.connected) return 'gone';
  try {
    await dialog.destroy({ headers: reasonHeaders(reason) });
    return 'ended';
  } catch (error) {
    return (error as { code?: string }).code === 'ENODIALOG' ? 'gone' : 'failed';
  }
}

/** The callee's leg shows the caller and the callee as the INVITE had them; tags are per leg. */
function bLegHeaders(req: Call['req']): Headers {
  return {
    ...relayedHeaders(req),
    from: parseNameAddr(req.get('From') ?? '').text,
    to: parseNameAddr(req.get('To') ?? '').text,
    'max-forwards': String(forwardedMaxForwards(req)),
  };
}

/** A 3xx says where to go in its Contact, which otherwise belongs to one leg. */
function failureHeaders(status: number, response: SipMessage | undefined): Headers {
  if (response === undefined) return {};
  const contact = status < 400 ? response.get('Contact') : undefined;
  return { ...relayedHeaders(response), ...(contact === undefined ? {} : { Contact: contact }) };
}
