/** `show channels`, as FreeSWITCH 1.10.12 writes it; media columns are those of a call in G.711. */
import {
  callerIdOf,
  callStateOf,
  channelNameOf,
  destinationOf,
  HOST_NAME,
  stampOf,
  stateOf,
} from './channel-headers.js';
import type { Leg } from './simulated-call.js';

/** `{"row_count":2,"rows":[...]}`, or `{"row_count": 0}` alone, a space in it. */
export function channelsAsJson(legs: Iterable<Leg>): string {
  const rows = Array.from(legs, rowOf);
  return rows.length === 0 ? '{"row_count": 0}\n' : `${JSON.stringify({ row_count: rows.length, rows })}\n`;
}

/** A line of column names, a line for each channel, an empty one, and the total. */
export function channelsAsText(legs: Iterable<Leg>): string {
  const rows = Array.from(legs, rowOf);
  if (rows.length === 0) return '\n0 total.\n';
  const lines = [Object.keys(rows[0]).join(','), ...rows.map((row) => Object.values(row).join(','))];
  return `${lines.join('\n')}\n\n${rows.length} total.\n`;
}

function rowOf(leg: Leg) {
  const { call, direction } = leg;
  const createdMs = call.createdUs / 1_000;
  const callerId = callerIdOf(leg);
  return {
    uuid: leg.uuid,
    direction,
    created: stampOf(new Date(createdMs)),
    created_epoch: String(Math.floor(createdMs / 1_000)),
    name: channelNameOf(leg),
    state: stateOf(leg),
    cid_name: callerId,
    cid_num: callerId,
    ip_addr: call.plan.sourceIp ?? '127.0.0.1',
    dest: destinationOf(leg),
    application: direction === 'inbound' ? 'bridge' : '',
    application_data: direction === 'inbound' ? `sofia/internal/sip:${call.plan.bNumber}` : '',
    dialplan: 'XML',
    context: 'public',
    read_codec: 'PCMU',
    read_rate: '8000',
    read_bit_rate: '64000',
    write_codec: 'PCMU',
    write_rate: '8000',
    write_bit_rate: '64000',
    secure: '',
    hostname: HOST_NAME,
    presence_id: '',
    presence_data: '',
    accountcode: '',
    callstate: callStateOf(leg),
    callee_name: 'Outbound Call',
    callee_num: call.plan.bNumber,
    callee_direction: call.answeredUs === 0 ? '' : 'SEND',
    call_uuid: call.a.uuid,
    sent_callee_name: '',
    sent_callee_num: '',
    initial_cid_name: callerId,
    initial_cid_num: callerId,
    initial_ip_addr: call.plan.sourceIp ?? '127.0.0.1',
    initial_dest: destinationOf(leg),
    initial_dialplan: 'XML',
    initial_context: 'public',
  };
}
