import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Exemptions } from '../../src/admission/exemptions.js';
import type { CheckOutcome } from '../../src/client/check-outcome.js';
import type { DisconnectWatcher, SidecarClient } from '../../src/client/sidecar-client.js';
import { CallState, type ReportCallStateRequest, Verdict } from '../../src/gen/acm/v1/detection.js';
import { SipAgent } from '../../src/sip/agent.js';
import { allowing } from '../client/fake-sidecar.js';
import { FakeRequest, FakeResponse, FakeStack, invite, settle } from './fake-stack.js';
import { commandTo, REASON, Recorder, trunks } from './fixtures.js';

const agent = suite('sip/agent');

const rejection = { verdict: Verdict.REJECT, sipStatus: 608, sipReason: 'Rejected', reasonHeader: REASON };
const verdict = (fields: object): CheckOutcome => ({ kind: 'verdict', response: allowing(fields) });

/** A client that answers as the test says and keeps what it is told. */
class FakeClient {
  readonly reports: ReportCallStateRequest[] = [];
  readonly confirmed: number[] = [];
  readonly reportsDropped = 0;
  asked = 0;
  watcher: DisconnectWatcher | undefined;
  outcome: Promise<CheckOutcome> = Promise.resolve(verdict({}));

  ready = async () => true;
  checkCall = () => {
    this.asked++;
    return this.outcome;
  };
  reportCallState = (report: ReportCallStateRequest) => void this.reports.push(report);
  confirmDisconnect = async ({ outcome }: { outcome: number }) => this.confirmed.push(outcome) > 0;
  watchDisconnects = (_switchId: string, watcher: DisconnectWatcher) => {
    this.watcher = watcher;
  };

  get states(): string[] {
    return this.reports.map(({ state }) => CallState[state]);
  }
}

async function setUp(mode: 'b2bua' | 'proxy' | 'redirect' = 'b2bua') {
  const stack = new FakeStack();
  const client = new FakeClient();
  const recorder = new Recorder();
  const clock = { nowMs: 0, now: () => clock.nowMs };
  const settings = {
    switchId: 'sw',
    mode,
    nextHop: 'sip:hop',
    drachtio: { host: 'h', port: 1, secret: 's' },
  };
  const shared = {
    trunks,
    exemptions: new Exemptions(['112']),
    telemetry: recorder,
    log: recorder.log,
    clock,
  };
  const subject = new SipAgent({ ...shared, client: client as unknown as SidecarClient, settings }, stack);
  subject.start();
  await settle();
  stack.emit('connect', null, 'udp/h');
  /** An INVITE comes; returns its response once everything that can happen at once has happened. */
  const receive = async (req: FakeRequest = invite()): Promise<FakeResponse> => {
    const res = new FakeResponse();
    stack.inviteHandler(req, res);
    await settle();
    return res;
  };
  return { subject, stack, client, recorder, clock, receive };
}

agent('rejects what the sidecar rejects, and reports nothing of it', async () => {
  const { stack, client, receive } = await setUp();
  client.outcome = Promise.resolve(verdict(rejection));
  const res = await receive();
  const callInfo = '<https://example.net/jcard>;purpose=jwscard';
  assert.equal(res.final, {
    status: 608,
    reason: 'Rejected',
    headers: { Reason: REASON, 'Call-Info': callInfo },
  });
  assert.is(stack.b2buaOptions, undefined);
  assert.equal(client.states, []);
});

agent('passes other calls on and reports them from ringing to end', async () => {
  const { stack, client, clock, recorder, receive } = await setUp();
  await receive();
  assert.is(stack.b2buaOptions?.uri, 'sip:200@hop');
  stack.answer();
  await settle();
  clock.nowMs = 1_500;
  stack.legs.uas.hangUp();
  await settle();
  assert.equal(client.states, ['RINGING', 'ANSWERED', 'ENDED']);
  assert.equal(
    client.reports.map(({ ageMs }) => ageMs),
    [0, 0, 1_500],
  );
  assert.ok(recorder.counted.includes('passed on answered'));
});

agent('never asks about an INVITE within a dialog', async () => {
  const { client, receive } = await setUp();
  const res = await receive(invite(undefined, ['To: <sip:200@agent>;tag=t']));
  assert.is(res.final?.status, 481);
  assert.is(client.asked, 0);
});

agent('answers OPTIONS', async () => {
  const { stack } = await setUp();
  const res = new FakeResponse();
  stack.optionsHandler(invite(), res);
  assert.is(res.final?.status, 200);
});

agent('does not pass on what has gone too far or has no Contact, and has counted it', async () => {
  const { client, receive } = await setUp();
  const withoutContact = new FakeRequest('INVITE', 'sip:200@agent', [
    'From: <sip:100@caller>;tag=f',
    'Call-ID: c',
  ]);
  assert.is((await receive(invite(undefined, ['Max-Forwards: 0']))).final?.status, 483);
  assert.is((await receive(withoutContact)).final?.status, 400);
  assert.is(client.asked, 2);
});

agent('does not pass on a call whose caller gave up meanwhile', async () => {
  const { stack, client, receive } = await setUp();
  const asked = Promise.withResolvers<CheckOutcome>();
  client.outcome = asked.promise;
  const req = invite();
  await receive(req);
  req.giveUp();
  asked.resolve(verdict({}));
  await settle();
  assert.is(stack.b2buaOptions, undefined);
});

agent('obeys a command that comes before the verdict', async () => {
  const { stack, client, receive } = await setUp();
  const asked = Promise.withResolvers<CheckOutcome>();
  client.outcome = asked.promise;
  const res = await receive();
  client.watcher?.command(commandTo('c'));
  asked.resolve(verdict({}));
  await settle();
  assert.is(res.final?.status, 608);
  assert.is(stack.b2buaOptions, undefined);
  assert.equal(client.confirmed, [1]);
});

agent('sends an emergency URN by way of drachtio-server, which a B2BUA call cannot have', async () => {
  const { stack, receive } = await setUp();
  await receive(invite('urn:service:sos'));
  assert.equal(stack.proxied, ['sip:hop']);
});

agent('proxies, and confirms that it cannot end such a call', async () => {
  const { stack, client, receive } = await setUp('proxy');
  await receive();
  assert.equal(stack.proxied, ['sip:200@hop']);
  client.watcher?.command(commandTo('c'));
  stack.proxyEnd.resolve({ finalStatus: 200 });
  await settle();
  client.watcher?.command(commandTo('c', 'later'));
  await settle();
  assert.equal(client.confirmed, [2, 2]);
  assert.equal(client.states, ['RINGING', 'ANSWERED']);
});

agent('forgets a proxied call that fails', async () => {
  const { stack, client, recorder, receive } = await setUp('proxy');
  await receive();
  stack.proxyEnd.resolve({ finalStatus: 487 });
  await settle();
  assert.equal(client.states, ['RINGING', 'ENDED']);
  assert.ok(recorder.counted.includes('passed on cancelled'));
});

agent('redirects to the next hop', async () => {
  const { client, receive } = await setUp('redirect');
  const res = await receive();
  assert.equal(res.final, { status: 302, reason: '', headers: { Contact: '<sip:200@hop>' } });
  client.watcher?.command(commandTo('c'));
  await settle();
  assert.equal(client.confirmed, [2]);
});

agent('reports its calls again when the sidecar is back, with their age', async () => {
  const { stack, client, clock, receive } = await setUp();
  await receive();
  stack.answer();
  await settle();
  clock.nowMs = 4_000;
  client.watcher?.connected();
  assert.equal(client.states, ['RINGING', 'ANSWERED', 'ANSWERED']);
  assert.is(client.reports.at(-1)?.ageMs, 4_000);
});

agent('lets go of its calls when drachtio-server is lost', async () => {
  const { stack, client, receive } = await setUp();
  await receive();
  stack.emit('close');
  await settle();
  assert.equal(client.states, ['RINGING', 'ENDED']);
  client.watcher?.command(commandTo('c'));
  await settle();
  assert.equal(client.confirmed, [3]);
});

agent('stops taking calls, waits for those in hand and disconnects', async () => {
  const { subject, stack, receive } = await setUp();
  const res = await receive();
  const stopped = subject.stop(60_000);
  assert.equal(stack.unregistered, ['invite', 'options']);
  await settle();
  assert.is(stack.disconnects, 0);
  stack.fail(486, 'Busy Here');
  await stopped;
  assert.is(res.final?.status, 486);
  assert.is(stack.disconnects, 1);
});

agent('does not wait for answered calls, nor longer than it is told', async () => {
  const { subject, stack, receive } = await setUp();
  await receive();
  stack.answer();
  await settle();
  await subject.stop(60_000);
  const ringing = await setUp();
  await ringing.receive();
  const connection = setInterval(() => undefined, 1_000); // A real connection keeps the process alive.
  await ringing.subject.stop(1);
  clearInterval(connection);
  assert.equal([stack.disconnects, ringing.stack.disconnects], [1, 1]);
});

agent.run();
