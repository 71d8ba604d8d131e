import type { TransactionTransport } from './server-transaction.js';
import { branchOf, type Endpoint } from './sip-address.js';
import { cseqOf, type HeaderField, header, type SipRequest, type SipResponse } from './sip-message.js';
import { TimerSet } from './timers.js';

export interface ClientTransactionUser {
  /** A response that is not a retransmission: provisional, or the one final response. */
  onResponse(response: SipResponse, source: Endpoint): void;
  /** A further 2xx to an INVITE: the ACK was lost, or has not been sent yet. */
  onRepeatedSuccess?(response: SipResponse): void;
  /** No (final) response within 64 T1. */
  onTimeout(): void;
}

/** A client transaction whose outcome nobody waits for. */
export const SILENT_USER: ClientTransactionUser = { onResponse: () => {}, onTimeout: () => {} };

/** RFC 3261 section 17.1.3: a CANCEL shares the branch of its INVITE, so the method belongs to the key. */
export function clientKey(branch: string, method: string): string {
  return `${branch}|${method}`;
}

type ClientState = 'calling' | 'proceeding' | 'completed' | 'accepted' | 'ended';

/**
 * A request sent and the responses to it: RFC 3261 sections 17.1.1 (INVITE, as corrected by RFC 6026) and 17.1.2.
 * It repeats the request until a response comes, and acknowledges every non-2xx by itself.
 */
export class ClientTransaction {
  readonly key: string;
  /** The branch of the request, and so of its ACK and CANCEL. */
  readonly branch: string;
  /** The request as sent. */
  readonly text: string;
  private state: ClientState = 'calling';
  private cancellation: (() => void) | undefined;
  private isCancelled = false;
  private acknowledgement: string | undefined;
  private readonly timers = new TimerSet();

  constructor(
    readonly request: SipRequest,
    readonly destination: Endpoint,
    private readonly transport: TransactionTransport,
    private readonly user: ClientTransactionUser,
    private readonly onEnd: () => void,
  ) {
    const { t1Ms, t2Ms } = transport.timers;
    this.branch = branchOf(header(request, 'Via') ?? '');
    this.key = clientKey(this.branch, request.method);
    this.text = transport.send(request, destination);
    const resend = (): void => transport.resend(this.text, destination);
    this.timers.repeat('A or E', t1Ms, this.isInvite ? Number.POSITIVE_INFINITY : t2Ms, resend);
    this.timers.set('B or F', 64 * t1Ms, () => this.expire());
  }

  get isInvite(): boolean {
    return this.request.method === 'INVITE';
  }

  /** Whether a final response is still to come, so that a CANCEL has any effect. */
  get isOpen(): boolean {
    return this.state === 'calling' || this.state === 'proceeding';
  }

  /**
   * Has `send` called when a CANCEL may go out: at once after a provisional response, else with the first one
   * (RFC 3261 section 9.1). False where there is nothing to cancel, or it has been cancelled before.
   */
  cancel(send: () => void): boolean {
    if (!this.isInvite || !this.isOpen || this.isCancelled) return false;
    this.isCancelled = true;
    this.cancellation = send;
    if (this.state === 'proceeding') this.sendCancellation();
    return true;
  }

  receive(response: SipResponse, source: Endpoint): void {
    if (response.status < 200) this.receiveProvisional(response, source);
    else if (!this.isInvite) this.receiveFinal(response, source);
    else if (response.status < 300) this.receiveSuccess(response, source);
    else this.receiveFailure(response, source);
  }

  end(): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.timers.clearAll();
    this.onEnd();
  }

  private receiveProvisional(response: SipResponse, source: Endpoint): void {
    if (!this.isOpen) return;
    this.state = 'proceeding';
    if (this.isInvite) {
      this.timers.clear('A or E');
      // An INVITE may ring for as long as it likes, unless it has been cancelled.
      if (!this.isCancelled || this.cancellation) this.timers.clear('B or F');
      this.sendCancellation();
    }
    this.user.onResponse(response, source);
  }

  private receiveFinal(response: SipResponse, source: Endpoint): void {
    if (!this.isOpen) return;
    this.complete('completed', this.transport.timers.t4Ms);
    this.user.onResponse(response, source);
  }

  private receiveSuccess(response: SipResponse, source: Endpoint): void {
    if (this.state === 'accepted') this.user.onRepeatedSuccess?.(response);
    if (!this.isOpen) return;
    this.complete('accepted', 64 * this.transport.timers.t1Ms);
    this.user.onResponse(response, source);
  }

  private receiveFailure(response: SipResponse, source: Endpoint): void {
    if (this.state === 'completed' && this.acknowledgement !== undefined) {
      this.transport.resend(this.acknowledgement, this.destination);
    }
    if (!this.isOpen) return;
    this.complete('completed', 64 * this.transport.timers.t1Ms);
    const ack = derivedRequest(this.request, 'ACK', header(response, 'To') ?? '');
    this.acknowledgement = this.transport.send(ack, this.destination);
    this.user.onResponse(response, source);
  }

  private complete(state: ClientState, lingerMs: number): void {
    this.state = state;
    this.timers.clearAll();
    this.timers.set('D, K or M', lingerMs, () => this.end());
  }

  private sendCancellation(): void {
    if (!this.cancellation) return;
    this.cancellation();
    this.cancellation = undefined;
    // RFC 3261 section 9.1: without a final response by then, the INVITE counts as cancelled.
    this.timers.set('B or F', 64 * this.transport.timers.t1Ms, () => this.expire());
  }

  private expire(): void {
    this.end();
    this.user.onTimeout();
  }
}

/**
 * The ACK of a non-2xx (RFC 3261 section 17.1.1.3) or the CANCEL (section 9.1) that belongs to an INVITE: they share
 * its top Via, its route, From, Call-ID and CSeq number.
 */
export function derivedRequest(
  invite: SipRequest,
  method: 'ACK' | 'CANCEL',
  to: string,
  extra: readonly HeaderField[] = [],
): SipRequest {
  const copied = invite.headers.filter(({ name }) =>
    ['Route', 'Max-Forwards', 'From', 'Call-ID'].includes(name),
  );
  const headers = [
    { name: 'Via', value: header(invite, 'Via') ?? '' },
    ...copied,
    { name: 'To', value: to },
    { name: 'CSeq', value: `${cseqOf(invite).seq} ${method}` },
    ...extra,
  ];
  return { kind: 'request', method, uri: invite.uri, headers, body: '' };
}
