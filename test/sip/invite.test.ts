import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Trunks } from '../../src/admission/trunks.js';
import { isWithinDialog, readInvite } from '../../src/sip/invite.js';
import { invite } from './fake-stack.js';

const reading = suite('sip/invite');

const CARRIER = '198.51.100.7';
const carrier = {
  name: 'carrier',
  sources: [`${CARRIER}/32`],
  trustIdentity: true,
  trustDiversion: true,
  rejectProfile: '608' as const,
};
const trunks = new Trunks([carrier], '608', '');

const read = (uri: string, fields: readonly string[], from?: string) =>
  readInvite(invite(uri, fields, from), trunks);

reading('reads who calls whom, from where', () => {
  const { callId, fromTag, aNumber, bNumber, sourceIp, trunk, emergency } = read('sip:200@agent', []);
  assert.equal(
    { callId, fromTag, aNumber, bNumber, sourceIp, trunk: trunk.name, emergency },
    {
      callId: 'c',
      fromTag: 'f',
      aNumber: '100',
      bNumber: '200',
      sourceIp: '192.0.2.1',
      trunk: '',
      emergency: false,
    },
  );
});

reading('takes the brackets off an IPv6 address', () => {
  assert.is(read('sip:200@agent', [], '[2001:db8::1]').sourceIp, '2001:db8::1');
});

reading('believes P-Asserted-Identity from a trusted trunk only', () => {
  const fields = ['P-Asserted-Identity: "X" <sip:+234555@a>, <tel:+234555>'];
  assert.is(read('sip:200@agent', fields).aNumber, '100');
  assert.is(read('sip:200@agent', fields, CARRIER).aNumber, '+234555');
});

reading('reads a caller in a tel: URI', () => {
  assert.is(read('sip:200@agent', ['From: <tel:+234555;phone-context=x>;tag=f']).aNumber, '+234555');
});

reading('takes the number first dialled from a trusted trunk only', () => {
  const fields = ['Diversion: <sip:300@a>;reason=no-answer, <sip:400@a>;reason=unconditional'];
  assert.is(read('sip:200@agent', fields).bNumber, '200');
  assert.is(read('sip:200@agent', fields, CARRIER).bNumber, '400');
});

reading('takes index 1 of History-Info where there is no Diversion', () => {
  const fields = ['History-Info: <sip:200@a>;index=1.1, <sip:500@a?Reason=SIP%3Bcause%3D302>;index=1'];
  assert.is(read('sip:200@agent', fields, CARRIER).bNumber, '500');
});

reading('keeps an emergency URN as it is', () => {
  assert.is(read('urn:service:sos.fire', []).bNumber, 'urn:service:sos.fire');
});

reading('counts a Request-URI without user by its host', () => {
  assert.is(read('sip:10.0.0.1:5060', []).bNumber, '10.0.0.1:5060');
});

const EMERGENCIES = [
  'Priority: Emergency',
  'Resource-Priority: esnet.1',
  'Resource-Priority: dsn.flash, esnet.0',
];
for (const field of EMERGENCIES) {
  reading(`takes ${field} for an emergency call`, () => assert.ok(read('sip:200@agent', [field]).emergency));
}
for (const field of ['Priority: urgent', 'Resource-Priority: ets.0', 'Resource-Priority: xesnet.0']) {
  reading(`does not take ${field} for an emergency call`, () =>
    assert.not(read('sip:200@agent', [field]).emergency),
  );
}

reading('replaces what breaks a limit by its digest, so that it still counts', () => {
  const long = read(`sip:${'9'.repeat(129)}@agent`, [`From: <sip:a%0Ab@x>;tag=${'t'.repeat(257)}`]);
  const same = read(`sip:${'9'.repeat(129)}@elsewhere`, []);
  assert.match(long.bNumber, /^sha256-[0-9a-f]{64}$/);
  assert.is(long.bNumber, same.bNumber);
  assert.match(long.aNumber, /^sha256-/);
  assert.match(long.fromTag, /^sha256-/);
});

reading('knows a re-INVITE by its To-tag', () => {
  assert.ok(isWithinDialog(invite('sip:200@agent', ['To: "x;tag=no" <sip:200@agent>;tag=t'])));
  assert.not(isWithinDialog(invite('sip:200@agent', ['To: "x;tag=no" <sip:200@agent;tag=no>'])));
});

reading.run();
