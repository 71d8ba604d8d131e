/** What Kamailio's script sends, as sidecar/kamailio/kamailio-evapi.cfg writes it. */

export const PLAIN_INVITE = {
  call_id: 'c1@host',
  from_tag: 't1',
  source_ip: '192.0.2.7',
  trunk: '',
  request_uri: 'sip:+2348099999999@127.0.0.1:5060',
  from: 'sip:+2348030000001@192.0.2.7',
  p_asserted_identity: '',
  diversion: '',
  history_info: '',
  priority: '',
  resource_priority: '',
} as const;

export type InviteTexts = Partial<Record<keyof typeof PLAIN_INVITE, string>>;

export const SUSPENDED = { tindex: 54_936, tlabel: 2_126_977_793 } as const;

/** @param numbers what is no text; by default the transaction waits. */
export function checkPayload(texts: InviteTexts = {}, numbers: object = SUSPENDED): string {
  return JSON.stringify({ ...numbers, type: 'check', ...inBase64({ ...PLAIN_INVITE, ...texts }) });
}

export function statePayload(state: string, texts: Record<string, string> = {}): string {
  const call = {
    call_id: 'c1@host',
    from_tag: 't1',
    a: '+2348030000001',
    b: '+2348099999999',
    source_ip: '192.0.2.7',
  };
  return JSON.stringify({ type: 'state', state, ...inBase64({ ...call, ...texts }) });
}

function inBase64(texts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
}
