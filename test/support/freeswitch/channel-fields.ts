/** Fields of a channel as FreeSWITCH 1.10.12 writes them for an INVITE, as far as they say anything about a call. */

/** An inbound leg from 192.0.2.7; `more` overrides and adds. */
export function channelFields(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    'Event-Name': 'CHANNEL_CREATE',
    'Unique-ID': '47ef1bc0-e6e8-424d-9b65-dd5e3c02fac0',
    'Call-Direction': 'inbound',
    'Channel-Call-UUID': '47ef1bc0-e6e8-424d-9b65-dd5e3c02fac0',
    'Answer-State': 'ringing',
    'Caller-Caller-ID-Number': '+234777',
    'Caller-Network-Addr': '192.0.2.7',
    'Caller-Destination-Number': '+2348099999999',
    variable_sip_from_user: '+2348030000001;phone-context=x',
    variable_sip_call_id: '1-17860@192.0.2.7',
    variable_sip_network_ip: '192.0.2.7',
    variable_sip_from_tag: '17860T1',
    'variable_sip_P-Asserted-Identity': '+234777',
    variable_sip_req_user: '+2348099999999',
    variable_sip_req_host: '198.51.100.1',
    variable_sip_h_Diversion: '<sip:+2348011111111@x>;reason=unconditional',
    variable_sip_history_info: '<sip:+2348022222222@x>;index=1, <sip:h2@x>;index=1.1',
    ...more,
  };
}

/** The same as an event's body. */
export function eventBody(more: Readonly<Record<string, string>> = {}): Buffer {
  return Buffer.from(JSON.stringify(channelFields(more)));
}

/** The same as the `socket` application hands it over: headers with percent-encoded values. */
export function handedOver(more: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries(channelFields(more)).map(
    ([name, value]) => `${name}: ${encodeURIComponent(value)}`,
  );
  return `${['Content-Type: command/reply', 'Reply-Text: +OK', ...lines].join('\n')}\n\n`;
}
