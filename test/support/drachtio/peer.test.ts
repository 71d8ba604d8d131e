import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeFrame, FrameReader } from './frame.js';
import { type DrachtioPeer, startDrachtioPeer } from './peer.js';
import { RawApplication } from './raw-application.js';
import { RawPhone, SDP, toTagOf } from './raw-phone.js';
import { scaledTimers } from './timers.js';

interface Setting {
  peer: DrachtioPeer;
  app: RawApplication;
  phone: RawPhone;
}

/** T1 is 20 ms, so that 64 T1 are 1.28 s and an unanswered request is forgotten after 2.56 s. */
const TIMERS = scaledTimers(0.04);
const test = suite<Setting>('support/drachtio/peer');

test.before.each(async (setting) => {
  setting.peer = await startDrachtioPeer({ secret: 'cymru', timers: TIMERS });
  setting.app = await RawApplication.register(setting.peer.adminPort, 'cymru', 'invite', 'options', 'info');
  setting.phone = await new RawPhone(setting.peer.sipPort).bind();
});

test.after.each(async ({ peer, app, phone }) => {
  app.end();
  phone.close();
  await peer.close();
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends an INVITE and resolves with the application's view of it. */
async function ring({ phone, app }: Setting, callId: string): Promise<string> {
  phone.request({ method: 'INVITE', callId });
  await phone.inbox.take(/^SIP\/2\.0 100 Trying/);
  return (await app.message(/INVITE sip:/)).transactionId;
}

/** Answers with a 2xx and resolves with the To tag, the ACK still to come. */
async function answer({ phone, app }: Setting, transactionId: string): Promise<string> {
  await app.command(`sip|${transactionId}|\r\nSIP/2.0 200 OK\r\n\r\n${SDP}`);
  return toTagOf(await phone.inbox.take(/^SIP\/2\.0 200 OK[\s\S]*CSeq: 1 INVITE/));
}

test('frames are cut by their length in bytes, wherever the chunks end', () => {
  const reader = new FrameReader();
  const bytes = Buffer.from(encodeFrame('a|größe #1') + encodeFrame('b'));
  const payloads = [...bytes].flatMap((byte) => reader.push(Buffer.from([byte])));
  assert.equal(payloads, ['a|größe #1', 'b']);
  assert.throws(() => new FrameReader().push(Buffer.from('123456#')));
  assert.throws(() => new FrameReader().push(Buffer.from('x#')));
});

test('a wrong secret is refused and the connection closed', async ({ peer }) => {
  const stranger = await RawApplication.connect(peer.adminPort);
  assert.is(await stranger.command('authenticate|wrong|'), 'NO|incorrect secret');
  await stranger.closed;
  assert.is(peer.adminConnections, 1);
});

test('the right secret is answered with addresses and version', async ({ peer, app }) => {
  const hostport = `udp/127.0.0.1:${peer.sipPort}`;
  assert.is(await app.command('authenticate|cymru|'), `OK|${hostport}|v0.9.10|${hostport}`);
  assert.is(await app.command('ping'), 'OK|pong');
});

test('a request that no application wants is answered 503', async ({ app, phone }) => {
  await app.command('remove_route|options');
  phone.request({ method: 'INVITE', callId: 'unwanted' });
  await phone.inbox.take(/^SIP\/2\.0 100 Trying/);
  await phone.inbox.take(/^SIP\/2\.0 503 Service Unavailable/);
});

test('new requests go to the applications in turn', async ({ peer, app, phone }) => {
  const other = await RawApplication.register(peer.adminPort, 'cymru', 'options');
  for (const callId of ['one', 'two', 'three', 'four']) phone.request({ method: 'OPTIONS', callId });
  await pause(100);
  assert.is(app.inbox.count(/OPTIONS sip:/), 2);
  assert.is(other.inbox.count(/OPTIONS sip:/), 2);
  other.end();
});

test('an INVITE reaches the application once, with where it came from and was received', async (setting) => {
  const { phone, app, peer } = setting;
  await ring(setting, 'once');
  phone.request({ method: 'INVITE', callId: 'once' });
  await phone.inbox.take(/^SIP\/2\.0 100 Trying/);
  assert.is(app.inbox.count(/INVITE sip:/), 1);
  const tokens =
    app.inbox.all
      .find((frame) => frame.includes('INVITE sip:'))
      ?.split('\r\n')[0]
      .split('|') ?? [];
  assert.equal(tokens.slice(1, 3), ['sip', 'network']);
  assert.equal(tokens.slice(4, 7), ['udp', '127.0.0.1', String(phone.port)]);
  assert.match(tokens[7], /^\d\d:\d\d:\d\d\.\d{6}$/);
  assert.equal(tokens.slice(9), ['', '127.0.0.1', String(peer.sipPort), '']);
});

test('a rejection is repeated until its ACK, which the application never sees', async (setting) => {
  const { phone, app } = setting;
  const id = await ring(setting, 'rejected');
  const reject = `sip|${id}|\r\nSIP/2.0 608 Rejected\r\nreason: SIP;cause=608;text="Rejected"\r\n\r\n`;
  assert.match(
    await app.command(reject),
    new RegExp(`^OK\\|application\\|.*\\|${id}\\|rejected;from-tag=.*Msg sent:`),
  );
  const rejection = await phone.inbox.take(
    /^SIP\/2\.0 608 Rejected[\s\S]*Reason: SIP;cause=608;text="Rejected"/,
  );
  await phone.inbox.take(/^SIP\/2\.0 608 Rejected/);
  phone.request({ method: 'ACK', callId: 'rejected', toTag: toTagOf(rejection) });
  await pause(50);
  const count = phone.inbox.count(/^SIP\/2\.0 608/);
  await pause(150);
  assert.is(phone.inbox.count(/^SIP\/2\.0 608/), count);
  assert.is(app.inbox.count(/ACK sip:/), 0);
  assert.is(await app.command(reject), 'NOK|Response not sent due to unknown transaction');
});

test('an answer carries Contact and SDP type, and is repeated until the ACK reaches the application', async (setting) => {
  const { phone, app, peer } = setting;
  const toTag = await answer(setting, await ring(setting, 'answered'));
  const repeated = await phone.inbox.take(/^SIP\/2\.0 200 OK/);
  assert.match(repeated, `Contact: <sip:127.0.0.1:${peer.sipPort}>`);
  assert.match(repeated, 'Content-Type: application/sdp');
  phone.request({ method: 'ACK', callId: 'answered', branch: 'ack', toTag });
  assert.is((await app.message(/ACK sip:/)).dialogId, 'answered;from-tag=alice-answered');
  assert.is(peer.dialogs, 1);
});

test('an answer that nobody acknowledges ends in a BYE to both sides', async (setting) => {
  const { phone, app, peer } = setting;
  await answer(setting, await ring(setting, 'deaf'));
  await phone.inbox.take(/^BYE sip:alice@[\s\S]*Reason: SIP;cause=200;text="ACK timeout"/);
  const bye = await app.message(/BYE sip:/);
  assert.equal([bye.source, bye.transactionId], ['application', 'unsolicited']);
  assert.is(peer.dialogs, 0);
});

test('a CANCEL is answered, the INVITE ended, and then the application told', async (setting) => {
  const { phone, app } = setting;
  const id = await ring(setting, 'cancelled');
  await app.command(`sip|${id}|\r\nSIP/2.0 180 Ringing\r\n\r\n`);
  const ringing = await phone.inbox.take(/^SIP\/2\.0 180/);
  phone.request({ method: 'CANCEL', callId: 'cancelled' });
  await phone.inbox.take(/^SIP\/2\.0 200 OK[\s\S]*CSeq: 1 CANCEL/);
  const ended = await phone.inbox.take(/^SIP\/2\.0 487 Request Terminated/);
  assert.is(toTagOf(ended), toTagOf(ringing));
  const cancel = await app.message(/CANCEL sip:/);
  assert.equal([cancel.transactionId, cancel.dialogId], [id, 'cancelled;from-tag=alice-cancelled']);
  const late = await app.command(`sip|${id}|\r\nSIP/2.0 200 OK\r\n\r\n`);
  assert.is(late, 'NOK|Response not sent due to unknown transaction');
});

test('requests that belong to nothing are answered 481', async ({ phone }) => {
  phone.request({ method: 'BYE', callId: 'unknown', toTag: ';tag=nobody' });
  await phone.inbox.take(/^SIP\/2\.0 481 [\s\S]*CSeq: 1 BYE/);
  phone.request({ method: 'CANCEL', callId: 'unknown' });
  await phone.inbox.take(/^SIP\/2\.0 481 [\s\S]*CSeq: 1 CANCEL/);
  phone.request({ method: 'INVITE', callId: 'unknown', toTag: ';tag=nobody' });
  await phone.inbox.take(/^SIP\/2\.0 481 [\s\S]*CSeq: 1 INVITE/);
});

test('a BYE reaches the application, and its answer the caller', async (setting) => {
  const { phone, app, peer } = setting;
  const toTag = await answer(setting, await ring(setting, 'over'));
  phone.request({ method: 'ACK', callId: 'over', branch: 'ack', toTag });
  phone.request({ method: 'BYE', callId: 'over', branch: 'bye', seq: 2, toTag });
  const bye = await app.message(/BYE sip:/);
  assert.is(bye.dialogId, 'over;from-tag=alice-over');
  await app.command(`sip|${bye.transactionId}|\r\nSIP/2.0 200 OK\r\n\r\n`);
  await phone.inbox.take(/^SIP\/2\.0 200 OK[\s\S]*CSeq: 2 BYE/);
  assert.is(peer.dialogs, 0);
  await pause(70 * TIMERS.t1Ms);
  assert.is(peer.transactions, 0);
});

test('a dialog outlives its application, whose requests are then answered 481', async (setting) => {
  const { phone, peer } = setting;
  const toTag = await answer(setting, await ring(setting, 'orphan'));
  phone.request({ method: 'ACK', callId: 'orphan', branch: 'ack', toTag });
  await pause(20);
  peer.dropApplications();
  await setting.app.closed;
  assert.is(peer.dialogs, 1);
  const back = await RawApplication.register(peer.adminPort, 'cymru');
  phone.request({ method: 'INFO', callId: 'orphan', branch: 'info', seq: 2, toTag });
  await phone.inbox.take(/^SIP\/2\.0 481 [\s\S]*CSeq: 2 INFO/);
  assert.match(
    await back.command('sip||orphan;from-tag=alice-orphan\r\nBYE sip:placeholder SIP/2.0\r\n\r\n'),
    /^OK\|/,
  );
  await phone.inbox.take(/^BYE sip:alice@/);
  back.end();
});

test('a request that the application never answers is forgotten', async (setting) => {
  await ring(setting, 'forgotten');
  await pause(TIMERS.unansweredMs + 50);
  assert.is(setting.peer.transactions, 0);
  assert.is(setting.phone.inbox.count(/^SIP\/2\.0 [2-6]/), 0);
});

test.run();
