import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { relayInDialog } from '../../src/sip/in-dialog.js';
import { FakeDialog, FakeRequest, FakeResponse } from './fake-stack.js';

const inDialog = suite('sip/in-dialog');

function setUp() {
  const [uas, uac] = [new FakeDialog('uas'), new FakeDialog('uac')];
  relayInDialog(uas, uac);
  return { uas, uac };
}

inDialog('takes a re-INVITE across and its answer back, each with the Contact of its leg', () => {
  const { uas, uac } = setUp();
  uac.onRequest = (callback) => {
    callback(null, new FakeResponse(180, 'Ringing'));
    callback(null, new FakeResponse(200, 'OK', ['Contact: <sip:far>', 'Supported: timer']));
  };
  const res = new FakeResponse();
  uas.receive(
    'modify',
    new FakeRequest('INVITE', 'sip:x', ['Contact: <sip:near>', 'Subject: hold'], 'v=0'),
    res,
  );
  assert.equal(uac.requests, [
    { method: 'INVITE', headers: { Subject: 'hold', Contact: '<sip:agent@uac>' }, body: 'v=0' },
  ]);
  assert.equal(res.sent, [
    { status: 200, reason: 'OK', headers: { Supported: 'timer', Contact: '<sip:agent@uas>' } },
  ]);
});

inDialog('waits for the ACK of an INVITE without offer, which carries the answer', () => {
  const { uas, uac } = setUp();
  const answers: string[] = [];
  uac.onRequest = (callback) =>
    callback(null, new FakeResponse(200, 'OK'), ({ body }) => void answers.push(body));
  uas.receive('modify', new FakeRequest('INVITE', 'sip:x', []));
  assert.is(uac.requests[0]?.noAck, true);
  assert.equal(answers, []);
  uas.receive('ack', new FakeRequest('ACK', 'sip:x', [], 'v=0 answer'));
  assert.equal(answers, ['v=0 answer']);
});

inDialog('takes other requests across both ways', () => {
  const { uas, uac } = setUp();
  uas.onRequest = (callback) => callback(null, new FakeResponse(202, 'Accepted'));
  const res = new FakeResponse();
  uac.receive('refer', new FakeRequest('REFER', 'sip:x', ['Refer-To: <sip:300@y>']), res);
  assert.equal(uas.requests, [{ method: 'REFER', headers: { 'Refer-To': '<sip:300@y>' }, body: '' }]);
  assert.is(res.final?.status, 202);
});

inDialog('answers 481 when the other leg is gone', () => {
  const { uas, uac } = setUp();
  uac.onRequest = (callback) => callback(new Error('no dialog'), new FakeResponse());
  const res = new FakeResponse();
  uas.receive('info', new FakeRequest('INFO', 'sip:x', []), res);
  assert.is(res.final?.status, 481);
});

inDialog.run();
