/**
 * The headers of a channel's events, as FreeSWITCH 1.10.12 sends them for a call that its `bridge` application passes on
 * over SIP: same names, same order, same peculiarities (a B-number of the outbound leg is percent-encoded; that leg has a
 * Call-ID, its own, only once the callee has answered).
 *
 * Not covered: media and codecs (`switch_r_sdp`, `rtp_*`, `remote_*`, `read_*`, `write_*`), most time stamps of the call
 * detail record, and the second `Hangup-Cause` that CHANNEL_HANGUP_COMPLETE repeats with the same value.
 */
import type { EventHeaders } from './event-frame.js';
import { q850Of } from './hangup-cause.js';
import { type Leg, otherLegOf } from './simulated-call.js';
import type { EventName } from './subscription.js';

const SIP_PORT = 5060;
const SWITCH_IP = '127.0.0.1';
export const HOST_NAME = 'simulator';

/** What every event begins with. */
export interface EventOrigin {
  readonly coreUuid: string;
  readonly sequence: number;
  /** Microseconds of the epoch. */
  readonly nowUs: number;
}

export function originHeaders(name: string, { coreUuid, sequence, nowUs }: EventOrigin): EventHeaders {
  const iso = new Date(nowUs / 1_000).toISOString();
  return {
    'Event-Name': name,
    'Core-UUID': coreUuid,
    'FreeSWITCH-Hostname': HOST_NAME,
    'FreeSWITCH-Switchname': HOST_NAME,
    'FreeSWITCH-IPv4': SWITCH_IP,
    'FreeSWITCH-IPv6': '::1',
    'Event-Date-Local': `${iso.slice(0, 10)} ${iso.slice(11, 19)}`,
    'Event-Date-GMT': new Date(nowUs / 1_000).toUTCString(),
    'Event-Date-Timestamp': String(nowUs),
    'Event-Sequence': String(sequence),
  };
}

/** @param name also CHANNEL_DATA, which is what uuid_dump shows. */
export function channelHeaders(
  name: EventName | 'CHANNEL_DATA',
  leg: Leg,
  origin: EventOrigin,
): EventHeaders {
  const bridge =
    name === 'CHANNEL_BRIDGE'
      ? { 'Bridge-A-Unique-ID': leg.uuid, 'Bridge-B-Unique-ID': otherLegOf(leg).uuid }
      : undefined;
  return {
    ...originHeaders(name, origin),
    ...bridge,
    ...stateHeaders(name, leg),
    ...profileHeaders('Caller', leg),
    ...timeHeaders(leg),
    ...(showsOtherLeg(leg) ? otherLegHeaders(otherLegOf(leg)) : undefined),
    ...(leg.direction === 'inbound' ? inboundVariables(leg) : outboundVariables(leg)),
    ...(name === 'CHANNEL_HANGUP_COMPLETE' || name === 'CHANNEL_DESTROY' ? hangupVariables(leg) : undefined),
    ...variablesSet(leg),
  };
}

export function channelNameOf({ direction, call }: Leg): string {
  const { aNumber, bNumber, sourceIp = SWITCH_IP } = call.plan;
  return direction === 'inbound'
    ? `sofia/internal/${aNumber}@${sourceIp}:${SIP_PORT}`
    : `sofia/internal/${encodeURIComponent(bNumber.toWellFormed())}@${SWITCH_IP}:${SIP_PORT}`;
}

/** Caller-Destination-Number. */
export function destinationOf({ direction, call }: Leg): string {
  const { bNumber } = call.plan;
  return direction === 'inbound' ? bNumber : encodeURIComponent(bNumber.toWellFormed());
}

/** Caller-Caller-ID-Number. */
export function callerIdOf({ call }: Leg): string {
  return call.plan.callerId ?? call.plan.aNumber;
}

export function stateOf({ direction, hangup, call }: Leg): string {
  if (hangup !== undefined) return 'CS_HANGUP';
  if (direction === 'inbound') return 'CS_EXECUTE';
  return call.answeredUs === 0 ? 'CS_CONSUME_MEDIA' : 'CS_EXCHANGE_MEDIA';
}

export function callStateOf({ hangup, call }: Leg): string {
  if (hangup !== undefined) return 'HANGUP';
  return call.answeredUs === 0 ? 'RINGING' : 'ACTIVE';
}

/** Channel-State of an event is that of its moment: a channel that is being created is not executing yet. */
function stateHeaders(name: EventName | 'CHANNEL_DATA', leg: Leg): EventHeaders {
  const { uuid, direction, call, hangup } = leg;
  const created = name === 'CHANNEL_CREATE';
  const reporting = name === 'CHANNEL_HANGUP_COMPLETE' || name === 'CHANNEL_DESTROY';
  const answer = call.answeredUs === 0 ? 'ringing' : 'answered';
  return {
    ...(reporting && hangup !== undefined ? { 'Hangup-Cause': hangup.cause } : undefined),
    'Channel-State': created ? 'CS_INIT' : reporting ? 'CS_REPORTING' : stateOf(leg),
    'Channel-Call-State': created ? 'DOWN' : name === 'CHANNEL_ANSWER' ? 'RINGING' : callStateOf(leg),
    'Channel-Name': channelNameOf(leg),
    'Unique-ID': uuid,
    'Call-Direction': direction,
    'Presence-Call-Direction': direction,
    'Channel-HIT-Dialplan': String(direction === 'inbound'),
    'Channel-Call-UUID': call.a.uuid,
    'Answer-State': hangup === undefined ? answer : 'hangup',
    ...(hangup === undefined ? undefined : { 'Hangup-Cause': hangup.cause }),
  };
}

/** Headers of a caller profile; the other leg's have another beginning and no channel headers. */
function profileHeaders(prefix: 'Caller' | 'Other-Leg', leg: Leg): EventHeaders {
  const { direction, call, uuid } = leg;
  const callerId = callerIdOf(leg);
  const id = prefix === 'Caller' ? 'Caller-Caller-ID' : 'Other-Leg-Caller-ID';
  return {
    [`${prefix}-Direction`]: direction,
    [`${prefix}-Logical-Direction`]: direction,
    [`${prefix}-Username`]: call.plan.aNumber,
    [`${prefix}-Dialplan`]: 'XML',
    [`${id}-Name`]: callerId,
    [`${id}-Number`]: callerId,
    [`${prefix}-Network-Addr`]: call.plan.sourceIp ?? SWITCH_IP,
    [`${prefix}-ANI`]: call.plan.aNumber,
    [`${prefix}-Destination-Number`]: destinationOf(leg),
    [`${prefix}-Unique-ID`]: uuid,
    [`${prefix}-Source`]: 'mod_sofia',
    [`${prefix}-Context`]: 'public',
    [`${prefix}-Channel-Name`]: channelNameOf(leg),
  };
}

function timeHeaders({ call, hangup }: Leg): EventHeaders {
  return {
    'Caller-Profile-Index': '1',
    'Caller-Profile-Created-Time': String(call.createdUs),
    'Caller-Channel-Created-Time': String(call.createdUs),
    'Caller-Channel-Answered-Time': String(call.answeredUs),
    'Caller-Channel-Hangup-Time': String(hangup?.atUs ?? 0),
    'Caller-Screen-Bit': 'true',
    'Caller-Privacy-Hide-Name': 'false',
    'Caller-Privacy-Hide-Number': 'false',
  };
}

/** The caller's leg knows of the other one from the bridge on, so not in its CREATE and not in its ANSWER. */
function showsOtherLeg({ direction, call }: Leg): boolean {
  return direction === 'outbound' || call.bridged;
}

function otherLegHeaders(other: Leg): EventHeaders {
  return {
    'Other-Type': other.direction === 'inbound' ? 'originator' : 'originatee',
    ...profileHeaders('Other-Leg', other),
  };
}

function inboundVariables({ uuid, sessionId, call }: Leg): EventHeaders {
  const { aNumber, bNumber, sourceIp = SWITCH_IP } = call.plan;
  return {
    variable_direction: 'inbound',
    variable_uuid: uuid,
    variable_call_uuid: uuid,
    variable_session_id: String(sessionId),
    variable_sip_from_user: aNumber,
    variable_sip_from_uri: `${aNumber}@${sourceIp}`,
    variable_sip_from_host: sourceIp,
    variable_sip_call_id: call.callId,
    variable_sip_local_network_addr: SWITCH_IP,
    variable_sip_network_ip: sourceIp,
    variable_sip_network_port: String(SIP_PORT),
    variable_sip_invite_stamp: String(call.createdUs),
    variable_sip_received_ip: sourceIp,
    variable_sip_received_port: String(SIP_PORT),
    variable_sip_via_protocol: 'udp',
    variable_sip_from_user_stripped: aNumber.replace(/^\+/, ''),
    variable_sip_from_tag: call.fromTag,
    variable_sofia_profile_name: 'internal',
    variable_sip_full_from: `<sip:${aNumber}@${sourceIp}>;tag=${call.fromTag}`,
    variable_sip_full_to: `<sip:${bNumber}@${SWITCH_IP}>`,
    variable_sip_req_user: bNumber,
    variable_sip_req_uri: `${bNumber}@${SWITCH_IP}`,
    variable_sip_req_host: SWITCH_IP,
    variable_sip_to_user: bNumber,
    variable_sip_to_uri: `${bNumber}@${SWITCH_IP}`,
    variable_sip_to_host: SWITCH_IP,
    variable_sip_contact_uri: `${aNumber}@${sourceIp}:${SIP_PORT}`,
    variable_max_forwards: '70',
  };
}

function outboundVariables({ uuid, sessionId, call }: Leg): EventHeaders {
  const bUri = `${encodeURIComponent(call.plan.bNumber.toWellFormed())}@${SWITCH_IP}:${SIP_PORT}`;
  return {
    variable_direction: 'outbound',
    variable_is_outbound: 'true',
    variable_uuid: uuid,
    variable_session_id: String(sessionId),
    variable_sip_profile_name: 'internal',
    variable_sip_destination_url: `sip:${bUri}`,
    variable_max_forwards: '69',
    variable_originator: call.a.uuid,
    variable_signal_bond: call.a.uuid,
    variable_call_uuid: call.a.uuid,
    variable_sip_req_uri: bUri,
    variable_sofia_profile_name: 'internal',
    variable_sip_local_network_addr: SWITCH_IP,
    ...(call.answeredUs === 0
      ? undefined
      : {
          variable_sip_network_ip: SWITCH_IP,
          variable_sip_from_user: callerIdOf(call.a),
          variable_sip_from_tag: `${sessionId}b`,
          variable_sip_to_user: call.plan.bNumber,
          variable_sip_call_id: `${uuid.slice(9)}-${sessionId}`,
        }),
  };
}

function hangupVariables({ call, hangup }: Leg): EventHeaders {
  if (hangup === undefined) return {};
  const { createdUs, answeredUs } = call;
  return {
    variable_hangup_cause: hangup.cause,
    variable_hangup_cause_q850: String(q850Of(hangup.cause)),
    variable_start_uepoch: String(createdUs),
    variable_answer_uepoch: String(answeredUs),
    variable_end_uepoch: String(hangup.atUs),
    variable_duration: String(Math.round((hangup.atUs - createdUs) / 1e6)),
    variable_billsec: String(answeredUs === 0 ? 0 : Math.round((hangup.atUs - answeredUs) / 1e6)),
    variable_sip_hangup_disposition: hangup.disposition,
  };
}

function variablesSet({ direction, call, variables }: Leg): EventHeaders {
  const given = direction === 'inbound' ? call.plan.variables : undefined;
  if (given === undefined && variables === undefined) return {};
  const set = { ...given, ...(variables === undefined ? undefined : Object.fromEntries(variables)) };
  return Object.fromEntries(Object.entries(set).map(([name, value]) => [`variable_${name}`, value]));
}
