/** How a leg is told why its call ends: in the words of the order, where these are safe within a command. */
import type { DisconnectOrder } from '../../admission/disconnect.js';

export type Rejection = Pick<DisconnectOrder, 'sipStatus' | 'sipReason' | 'reasonHeader'>;

const REASON_LENGTH_MAX = 1_024;

/**
 * The channel variables by which exactly one Reason header field goes out: `sip_reason` with the final response and with
 * CANCEL, the other two with BYE.
 */
export function reasonVariables(rejection: Rejection): [name: string, value: string][] {
  const reason = safeReason(rejection);
  return [
    ['sip_reason', reason],
    ['disable_q850_reason', 'true'],
    ['sip_bye_h_Reason', reason],
  ];
}

/** Ends a call in any state: the final response before the answer, BYE after it. */
export function transferToRejection(uuid: string, { sipStatus, sipReason }: Rejection): string {
  const phrase = /^[A-Za-z0-9 .+-]{1,64}$/.test(sipReason) ? sipReason : 'Rejected';
  return `api uuid_transfer ${uuid} 'respond:${safeStatus(sipStatus)} ${phrase}' inline`;
}

/**
 * The cause by which `uuid_kill` comes nearest to a final response. It can name neither 608 nor 607; an unknown cause would
 * silently become 480.
 */
export function causeFor({ sipStatus }: Rejection): string {
  switch (sipStatus) {
    case 403:
      return 'INCOMING_CALL_BARRED';
    case 480:
      return 'NO_ANSWER';
    default:
      return 'CALL_REJECTED';
  }
}

/** FreeSWITCH would expand `$`, take `'` and `\` for quoting, and a line break for the next command. */
function safeReason({ sipStatus, reasonHeader }: Rejection): string {
  const safe = /^[\x20-\x7e]+$/.test(reasonHeader) && !/[$'\\]/.test(reasonHeader);
  if (safe && reasonHeader.length <= REASON_LENGTH_MAX) return reasonHeader;
  return `SIP;cause=${safeStatus(sipStatus)}`;
}

function safeStatus(status: number): number {
  return Number.isInteger(status) && status >= 400 && status <= 699 ? status : 608;
}
