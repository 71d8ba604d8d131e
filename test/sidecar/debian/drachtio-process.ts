/**
 * A drachtio-server, callers and a callee in one process, for a network that this one enters. It says where the callee
 * answers (everything with 486), waits for a line, lets five callers call one number, and says with what status each was answered.
 */
import { once } from 'node:events';
import { startDrachtioPeer } from '../../support/drachtio/peer.js';
import { RawPhone, SDP } from '../../support/drachtio/raw-phone.js';

/** Where drachtio-server and `acm sip-agent` expect each other by default. */
const ADMIN_PORT = 9022;
const FINAL = /^SIP\/2\.0 [2-6]/;

const peer = await startDrachtioPeer({ secret: 'cymru', adminPort: ADMIN_PORT });
const callee = await new RawPhone(peer.sipPort).bind();
const caller = await new RawPhone(peer.sipPort).bind();
console.log(callee.port);
await once(process.stdin, 'data');

const answers: string[] = [];
for (const digit of [1, 2, 3, 4, 5]) {
  caller.send(invite(`+234803000000${digit}`));
  if (digit < 5) callee.reply(await callee.inbox.take(/^INVITE /), '486 Busy Here');
  answers.push((await caller.inbox.take(FINAL)).split(' ')[1]);
}
console.log(answers.join(' '));
for (const phone of [callee, caller]) phone.close();
await peer.close();
process.exit();

function invite(aNumber: string): string {
  const head = [
    `INVITE sip:+2348077777777@127.0.0.1:${peer.sipPort} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${caller.port};branch=z9hG4bK-${aNumber}`,
    `From: <sip:${aNumber}@127.0.0.1:${caller.port}>;tag=caller`,
    `To: <sip:+2348077777777@127.0.0.1:${peer.sipPort}>`,
    `Call-ID: installed-${aNumber}`,
    'CSeq: 1 INVITE',
    `Contact: <sip:${aNumber}@127.0.0.1:${caller.port}>`,
    'Max-Forwards: 70',
    `Content-Length: ${SDP.length}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${SDP}`;
}
