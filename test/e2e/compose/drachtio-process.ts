/** The peer of drachtio-server as a process of its own, by the arguments that the real one is given. */
import { startDrachtioPeer } from '../../support/drachtio/peer.js';

const [program, ...args] = process.argv.slice(2);
const contact = args[args.indexOf('--contact') + 1] ?? '';
const [, port] = /^sip:127\.0\.0\.1:(\d+);transport=udp$/.exec(contact) ?? [];
if (program !== 'drachtio' || port === undefined)
  throw new Error(`not what this peer can do: ${args.join(' ')}`);
// Admin port and secret are those of sidecar/drachtio/drachtio.conf.xml.
await startDrachtioPeer({ sipPort: Number(port), adminPort: 9_022, secret: 'cymru' });
