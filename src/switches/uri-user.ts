/** Whom a URI names, where a switch lists calls by the URIs of their From and To. */

/**
 * The user of a sip: or sips: URI, the number of a tel: URI, without parameters and with percent-encoding undone (RFC
 * 3261, section 19.1; RFC 3966); '' where there is none.
 */
export function userOfUri(uri: string): string {
  const [, sipUser] = /^<?sips?:(?:([^@]*)@)?/i.exec(uri) ?? [];
  const [, telNumber] = /^<?tel:([^>]*)/i.exec(uri) ?? [];
  const user = decode(sipUser?.split(':')[0] ?? telNumber ?? '');
  return user.split(';')[0]!;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
