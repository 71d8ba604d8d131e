/** Addresses in header fields: `"Display" <sip:user@host>;tag=x`, or a bare URI (RFC 3261, sections 20.10 and 25.1). */

/** One address of a header field. */
export interface NameAddr {
  readonly uri: string;
  /** Header parameters, names in lower case, quotes removed; not those of a URI in angle brackets. */
  readonly params: ReadonlyMap<string, string>;
  /** The address without its parameters, as it stands in the field: display name and URI. */
  readonly text: string;
}

/** The addresses of a field that may hold several, separated by commas. */
export function parseNameAddrs(value: string): NameAddr[] {
  return splitOutside(value, ',').map(parseNameAddr);
}

/** One address. Never fails: what is no address comes back as the URI. */
export function parseNameAddr(value: string): NameAddr {
  const [address = '', ...params] = splitOutside(value, ';');
  const open = unquotedIndexOf(address, '<');
  const close = address.indexOf('>', open);
  const uri = open < 0 ? address : address.slice(open + 1, close < 0 ? undefined : close);
  return { uri: uri.trim(), params: new Map(params.map(parseParam)), text: address.trim() };
}

function parseParam(text: string): [string, string] {
  const [name = '', ...value] = text.split('=');
  return [
    name.trim().toLowerCase(),
    value
      .join('=')
      .trim()
      .replace(/^"(.*)"$/, '$1'),
  ];
}

function unquotedIndexOf(text: string, wanted: string): number {
  const [before = ''] = splitOutside(text, wanted);
  return before.length === text.length ? -1 : before.length;
}

/** Splits at separators that stand neither in a quoted string nor in angle brackets. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  let bracketed = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char === '\\') i++;
      else if (char === '"') quoted = false;
    } else if (char === separator && !bracketed) {
      parts.push(text.slice(start, i));
      start = i + 1;
    } else if (char === '"' && !bracketed) quoted = true;
    else if (char === '<') bracketed = true;
    else if (char === '>') bracketed = false;
  }
  parts.push(text.slice(start));
  return parts;
}
