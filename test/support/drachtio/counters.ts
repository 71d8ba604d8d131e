import type { SipMessage } from './sip-message.js';
import { cseqOf } from './sip-message.js';

/** What crossed the SIP socket. Retransmissions are counted apart, so that the others are exact numbers of messages. */
export class SipCounters {
  /** Requests received, by method. */
  readonly requestsIn: Record<string, number> = {};
  /** Requests sent, by method. */
  readonly requestsOut: Record<string, number> = {};
  /** Responses received, by method and status: `INVITE 200`. */
  readonly responsesIn: Record<string, number> = {};
  /** Responses sent, by method and status: `INVITE 200`. */
  readonly responsesOut: Record<string, number> = {};
  retransmissionsIn = 0;
  retransmissionsOut = 0;

  countIn(message: SipMessage): void {
    if (message.kind === 'request') increment(this.requestsIn, message.method);
    else increment(this.responsesIn, `${cseqOf(message).method} ${message.status}`);
  }

  countOut(message: SipMessage): void {
    if (message.kind === 'request') increment(this.requestsOut, message.method);
    else increment(this.responsesOut, `${cseqOf(message).method} ${message.status}`);
  }
}

function increment(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
