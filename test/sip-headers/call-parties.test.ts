import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Trunks } from '../../src/admission/trunks.js';
import { bounded, type InviteFields, readCallParties } from '../../src/sip-headers/call-parties.js';

const parties = suite('sip-headers/call-parties');

const { fallback } = new Trunks([], '608', '');
const TRUSTED = { ...fallback, trustIdentity: true, trustDiversion: true };
const PLAIN: InviteFields = {
  requestUri: 'sip:200@b',
  from: '<sip:100@a>;tag=1',
  assertedIdentity: '',
  diversion: '',
  historyInfo: '',
  priority: '',
  resourcePriority: '',
};

parties('takes the first asserted identity that has a user, from a trunk that is trusted with it', () => {
  const fields = { ...PLAIN, assertedIdentity: '<sip:example.com>,<tel:+300>,<sip:400@a>' };
  assert.is(readCallParties(fields, TRUSTED).aNumber, '+300');
  assert.is(readCallParties(fields, fallback).aNumber, '100');
});

parties('reads a From that is a bare URI', () => {
  assert.is(readCallParties({ ...PLAIN, from: 'sip:100@a' }, fallback).aNumber, '100');
});

parties('takes the number first dialled, from a trunk that is trusted with it', () => {
  const fields = { ...PLAIN, diversion: '<sip:300@a>,<sip:400@a>' };
  assert.is(readCallParties(fields, TRUSTED).bNumber, '400');
  assert.is(readCallParties(fields, fallback).bNumber, '200');
});

parties('whatever the fields hold, the numbers keep the limits of the contract', () => {
  const field = fc.string({ unit: 'binary', maxLength: 300 });
  const fields = fc.record({
    requestUri: field,
    from: field,
    assertedIdentity: field,
    diversion: field,
    historyInfo: field,
    priority: field,
    resourcePriority: field,
  });
  fc.assert(
    fc.property(fields, (each) => {
      const { aNumber, bNumber } = readCallParties(each, TRUSTED);
      for (const number of [aNumber, bNumber]) assert.is(bounded(number, 128), number);
    }),
  );
});

parties.run();
