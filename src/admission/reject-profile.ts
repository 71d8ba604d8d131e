/** How a rejected call is answered in SIP. */

/** Names of the profiles, as they are configured. */
export const REJECT_PROFILES = ['608', '603+', '603', '403', '480'] as const;
export type RejectProfile = (typeof REJECT_PROFILES)[number];

/** A final response to an INVITE. */
export interface SipAnswer {
  /** 400 to 699. */
  readonly status: number;
  readonly phrase: string;
  /** Value of the Reason header field (RFC 3326). */
  readonly reasonHeader: string;
  /** Value of the Call-Info header field (RFC 8688, section 3.2.2); absent when nobody is named. */
  readonly callInfo?: string;
}

/** What a call without rejection carries: no status at all. */
export const NO_ANSWER: SipAnswer = { status: 0, phrase: '', reasonHeader: '' };

/**
 * The answer of one profile.
 * @param url where a wrongly rejected caller can complain; '' for nowhere. 608 expects a signed jCard behind it.
 */
export function sipAnswerOf(profile: RejectProfile, url: string): SipAnswer {
  switch (profile) {
    case '608': // RFC 8688: an intermediary rejected the call by analysis.
      return {
        ...answer(608, 'Rejected'),
        ...(url === '' ? {} : { callInfo: `<${url}>;purpose=jwscard` }),
      };
    case '603+': // ATIS-1000099: the parameters stand inside `text`, and `location=TN` says that a network blocked it.
      return {
        status: 603,
        phrase: 'Network Blocked',
        reasonHeader: `SIP;cause=603;text="v=analytics1${url === '' ? '' : `;url=${url}`}";location=TN`,
      };
    case '603': // RFC 3261, section 21.6.2.
      return answer(603, 'Decline');
    case '403': // RFC 3261, section 21.4.4.
      return answer(403, 'Forbidden');
    case '480': // RFC 3261, section 21.4.18.
      return answer(480, 'Temporarily Unavailable');
  }
}

function answer(status: number, phrase: string): SipAnswer {
  return { status, phrase, reasonHeader: `SIP;cause=${status};text="${phrase}"` };
}
