/** Who a URI names, and that URI at another host (RFC 3261, section 19.1; RFC 3966; RFC 5031). */

/** Scheme, user part, host with what follows it. */
const SIP = /^(sips?):(?:([^@]*)@)?(.*)$/is;
const TEL = /^tel:([^;?]*)(.*)$/is;

/**
 * The number or name in a URI: the user of a sip: or sips: URI, the number of a tel: URI, any other URI (such as
 * `urn:service:sos`) without its parameters. Percent-encoding is undone; user parameters such as `;phone-context`, and
 * a password, are left out, since they would make one number look like many. '' when there is no user.
 */
export function userOf(uri: string): string {
  const sip = SIP.exec(uri);
  if (sip !== null) return withoutParams(decode(sip[2] ?? '').split(':')[0] ?? '');
  const tel = TEL.exec(uri);
  return withoutParams(decode(tel === null ? uri : (tel[1] ?? '')));
}

/** The host, with port and parameters, of a sip: or sips: URI; '' for other URIs. */
export function hostOf(uri: string): string {
  return SIP.exec(uri)?.[3] ?? '';
}

/**
 * `uri` at the next hop: the user stays as it was written, host and parameters become those of `nextHop`. A tel: URI
 * becomes a SIP URI (RFC 3261, section 19.1.6). Parameters of a telephone number go behind the host, since drachtio-server
 * refuses a Request-URI that has them before it. Undefined for URIs that name no user at a host, such as URNs.
 * @param nextHop sip: or sips: URI.
 */
export function uriAt(nextHop: string, uri: string): string | undefined {
  const hop = SIP.exec(nextHop);
  const subscriber = subscriberOf(uri);
  if (hop === null || subscriber === undefined) return undefined;
  const [user = '', ...params] = subscriber.split(';');
  const [, scheme, , host] = hop;
  const kept = params.filter(isTelParam).map(encodeUser);
  if (/^tel:|@.*;user=phone(;|\?|$)/i.test(uri)) kept.push('user=phone');
  return `${scheme}:${user === '' ? '' : `${encodeUser(user)}@`}${[host, ...kept].join(';')}`;
}

/** The part of a URI that is about the called party, parameters included. */
function subscriberOf(uri: string): string | undefined {
  const sip = SIP.exec(uri);
  if (sip !== null) return sip[2] ?? '';
  const tel = TEL.exec(uri);
  return tel === null ? undefined : `${tel[1]}${tel[2]}`;
}

/**
 * Parameters of the IANA registry for tel: URIs (RFC 3966, 4694, 4759, 4904) and what carriers add. No others: behind the
 * host `maddr` or `transport` would let a caller choose where the call goes.
 */
const TEL_PARAMS = new Set([
  ...[
    'isub',
    'isub-encoding',
    'ext',
    'phone-context',
    'enumdi',
    'npdi',
    'rn',
    'rn-context',
    'cic',
    'cic-context',
  ],
  ...['tgrp', 'trunk-context', 'cpc', 'oli', 'verstat'],
]);

function isTelParam(param: string): boolean {
  return TEL_PARAMS.has(param.split('=')[0]?.toLowerCase() ?? '');
}

/**
 * Encodes what may not stand in the user part (RFC 3261, section 25.1). drachtio's protocol separates tokens by `|`:
 * unencoded, a caller could write a destination of his own into a command. `#` is left alone, since switches dial it.
 */
function encodeUser(user: string): string {
  return user.replace(/[^\w\-.!~*'()&=+$,;/%:#]/gu, encodeURIComponent);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // Not valid percent-encoding: then it is the text itself that is compared.
  }
}

function withoutParams(text: string): string {
  return text.split(';')[0]?.trim() ?? '';
}
