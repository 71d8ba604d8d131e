/** What drachtio-server does to the headers that an application hands it. */
import { bracketed, type Endpoint, replaceLocalhost } from './sip-address.js';
import { Refusal } from './sip-core.js';
import { type HeaderField, header, type SipMessage } from './sip-message.js';

/** Headers that an application cannot set; they are dropped without a word. */
const IMMUTABLE: ReadonlySet<string> = new Set(['Via', 'Route', 'Record-Route', 'RSeq']);

/** Headers that belong to the dialog or transaction. */
const DIALOG_LEVEL: ReadonlySet<string> = new Set(['From', 'To', 'Call-ID', 'CSeq']);

/** Headers in which `@localhost` stands for the server's own address. */
const OWN_ADDRESS: ReadonlySet<string> = new Set(['Contact', 'P-Asserted-Identity']);

/** The headers that an application's message adds to those which the server writes itself. */
export function applicationHeaders(message: SipMessage, own: Endpoint): HeaderField[] {
  return message.headers
    .filter(({ name }) => !IMMUTABLE.has(name) && !DIALOG_LEVEL.has(name))
    .map(({ name, value }) => {
      if (!OWN_ADDRESS.has(name)) return { name, value };
      const address = replaceLocalhost(value, own);
      return { name, value: name === 'Contact' ? bracketed(address) : address };
    });
}

/** The Content-Type, where the body needs one: SDP is recognised, a request with any other body is refused. */
export function missingContentType(message: SipMessage): HeaderField[] {
  if (message.body === '' || header(message, 'Content-Type') !== undefined) return [];
  if (message.body.startsWith('v=0')) return [{ name: 'Content-Type', value: 'application/sdp' }];
  if (message.kind === 'request') throw new Refusal('missing content-type');
  return [];
}

/** A default for a header that the application left out. */
export function defaultHeader(message: SipMessage, name: string, value: string): HeaderField[] {
  return header(message, name) === undefined ? [{ name, value }] : [];
}
