import { randomUUID } from 'node:crypto';
import { type Endpoint, newTag } from './sip-address.js';
import type { SipRequest, SipResponse } from './sip-message.js';
import { type SipTimers, TimerSet } from './timers.js';

/** What a transaction needs of its surroundings. */
export interface TransactionTransport {
  readonly timers: SipTimers;
  /** Sends a message that has not been sent before, and returns its text. */
  send(message: SipRequest | SipResponse, to: Endpoint): string;
  resend(text: string, to: Endpoint): void;
}

type ServerState = 'trying' | 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'ended';

/**
 * A request received and the responses to it: RFC 3261 sections 17.2.1 (INVITE, as corrected by RFC 6026) and 17.2.2.
 * Retransmissions of the request end here, and are answered with the last response.
 */
export class ServerTransaction {
  /** The transaction id by which applications know it. */
  readonly id = randomUUID();
  /** The To tag of responses to a request that has none. */
  toTag = newTag();
  private state: ServerState = 'trying';
  private lastResponse: string | undefined;
  private onNoAck: (() => void) | undefined;
  private readonly timers = new TimerSet();

  constructor(
    readonly request: SipRequest,
    readonly source: Endpoint,
    private readonly transport: TransactionTransport,
    private readonly onEnd: () => void,
  ) {}

  get isInvite(): boolean {
    return this.request.method === 'INVITE';
  }

  get isAnswered(): boolean {
    return this.state !== 'trying' && this.state !== 'proceeding';
  }

  /** Whether the INVITE was answered with a 2xx. */
  get isAccepted(): boolean {
    return this.state === 'accepted';
  }

  /** Sends a response and returns its text; undefined where a final response has gone out before. */
  send(response: SipResponse): string | undefined {
    const isSuccess = response.status >= 200 && response.status < 300;
    // RFC 6026 section 7.1: a proxy passes every retransmission of a 2xx on.
    if (this.isAnswered && !(this.isAccepted && isSuccess)) return undefined;
    const text = this.transport.send(response, this.source);
    this.lastResponse = text;
    if (response.status < 200) this.state = 'proceeding';
    else if (!this.isInvite) this.complete('completed', 'J');
    else if (isSuccess) this.complete('accepted', 'L');
    else {
      this.complete('completed', 'H');
      this.timers.repeat('G', this.transport.timers.t1Ms, this.transport.timers.t2Ms, () => this.resend());
    }
    return text;
  }

  /**
   * Repeats the 2xx until its ACK: the task of a user agent, not of a proxy (RFC 3261 section 13.3.1.4).
   * `onNoAck` is called when none has come within 64 T1.
   */
  repeatUntilAcknowledged(onNoAck: () => void): void {
    this.onNoAck = onNoAck;
    this.timers.repeat('2xx', this.transport.timers.t1Ms, this.transport.timers.t2Ms, () => this.resend());
  }

  /** The ACK of the 2xx has come; it is a transaction of its own. */
  acknowledge(): void {
    this.onNoAck = undefined;
    this.timers.clear('2xx');
  }

  /** An ACK with the branch of the INVITE; true if it was that of a non-2xx, and so ends here. */
  receiveAck(): boolean {
    if (this.state === 'completed') {
      this.state = 'confirmed';
      this.timers.clearAll();
      this.timers.set('I', this.transport.timers.t4Ms, () => this.end());
    }
    return this.state !== 'accepted';
  }

  receiveRetransmission(): void {
    this.resend();
  }

  /** Forgets the transaction; nothing is sent. */
  end(): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.timers.clearAll();
    this.onEnd();
  }

  private complete(state: ServerState, timer: string): void {
    this.state = state;
    this.timers.set(timer, 64 * this.transport.timers.t1Ms, () => {
      this.end();
      this.onNoAck?.();
    });
  }

  private resend(): void {
    if (this.lastResponse !== undefined) this.transport.resend(this.lastResponse, this.source);
  }
}
