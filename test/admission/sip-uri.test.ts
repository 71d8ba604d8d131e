import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { userOf } from '../../src/admission/sip-uri.js';

const sipUri = suite('admission/sip-uri');

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
  sipUri(`reads ${text === '' ? 'nothing' : text} as ${user === '' ? 'nobody' : user}`, () =>
    assert.is(userOf(text), user),
  );
}

sipUri.run();
