/** One call that the agent has in hand, from its INVITE until the agent has no more part in it. */
import type { DisconnectOutcome } from '../admission/disconnect.js';
import type { DisconnectCommand } from '../client/disconnect-watch.js';
import { CallState } from '../gen/acm/v1/detection.js';
import { answerOf, sendAnswer } from './answer.js';
import type { Invite } from './invite.js';
import type { SipRequest, SipResponse } from './stack.js';

/** What became of a call that was passed on; `redirected` ones are out of sight at once. */
export type PassedOn = 'answered' | 'failed' | 'cancelled' | 'redirected';

/** The way in which a call is passed on, and how it can be ended. */
export interface Carrier {
  /**
   * Passes the call on and carries it until the agent has no more part in it. Never rejects.
   * @param settled called once, when the INVITE has its final response.
   */
  carry(settled: (outcome: PassedOn) => void): Promise<void>;
  /** Ends the call, whatever its state. The promise settles when that is certain; repeating the order changes nothing. */
  end(command: DisconnectCommand): Promise<DisconnectOutcome>;
}

export class Call {
  /** How far the call has come, as the sidecar is told; unspecified before it was passed on. */
  state = CallState.UNSPECIFIED;
  #carrier: Carrier | undefined;
  #cancelled = false;
  #ended = false;
  #settled = false;
  readonly #abandoned = Promise.withResolvers<void>();

  /** @param startedMs when the INVITE came, on the agent's clock. */
  constructor(
    readonly invite: Invite,
    readonly req: SipRequest,
    readonly res: SipResponse,
    readonly startedMs: number,
  ) {
    req.on('cancel', () => {
      this.#cancelled = true;
    });
  }

  /** The caller has given up. */
  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** Nothing is left to decide: the caller has given up, or the call was ended before it was passed on. */
  get over(): boolean {
    return this.#cancelled || this.#ended;
  }

  /** Whether the INVITE has its final response. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Resolves when the connection is lost by which the call was carried. */
  get abandoned(): Promise<void> {
    return this.#abandoned.promise;
  }

  /** Passes the call on. */
  async passOn(carrier: Carrier, settled: (outcome: PassedOn) => void): Promise<void> {
    this.#carrier = carrier;
    await carrier.carry((outcome) => {
      this.#settled = true;
      settled(outcome);
    });
  }

  /** Ends the call in whatever state it is. */
  end(command: DisconnectCommand): Promise<DisconnectOutcome> {
    if (this.#carrier === undefined) return Promise.resolve(this.#endBeforePassingOn(command));
    return Promise.race([this.#carrier.end(command), this.abandoned.then(() => 'failed' as const)]);
  }

  /** The connection to drachtio-server is lost and with it every way to act on the call. */
  abandon(): void {
    this.#abandoned.resolve();
  }

  #endBeforePassingOn(command: DisconnectCommand): DisconnectOutcome {
    if (this.over) return 'gone';
    this.#ended = true;
    sendAnswer(this.res, answerOf(command));
    return 'ended';
  }
}
