/** Events as they stand on the wire, in the two formats that the event socket offers. */

/** The headers of an event by name, in the order in which FreeSWITCH writes them. */
export type EventHeaders = Readonly<Record<string, string>>;

export type EventFormat = 'json' | 'plain';

/** `Content-Length: bytes LF Content-Type: text/event-json LF LF payload`, with the length in bytes of UTF-8. */
export function frameOf(headers: EventHeaders, body: string, format: EventFormat): string {
  const payload = format === 'json' ? jsonOf(headers, body) : plainOf(headers, body);
  return `Content-Length: ${Buffer.byteLength(payload)}\nContent-Type: text/event-${format}\n\n${payload}`;
}

/** Values as they are; the body is the member `_body`. */
export function jsonOf(headers: EventHeaders, body: string): string {
  return JSON.stringify(
    body === '' ? headers : { ...headers, 'Content-Length': String(Buffer.byteLength(body)), _body: body },
  );
}

/** `Name: value LF`, values percent-encoded; an empty line, then the body if there is one. */
export function plainOf(headers: EventHeaders, body: string): string {
  let text = '';
  for (const name in headers) text += `${name}: ${encoded(headers[name])}\n`;
  return body === '' ? `${text}\n` : `${text}Content-Length: ${Buffer.byteLength(body)}\n\n${body}`;
}

/** FreeSWITCH leaves a few more characters alone than encodeURIComponent() does, and encodes a few that this does not. */
function encoded(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replaceAll('%2F', '/').replaceAll('%2C', ',');
}
