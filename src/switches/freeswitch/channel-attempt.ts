/** From the fields of a channel to the call attempt that it is. */
import { isIP } from 'node:net';
import { boundedText } from '../../admission/bounded-text.js';
import { CALL_ID_MAX, type CallAttempt, NUMBER_MAX } from '../../admission/call-attempt.js';
import { parseNameAddrs } from '../../admission/name-addr.js';
import { userOf } from '../../admission/sip-uri.js';
import type { Trunk, Trunks } from '../../admission/trunks.js';
import type { ChannelData } from './channel-data.js';

/** The Resource-Priority namespace of emergency calls (RFC 7135). */
const EMERGENCY_NAMESPACE = /(^|,)\s*esnet\./i;

/** True for the leg by which a call comes in. A bridged call has another one, which is no call of its own. */
export function isInbound(field: ChannelData): boolean {
  return field('Call-Direction') === 'inbound';
}

/** The SIP Call-ID; '' for a channel that has none, such as one of another endpoint. */
export function sipCallIdOf(field: ChannelData): string {
  return boundedText(field('variable_sip_call_id'), CALL_ID_MAX);
}

/**
 * The attempt that a channel is. The From-tag is left out: whatever asks about a call of FreeSWITCH, by events, from the
 * dialplan or by listing channels, must name it alike.
 */
export function attemptOf(field: ChannelData, callId: string, switchId: string, trunks: Trunks): CallAttempt {
  const sourceIp = sourceOf(field);
  const trunk = trunks.find('', sourceIp);
  return {
    callId,
    fromTag: '',
    aNumber: boundedText(callerOf(field, trunk), NUMBER_MAX),
    bNumber: boundedText(calleeOf(field, trunk), NUMBER_MAX),
    sourceIp,
    switchId,
    trunk: '',
    emergency: isEmergency(field),
  };
}

function sourceOf(field: ChannelData): string {
  const address = (field('variable_sip_network_ip') || field('Caller-Network-Addr')).replace(
    /^\[(.*)\]$/,
    '$1',
  );
  return isIP(address) === 0 ? '' : address;
}

/**
 * P-Asserted-Identity (RFC 3325) from a trunk that is trusted with it, else the user of From. Caller-Caller-ID-Number is of
 * no use for a SIP call: identities override it, whoever wrote them.
 */
function callerOf(field: ChannelData, trunk: Trunk): string {
  const identity = trunk.trustIdentity ? identityOf(field('variable_sip_P-Asserted-Identity')) : '';
  if (identity !== '') return identity;
  const user = sipUser(field('variable_sip_from_user'));
  return isSip(field) ? user : user || field('Caller-Caller-ID-Number');
}

/** FreeSWITCH keeps the user alone, or the header field as it came. */
function identityOf(text: string): string {
  if (!text.includes(':')) return sipUser(text);
  return (
    parseNameAddrs(text)
      .map(({ uri }) => userOf(uri))
      .find((user) => user !== '') ?? ''
  );
}

/** The number first dialled, from a trunk that is trusted with it, else the Request-URI's. */
function calleeOf(field: ChannelData, trunk: Trunk): string {
  const dialled = trunk.trustDiversion ? firstDialled(field) : '';
  return (
    dialled ||
    sipUser(field('variable_sip_req_user')) ||
    sipUser(field('Caller-Destination-Number')) ||
    field('variable_sip_req_host')
  );
}

/**
 * Each diversion puts its entry on top (RFC 5806, section 4.1), so the first is the last; of several header fields FreeSWITCH
 * keeps that one. History-Info (RFC 7044, section 5) counts instead: index 1 is the first target.
 */
function firstDialled(field: ChannelData): string {
  const diversions = parseNameAddrs(field('variable_sip_h_Diversion'));
  const history = parseNameAddrs(field('variable_sip_history_info'));
  const first = history.find(({ params }) => params.get('index') === '1');
  return userOf(diversions.at(-1)?.uri ?? '') || userOf(first?.uri ?? '');
}

/**
 * Priority: emergency (RFC 3261, section 20.26), or Resource-Priority in the namespace of emergency calls. FreeSWITCH keeps these
 * header fields only where the SIP profile has `parse-all-invite-headers`.
 */
function isEmergency(field: ChannelData): boolean {
  const priority = field('variable_sip_i_priority');
  const resource = field('variable_sip_i_resource_priority') || field('variable_sip_i_Resource-Priority');
  return priority.trim().toLowerCase() === 'emergency' || EMERGENCY_NAMESPACE.test(resource);
}

function isSip(field: ChannelData): boolean {
  return field('variable_sip_call_id') !== '';
}

/** The user part of a SIP URI without its parameters and percent-encoding. */
function sipUser(user: string): string {
  return user === '' ? '' : userOf(`sip:${user}@host`);
}
