import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { uriAt, userOf } from '../../src/sip-headers/uri.js';

const uri = suite('sip-headers/uri');

const USERS = [
  ['sip:+2348031234567@host', '+2348031234567'],
  ['sips:bob@host:5061;transport=tls', 'bob'],
  ['SIP:bob:secret@host', 'bob'],
  ['sip:0803;phone-context=+234@host;user=phone', '0803'],
  ['sip:%2B2348031%3Bx=1@host', '+2348031'],
  ['sip:50%@host', '50%'],
  ['sip:host', ''],
  ['tel:+1-201-555-0123;phone-context=+1', '+1-201-555-0123'],
  ['tel:%2B1', '+1'],
  ['urn:service:sos.fire', 'urn:service:sos.fire'],
  ['', ''],
] as const;

for (const [text, user] of USERS) {
  uri(`reads ${text === '' ? 'nothing' : text} as ${user === '' ? 'nobody' : user}`, () =>
    assert.is(userOf(text), user),
  );
}

const HOP = 'sip:10.0.0.9:5080;transport=udp';
const AT_HOP = [
  ['sip:200@agent', 'sip:200@10.0.0.9:5080;transport=udp'],
  ['sip:200;npdi;rn=+1;maddr=192.0.2.66@agent', 'sip:200@10.0.0.9:5080;transport=udp;npdi;rn=+1'],
  ['sip:200@agent;user=phone;transport=tcp', 'sip:200@10.0.0.9:5080;transport=udp;user=phone'],
  ['tel:+234;phone-context=x', 'sip:+234@10.0.0.9:5080;transport=udp;phone-context=x;user=phone'],
  ['sip:12|sip:3>4@agent', 'sip:12%7Csip:3%3E4@10.0.0.9:5080;transport=udp'],
  ['sip:*67#1@agent', 'sip:*67#1@10.0.0.9:5080;transport=udp'],
  ['sip:agent', 'sip:10.0.0.9:5080;transport=udp'],
] as const;

for (const [from, to] of AT_HOP) uri(`sends ${from} to ${to}`, () => assert.is(uriAt(HOP, from), to));

uri('cannot send a URN to a host', () => assert.is(uriAt(HOP, 'urn:service:sos'), undefined));

uri.run();
