import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CallAttempt } from '../../../src/admission/call-attempt.js';
import { type TrunkSettings, Trunks } from '../../../src/admission/trunks.js';
import { attemptOf, isInbound, sipCallIdOf } from '../../../src/switches/freeswitch/channel-attempt.js';
import { readJsonChannel } from '../../../src/switches/freeswitch/channel-data.js';
import { channelFields } from '../../support/freeswitch/channel-fields.js';

const mapping = suite('switches/freeswitch/channel-attempt');

const TRUSTED: TrunkSettings = {
  name: 'lagos',
  sources: ['192.0.2.0/24'],
  trustIdentity: true,
  trustDiversion: true,
  rejectProfile: '608',
};

function fieldsOf(more: Readonly<Record<string, string>>) {
  return readJsonChannel(JSON.stringify(channelFields(more)))!;
}

function attemptWith(
  more: Readonly<Record<string, string>> = {},
  trunks: readonly TrunkSettings[] = [],
): CallAttempt {
  const field = fieldsOf(more);
  return attemptOf(field, sipCallIdOf(field), 'fs-1', new Trunks(trunks, '608', ''));
}

mapping('reads who calls whom, from where, and which call it is', () => {
  assert.equal(attemptWith(), {
    callId: '1-17860@192.0.2.7',
    fromTag: '',
    aNumber: '+2348030000001',
    bNumber: '+2348099999999',
    sourceIp: '192.0.2.7',
    switchId: 'fs-1',
    trunk: '',
    emergency: false,
  });
});

mapping('believes identities and diversions of a trunk that is trusted with them, and of no other', () => {
  const { aNumber, bNumber } = attemptWith({}, [TRUSTED]);
  assert.equal([aNumber, bNumber], ['+234777', '+2348011111111']);
  const undiverted = attemptWith({ variable_sip_h_Diversion: '' }, [TRUSTED]);
  assert.is(undiverted.bNumber, '+2348022222222');
  const elsewhere = attemptWith({}, [{ ...TRUSTED, sources: ['203.0.113.0/24'] }]);
  assert.equal([elsewhere.aNumber, elsewhere.bNumber], ['+2348030000001', '+2348099999999']);
});

const PARTIES: ReadonlyArray<readonly [text: string, more: Record<string, string>, a: string, b: string]> = [
  ['an anonymous caller', { variable_sip_from_user: 'anonymous' }, 'anonymous', '+2348099999999'],
  ['a caller without a name, whatever else is written', { variable_sip_from_user: '' }, '', '+2348099999999'],
  ['percent-encoding', { variable_sip_from_user: '%2B234' }, '+234', '+2348099999999'],
  ['a user with brackets', { variable_sip_from_user: 'a>b@c' }, 'a>b@c', '+2348099999999'],
  [
    'a Request-URI without user',
    { variable_sip_req_user: '', 'Caller-Destination-Number': '' },
    '+2348030000001',
    '198.51.100.1',
  ],
  [
    'a channel of another endpoint',
    { variable_sip_call_id: '', variable_sip_from_user: '', variable_sip_req_user: '' },
    '+234777',
    '+2348099999999',
  ],
];

for (const [text, more, a, b] of PARTIES)
  mapping(`reads ${text}`, () => {
    const { aNumber, bNumber } = attemptWith(more);
    assert.equal([aNumber, bNumber], [a, b]);
  });

mapping('knows an emergency where FreeSWITCH shows the header field', () => {
  assert.ok(attemptWith({ variable_sip_i_priority: ' Emergency' }).emergency);
  assert.ok(attemptWith({ variable_sip_i_resource_priority: 'ets.0, esnet.1' }).emergency);
  assert.not(attemptWith({ variable_sip_i_priority: 'urgent' }).emergency);
});

mapping('takes an address for none that is none, and one out of its brackets', () => {
  assert.is(attemptWith({ variable_sip_network_ip: '[2001:db8::1]' }).sourceIp, '2001:db8::1');
  assert.is(attemptWith({ variable_sip_network_ip: 'nowhere' }).sourceIp, '');
});

mapping('replaces what breaks a limit by its digest, so that it still counts', () => {
  const { callId, aNumber } = attemptWith({
    variable_sip_call_id: 'x'.repeat(600),
    variable_sip_from_user: '1'.repeat(200),
  });
  assert.match(callId, /^sha256-[\da-f]{64}$/);
  assert.match(aNumber, /^sha256-[\da-f]{64}$/);
});

mapping('takes the leg by which a call comes in for the call, and not the other', () => {
  assert.ok(isInbound(fieldsOf({})));
  assert.not(isInbound(fieldsOf({ 'Call-Direction': 'outbound' })));
});

mapping.run();
