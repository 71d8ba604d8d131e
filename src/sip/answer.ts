/** Final responses that the agent gives of itself. */

import type { SipAnswer } from '../admission/reject-profile.js';
import type { DisconnectCommand } from '../client/disconnect-watch.js';
import type { Headers, SipResponse } from './stack.js';

/** When screening is to fail closed and there is no verdict (RFC 3261, section 21.4.18). */
export const UNSCREENED_ANSWER: SipAnswer = {
  status: 480,
  phrase: 'Temporarily Unavailable',
  reasonHeader: 'SIP;cause=480;text="Call screening unavailable"',
};

/** Nobody answered within Timer C (RFC 3261, section 16.8). */
export const TIMEOUT_ANSWER: SipAnswer = {
  status: 408,
  phrase: 'Request Timeout',
  reasonHeader: 'SIP;cause=408;text="Request Timeout"',
};

/** The Reason header field (RFC 3326) as headers to send; none when it is empty. */
export function reasonHeaders(reason: string): Headers {
  return reason === '' ? {} : { Reason: reason };
}

/** Answers an INVITE. Does nothing if it has its final response already. */
export function sendAnswer(res: SipResponse, answer: SipAnswer): void {
  const callInfo: Headers = answer.callInfo === undefined ? {} : { 'Call-Info': answer.callInfo };
  res.send(answer.status, answer.phrase, { headers: { ...reasonHeaders(answer.reasonHeader), ...callInfo } });
}

/** How a disconnect command wants a call answered that is not up yet. */
export function answerOf(command: DisconnectCommand): SipAnswer {
  if (!isFailureStatus(command.sipStatus))
    return { ...UNSCREENED_ANSWER, reasonHeader: command.reasonHeader };
  return { status: command.sipStatus, phrase: command.sipReason, reasonHeader: command.reasonHeader };
}

/** 400 to 699: the statuses with which the contract lets a call be rejected. */
export function isFailureStatus(status: number): boolean {
  return status >= 400 && status <= 699;
}
