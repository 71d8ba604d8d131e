/** From the fields of a channel to the call attempt that it is. */
import { isIP } from 'node:net';
import { CALL_ID_MAX, type CallAttempt } from '../../admission/call-attempt.js';
import type { Trunks } from '../../admission/trunks.js';
import { bounded, type InviteFields, readCallParties } from '../../sip-headers/call-parties.js';
import type { ChannelData } from './channel-data.js';

/** True for the leg by which a call comes in. A bridged call has another one, which is no call of its own. */
export function isInbound(field: ChannelData): boolean {
  return field('Call-Direction') === 'inbound';
}

/** The SIP Call-ID; '' for a channel that has none, such as one of another endpoint. */
export function sipCallIdOf(field: ChannelData): string {
  return bounded(field('variable_sip_call_id'), CALL_ID_MAX);
}

/**
 * The attempt that a channel is. The From-tag is left out: whatever asks about a call of FreeSWITCH, by events, from the
 * dialplan or by listing channels, must name it alike.
 */
export function attemptOf(field: ChannelData, callId: string, switchId: string, trunks: Trunks): CallAttempt {
  const sourceIp = sourceOf(field);
  const parties = readCallParties(inviteFieldsOf(field), trunks.find('', sourceIp));
  return { callId, fromTag: '', ...parties, sourceIp, switchId, trunk: '' };
}

function sourceOf(field: ChannelData): string {
  const text = field('variable_sip_network_ip') || field('Caller-Network-Addr');
  const address = text.replace(/^\[(.*)\]$/, '$1');
  return isIP(address) === 0 ? '' : address;
}

/**
 * The INVITE again, as far as FreeSWITCH has kept it. Caller-Caller-ID-Number is of no use for a SIP call: identities override it,
 * whoever wrote them. Of several Diversion header fields FreeSWITCH keeps the last, which is the number first dialled.
 * Priority and Resource-Priority are there only where the SIP profile has `parse-all-invite-headers`.
 */
function inviteFieldsOf(field: ChannelData): InviteFields {
  const isSip = field('variable_sip_call_id') !== '';
  const caller = field('variable_sip_from_user') || (isSip ? '' : field('Caller-Caller-ID-Number'));
  const callee = field('variable_sip_req_user') || field('Caller-Destination-Number');
  const identity = field('variable_sip_P-Asserted-Identity');
  return {
    requestUri: callee === '' ? `sip:${field('variable_sip_req_host')}` : uriOf(callee),
    from: `<${uriOf(caller)}>`,
    // FreeSWITCH keeps the user alone.
    assertedIdentity: identity === '' || identity.includes(':') ? identity : `<${uriOf(identity)}>`,
    diversion: field('variable_sip_h_Diversion'),
    historyInfo: field('variable_sip_history_info'),
    priority: field('variable_sip_i_priority'),
    resourcePriority: field('variable_sip_i_resource_priority'),
  };
}

/** What would end the user part is encoded; what FreeSWITCH has left encoded stays so. */
function uriOf(user: string): string {
  return user === '' ? 'sip:host' : `sip:${user.replace(/[<>"@]/g, encodeURIComponent)}@host`;
}
