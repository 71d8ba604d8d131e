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

const SIP_PORT = '5060';
const SWITCH_IP = '127.0.0.1';
const NOTHING: Readonly<Record<string, string>> = {};
export const HOST_NAME = 'simulator';

type Writable = Record<string, string>;

/** What every event begins with. */
export interface EventOrigin {
  readonly coreUuid: string;
  readonly sequence: number;
  /** Microseconds of the epoch. */
  readonly nowUs: number;
}

export function originHeaders(name: string, { coreUuid, sequence, nowUs }: EventOrigin): Writable {
  const date = new Date(nowUs / 1_000);
  return {
    'Event-Name': name,
    'Core-UUID': coreUuid,
    'FreeSWITCH-Hostname': HOST_NAME,
    'FreeSWITCH-Switchname': HOST_NAME,
    'FreeSWITCH-IPv4': SWITCH_IP,
    'FreeSWITCH-IPv6': '::1',
    'Event-Date-Local': stampOf(date),
    'Event-Date-GMT': date.toUTCString(),
    'Event-Date-Timestamp': String(nowUs),
    'Event-Sequence': String(sequence),
  };
}

/** `2026-11-25 03:12:03` */
export function stampOf(date: Date): string {
  const iso = date.toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
}

/**
 * One object to which one header after the other is added by its constant name: put together from parts it takes three
 * times as long, and at 5,000 calls a second there are 20,000 of them.
 * @param name also CHANNEL_DATA, which is what uuid_dump shows.
 */
export function channelHeaders(
  name: EventName | 'CHANNEL_DATA',
  leg: Leg,
  origin: EventOrigin,
): EventHeaders {
  const headers = originHeaders(name, origin);
  const reporting = name === 'CHANNEL_HANGUP_COMPLETE' || name === 'CHANNEL_DESTROY';
  if (name === 'CHANNEL_BRIDGE') {
    headers['Bridge-A-Unique-ID'] = leg.uuid;
    headers['Bridge-B-Unique-ID'] = otherLegOf(leg).uuid;
  }
  addState(headers, name, leg);
  addCaller(headers, leg);
  if (showsOtherLeg(leg)) addOtherLeg(headers, otherLegOf(leg));
  if (leg.direction === 'inbound') addInboundVariables(headers, leg);
  else addOutboundVariables(headers, leg);
  if (reporting) addHangupVariables(headers, leg);
  addVariablesSet(headers, leg);
  return headers;
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
function addState(headers: Writable, name: EventName | 'CHANNEL_DATA', leg: Leg): void {
  const { uuid, direction, call, hangup } = leg;
  const created = name === 'CHANNEL_CREATE';
  const reporting = name === 'CHANNEL_HANGUP_COMPLETE' || name === 'CHANNEL_DESTROY';
  headers['Channel-State'] = created ? 'CS_INIT' : reporting ? 'CS_REPORTING' : stateOf(leg);
  headers['Channel-Call-State'] = created ? 'DOWN' : name === 'CHANNEL_ANSWER' ? 'RINGING' : callStateOf(leg);
  headers['Channel-Name'] = channelNameOf(leg);
  headers['Unique-ID'] = uuid;
  headers['Call-Direction'] = direction;
  headers['Presence-Call-Direction'] = direction;
  headers['Channel-HIT-Dialplan'] = direction === 'inbound' ? 'true' : 'false';
  headers['Channel-Call-UUID'] = call.a.uuid;
  headers['Answer-State'] = hangup !== undefined ? 'hangup' : call.answeredUs === 0 ? 'ringing' : 'answered';
  if (hangup !== undefined) headers['Hangup-Cause'] = hangup.cause;
}

function addCaller(headers: Writable, leg: Leg): void {
  const { call, hangup } = leg;
  addProfile(headers, 'Caller', leg);
  headers['Caller-Profile-Index'] = '1';
  headers['Caller-Profile-Created-Time'] = String(call.createdUs);
  headers['Caller-Channel-Created-Time'] = String(call.createdUs);
  headers['Caller-Channel-Answered-Time'] = String(call.answeredUs);
  headers['Caller-Channel-Hangup-Time'] = String(hangup?.atUs ?? 0);
  headers['Caller-Screen-Bit'] = 'true';
  headers['Caller-Privacy-Hide-Name'] = 'false';
  headers['Caller-Privacy-Hide-Number'] = 'false';
}

/** What an event says of either leg alike. */
function addProfile(headers: Writable, prefix: 'Caller' | 'Other-Leg', leg: Leg): void {
  const { direction, call, uuid } = leg;
  const { aNumber, sourceIp = SWITCH_IP } = call.plan;
  const callerId = callerIdOf(leg);
  headers[`${prefix}-Direction`] = direction;
  headers[`${prefix}-Logical-Direction`] = direction;
  headers[`${prefix}-Username`] = aNumber;
  headers[`${prefix}-Dialplan`] = 'XML';
  headers[`${prefix}-Caller-ID-Name`] = callerId;
  headers[`${prefix}-Caller-ID-Number`] = callerId;
  headers[`${prefix}-Network-Addr`] = sourceIp;
  headers[`${prefix}-ANI`] = aNumber;
  headers[`${prefix}-Destination-Number`] = destinationOf(leg);
  headers[`${prefix}-Unique-ID`] = uuid;
  headers[`${prefix}-Source`] = 'mod_sofia';
  headers[`${prefix}-Context`] = 'public';
  headers[`${prefix}-Channel-Name`] = channelNameOf(leg);
}

/** The caller's leg knows of the other one from the bridge on, so not in its CREATE and not in its ANSWER. */
function showsOtherLeg({ direction, call }: Leg): boolean {
  return direction === 'outbound' || call.bridged;
}

function addOtherLeg(headers: Writable, other: Leg): void {
  headers['Other-Type'] = other.direction === 'inbound' ? 'originator' : 'originatee';
  addProfile(headers, 'Other-Leg', other);
}

function addInboundVariables(headers: Writable, { uuid, sessionId, call }: Leg): void {
  const { aNumber, bNumber, sourceIp = SWITCH_IP } = call.plan;
  const [fromUri, toUri] = [`${aNumber}@${sourceIp}`, `${bNumber}@${SWITCH_IP}`];
  headers['variable_direction'] = 'inbound';
  headers['variable_uuid'] = uuid;
  headers['variable_call_uuid'] = uuid;
  headers['variable_session_id'] = String(sessionId);
  headers['variable_sip_from_user'] = aNumber;
  headers['variable_sip_from_uri'] = fromUri;
  headers['variable_sip_from_host'] = sourceIp;
  headers['variable_sip_call_id'] = call.callId;
  headers['variable_sip_local_network_addr'] = SWITCH_IP;
  headers['variable_sip_network_ip'] = sourceIp;
  headers['variable_sip_network_port'] = SIP_PORT;
  headers['variable_sip_invite_stamp'] = String(call.createdUs);
  headers['variable_sip_received_ip'] = sourceIp;
  headers['variable_sip_received_port'] = SIP_PORT;
  headers['variable_sip_via_protocol'] = 'udp';
  headers['variable_sip_from_user_stripped'] = aNumber.startsWith('+') ? aNumber.slice(1) : aNumber;
  headers['variable_sip_from_tag'] = call.fromTag;
  headers['variable_sofia_profile_name'] = 'internal';
  headers['variable_sip_full_from'] = `<sip:${fromUri}>;tag=${call.fromTag}`;
  headers['variable_sip_full_to'] = `<sip:${toUri}>`;
  headers['variable_sip_req_user'] = bNumber;
  headers['variable_sip_req_uri'] = toUri;
  headers['variable_sip_req_host'] = SWITCH_IP;
  headers['variable_sip_to_user'] = bNumber;
  headers['variable_sip_to_uri'] = toUri;
  headers['variable_sip_to_host'] = SWITCH_IP;
  headers['variable_sip_contact_uri'] = `${fromUri}:${SIP_PORT}`;
  headers['variable_max_forwards'] = '70';
  // Nothing of the other leg is known while this one is being created.
  if (call.b === undefined) return;
  if (call.bridged) headers['variable_signal_bond'] = call.b.uuid;
  else headers['variable_originate_signal_bond'] = call.b.uuid;
}

function addOutboundVariables(headers: Writable, { uuid, sessionId, call }: Leg): void {
  const bUri = `${encodeURIComponent(call.plan.bNumber.toWellFormed())}@${SWITCH_IP}:${SIP_PORT}`;
  headers['variable_direction'] = 'outbound';
  headers['variable_is_outbound'] = 'true';
  headers['variable_uuid'] = uuid;
  headers['variable_session_id'] = String(sessionId);
  headers['variable_sip_profile_name'] = 'internal';
  headers['variable_sip_destination_url'] = `sip:${bUri}`;
  headers['variable_max_forwards'] = '69';
  headers['variable_originator'] = call.a.uuid;
  headers['variable_signal_bond'] = call.a.uuid;
  headers['variable_call_uuid'] = call.a.uuid;
  headers['variable_sip_req_uri'] = bUri;
  headers['variable_sofia_profile_name'] = 'internal';
  headers['variable_sip_local_network_addr'] = SWITCH_IP;
  if (call.answeredUs === 0) return;
  headers['variable_sip_network_ip'] = SWITCH_IP;
  headers['variable_sip_from_user'] = callerIdOf(call.a);
  headers['variable_sip_from_tag'] = `${sessionId}b`;
  headers['variable_sip_to_user'] = call.plan.bNumber;
  headers['variable_sip_call_id'] = `${uuid.slice(9)}-${sessionId}`;
}

function addHangupVariables(headers: Writable, { call, hangup }: Leg): void {
  if (hangup === undefined) return;
  const { createdUs, answeredUs } = call;
  const billedUs = answeredUs === 0 ? 0 : hangup.atUs - answeredUs;
  headers['variable_hangup_cause'] = hangup.cause;
  headers['variable_hangup_cause_q850'] = String(q850Of(hangup.cause));
  headers['variable_start_uepoch'] = String(createdUs);
  headers['variable_answer_uepoch'] = String(answeredUs);
  headers['variable_end_uepoch'] = String(hangup.atUs);
  headers['variable_duration'] = String(Math.round((hangup.atUs - createdUs) / 1e6));
  headers['variable_billsec'] = String(Math.round(billedUs / 1e6));
  headers['variable_sip_hangup_disposition'] = hangup.disposition;
}

function addVariablesSet(headers: Writable, { direction, call, variables }: Leg): void {
  if (direction === 'inbound')
    for (const [name, value] of Object.entries(call.plan.variables ?? NOTHING))
      headers[`variable_${name}`] = value;
  for (const [name, value] of variables ?? []) headers[`variable_${name}`] = value;
}
