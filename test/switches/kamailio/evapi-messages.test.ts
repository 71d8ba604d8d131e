import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type CheckMessage,
  parseEvapiMessage,
  type StateMessage,
  suspendedIn,
  unscreenedMessage,
  verdictMessage,
} from '../../../src/switches/kamailio/evapi-messages.js';
import { checkPayload, SUSPENDED, statePayload } from './evapi-fixture.js';

const messages = suite('switches/kamailio/evapi-messages');

const checkIn = (payload: string): CheckMessage => parseEvapiMessage(payload) as CheckMessage;

messages('reads a check, whatever a caller has written into its header fields', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (from, callId) => {
      const check = checkIn(checkPayload({ from, call_id: callId }, { ...SUSPENDED, at: 1_795_576_779.5 }));
      assert.is(check.fields.from, from.includes('\ufffd') ? check.fields.from : from);
      assert.equal(check.suspended, SUSPENDED);
      assert.is(check.sentMs, 1_795_576_779_500);
    }),
  );
});

messages('bytes that are no UTF-8 keep two callers apart', () => {
  const fromOf = (bytes: number[]): string =>
    checkIn(JSON.stringify({ type: 'check', from: Buffer.from(bytes).toString('base64') })).fields.from;
  assert.is(fromOf([0x31, 0xfc]), '1ü');
  assert.is.not(fromOf([0x31, 0xfc]), fromOf([0x31, 0xfd]));
});

messages('nobody waits where a transaction is not named', () => {
  assert.is(checkIn(checkPayload({}, {})).suspended, undefined);
  assert.is(checkIn(checkPayload({}, { tindex: '1', tlabel: 2 })).suspended, undefined);
  assert.ok(Number.isNaN(checkIn(checkPayload()).sentMs));
});

messages('reads what has become of a call, its numbers as those of a check', () => {
  const state = parseEvapiMessage(statePayload('ended', { a: '0803%31;phone-context=+234' })) as StateMessage;
  assert.is(state.state, 'ended');
  assert.is(state.callId, 'c1@host');
  assert.is(state.aNumber, '08031');
});

messages('what makes no sense is nothing, and still names who waits', () => {
  for (const payload of ['', '{', 'null', '7', '[]', '{}', '{"type":"other"}', statePayload('dead')])
    assert.is(parseEvapiMessage(payload), undefined, payload);
  assert.equal(suspendedIn('{"tindex":54936,"tlabel":2126977793,"from":"'), SUSPENDED);
  assert.is(suspendedIn('{"tindex":54936,"from":"'), undefined);
});

messages('writes the verdict, and how to reject only with a rejection', () => {
  const answer = { status: 608, phrase: 'Rejected', reasonHeader: 'SIP;cause=608;text="Rejected"' };
  const told = { type: 'verdict', ...SUSPENDED };
  assert.equal(JSON.parse(verdictMessage(SUSPENDED, 'reject', answer)), {
    ...told,
    verdict: 'reject',
    screened: 1,
    status: 608,
    phrase: 'Rejected',
    reason: 'SIP;cause=608;text="Rejected"',
    call_info: '',
  });
  assert.equal(JSON.parse(verdictMessage(SUSPENDED, 'observe', answer)), {
    ...told,
    verdict: 'observe',
    screened: 1,
  });
  assert.equal(JSON.parse(unscreenedMessage(SUSPENDED, 'why')), {
    ...told,
    verdict: 'allow',
    screened: 0,
    error: 'why',
  });
});

messages.run();
