import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { B2buaCarrier } from '../../src/sip/b2bua.js';
import type { PassedOn } from '../../src/sip/call.js';
import { type FakeRequest, FakeResponse, FakeStack, invite, settle } from './fake-stack.js';
import { callOf, commandTo, REASON } from './fixtures.js';

const b2bua = suite('sip/b2bua');

/** A call that is being passed on. */
function setUp(req?: FakeRequest) {
  const stack = new FakeStack();
  const { call, res, req: caller } = callOf(req);
  const carrier = new B2buaCarrier(call, stack, 'sip:200@hop', 'sip:hop');
  const outcomes: PassedOn[] = [];
  const carried = call.passOn(carrier, (outcome) => outcomes.push(outcome));
  return { stack, call, caller, res, outcomes, carried };
}

b2bua('sends the INVITE on, with its addresses but not its tags', async () => {
  const from = 'From: "Ann" <sip:100@caller>;tag=f';
  const { stack, carried } = setUp(invite(undefined, [from, 'Max-Forwards: 5', 'Privacy: id']));
  assert.is(stack.b2buaOptions?.uri, 'sip:200@hop');
  assert.is(stack.b2buaOptions?.proxy, 'sip:hop');
  assert.equal(stack.b2buaOptions?.headers, {
    Privacy: 'id',
    from: '"Ann" <sip:100@caller>',
    to: '<sip:200@agent>',
    'max-forwards': '4',
  });
  stack.fail(486, 'Busy Here');
  await carried;
});

b2bua('hands a failure on as it is, whatever its status', async () => {
  const { stack, res, outcomes, carried } = setUp();
  stack.fail(699, 'Odd', ['Retry-After: 5', 'To: <sip:200@hop>;tag=t']);
  await carried;
  assert.equal(res.final, { status: 699, reason: 'Odd', headers: { 'Retry-After': '5' } });
  assert.equal(outcomes, ['failed']);
});

b2bua('hands a redirection on with its Contact', async () => {
  const { stack, res, carried } = setUp();
  stack.fail(302, 'Moved', ['Contact: <sip:300@x>']);
  await carried;
  assert.equal(res.final?.headers, { Contact: '<sip:300@x>' });
});

b2bua('answers 500 when drachtio-server refuses to send', async () => {
  const { stack, res, carried } = setUp();
  stack.setUp.reject('unknown transport');
  await carried;
  assert.is(res.final?.status, 500);
});

b2bua('ends the other leg when one party hangs up, with the same Reason', async () => {
  for (const [one, other] of [
    ['uas', 'uac'],
    ['uac', 'uas'],
  ] as const) {
    const { stack, outcomes, carried } = setUp();
    const legs = stack.legs;
    stack.answer();
    await settle();
    assert.equal(outcomes, ['answered']);
    legs[one].hangUp('Q.850;cause=16');
    await carried;
    assert.equal(legs[other].byes, ['Q.850;cause=16']);
    assert.equal(legs[one].byes, []);
  }
});

b2bua('notices a BYE that came before it could listen', async () => {
  const { stack, carried } = setUp();
  stack.legs.uas.connected = false;
  stack.answer();
  await carried;
  assert.equal(stack.legs.uac.byes, [undefined]);
});

b2bua('ends an answered call on both legs, once, however often it is told to', async () => {
  const { stack, call, carried } = setUp();
  stack.answer();
  await settle();
  const outcomes = await Promise.all([call.end(commandTo('c')), call.end(commandTo('c', 'again'))]);
  await carried;
  assert.equal(outcomes, ['ended', 'ended']);
  assert.equal([stack.legs.uas.byes, stack.legs.uac.byes], [[REASON], [REASON]]);
});

b2bua('does not say that a call has ended while a BYE is unanswered', async () => {
  const { stack, call } = setUp();
  stack.legs.uac.onBye = () => new Promise(() => undefined);
  stack.answer();
  await settle();
  let outcome = '';
  void call.end(commandTo('c')).then((each) => {
    outcome = each;
  });
  await settle();
  assert.is(outcome, '');
  call.abandon();
  await settle();
  assert.is(outcome, 'failed');
});

b2bua(
  'says gone of legs that drachtio-server no longer knows, and failed of a BYE that cannot be sent',
  async () => {
    for (const [code, expected] of [
      ['ENODIALOG', 'gone'],
      ['ESOCKETDESTROYED', 'failed'],
    ]) {
      const { stack, call } = setUp();
      const refuse = () => Promise.reject(Object.assign(new Error('no'), { code }));
      stack.legs.uas.onBye = refuse;
      stack.legs.uac.onBye = refuse;
      stack.answer();
      await settle();
      assert.is(await call.end(commandTo('c')), expected);
    }
  },
);

b2bua('cancels a ringing call and gives the caller its answer when the callee has confirmed', async () => {
  const { stack, call, res, outcomes, carried } = setUp();
  const ending = call.end(commandTo('c'));
  assert.equal(stack.bLegInvite.cancels, [{ Reason: REASON }]);
  await settle();
  assert.is(res.final, undefined);
  stack.fail(487, 'Request Terminated');
  await carried;
  assert.is(await ending, 'ended');
  assert.equal(res.final, { status: 608, reason: 'Rejected', headers: { Reason: REASON } });
  assert.equal(outcomes, ['cancelled']);
});

b2bua('ends both legs when the 200 wins against the CANCEL', async () => {
  const { stack, call, outcomes, carried } = setUp();
  const ending = call.end(commandTo('c'));
  stack.answer();
  await carried;
  assert.is(await ending, 'ended');
  assert.equal([stack.legs.uas.byes, stack.legs.uac.byes], [[REASON], [REASON]]);
  assert.equal(outcomes, ['cancelled']);
});

b2bua('cancels the callee when the caller gave up before the INVITE went out', async () => {
  const { call, req } = callOf();
  req.giveUp();
  const stack = new FakeStack();
  void call.passOn(new B2buaCarrier(call, stack, 'sip:200@hop', 'sip:hop'), () => undefined);
  assert.equal(stack.bLegInvite.cancels, [{}]);
  stack.fail(487, 'Request Terminated');
  await settle();
});

b2bua('counts a call that its caller gave up as cancelled', async () => {
  const { stack, caller, outcomes, carried } = setUp();
  caller.giveUp();
  stack.fail(487, 'Request Terminated');
  await carried;
  assert.equal(outcomes, ['cancelled']);
});

b2bua('relays only what belongs to the other side of a response', () => {
  const { stack } = setUp();
  const ringing = new FakeResponse(180, 'Ringing', [
    'Contact: <sip:b>',
    'Alert-Info: <x>',
    'RSeq: 1',
    'Require: 100rel',
  ]);
  assert.equal(stack.b2buaOptions?.responseHeaders(ringing), { 'Alert-Info': '<x>' });
  stack.fail(486, 'Busy Here');
});

b2bua.run();
