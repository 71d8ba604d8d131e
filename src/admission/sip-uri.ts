/** Who a URI names (RFC 3261, section 19.1; RFC 3966; RFC 5031). */

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
