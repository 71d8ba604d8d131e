/** Which header fields go across a back-to-back user agent: all but those that belong to one leg. */
import type { Headers, SipMessage } from './stack.js';

/**
 * Header fields of one leg alone, with their compact forms: those that route a message or identify its dialog, which
 * drachtio-server writes for the other leg, and Max-Forwards, which changes.
 */
const LEG_FIELDS = new Set([
  ...['via', 'v', 'from', 'f', 'to', 't', 'call-id', 'i', 'cseq', 'contact', 'm', 'content-length', 'l'],
  ...['route', 'record-route', 'max-forwards', 'rseq', 'rack'],
]);

/** Extensions whose messages this agent does not carry across: its legs have Call-IDs and provisional responses of their own. */
const LEG_EXTENSIONS = new Set(['100rel', 'replaces']);
const EXTENSION_FIELDS = new Set(['supported', 'k', 'require']);

/**
 * The header fields to copy to the other leg, spelt and repeated as they came. They are read from the message as it
 * stands: joined by commas, several Identity fields (RFC 8224) would be none.
 */
export function relayedHeaders(message: SipMessage): Headers {
  const relayed: Headers = {};
  const spellings = new Map<string, string>();
  for (const { name, value } of fieldsOf(message)) {
    const key = name.toLowerCase();
    if (LEG_FIELDS.has(key) || (message.body === '' && isAboutBody(key))) continue;
    const kept = EXTENSION_FIELDS.has(key) ? withoutLegExtensions(value) : value;
    if (kept === '' && value !== '') continue;
    const spelling = spellings.get(key) ?? name;
    relayed[spelling] = spellings.has(key) ? `${relayed[spelling]}\r\n${name}: ${kept}` : kept;
    spellings.set(key, spelling);
  }
  return relayed;
}

function isAboutBody(key: string): boolean {
  return key.startsWith('content-') || key === 'c' || key === 'e' || key === 'mime-version';
}

function withoutLegExtensions(value: string): string {
  const tags = value.split(',').map((tag) => tag.trim());
  return tags.filter((tag) => !LEG_EXTENSIONS.has(tag.toLowerCase())).join(', ');
}

function fieldsOf(message: SipMessage): { name: string; value: string }[] {
  const [head = ''] = message.raw.split('\r\n\r\n', 1);
  const lines = head.split(/\r\n(?![ \t])/).slice(1); // A line that begins with a blank continues the one before it.
  return lines.map((line) => {
    const colon = line.indexOf(':');
    return { name: line.slice(0, colon).trim(), value: line.slice(colon + 1).trim() };
  });
}
