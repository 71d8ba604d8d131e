import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Exemptions } from '../../src/admission/exemptions.js';
import type { CheckOutcome } from '../../src/client/check-outcome.js';
import { type CheckCallRequest, type CheckCallResponse, Verdict } from '../../src/gen/acm/v1/detection.js';
import { readInvite } from '../../src/sip/invite.js';
import { Screening } from '../../src/sip/screening.js';
import { allowing } from '../client/fake-sidecar.js';
import { invite } from './fake-stack.js';
import { REASON, Recorder, trunks } from './fixtures.js';

const screening = suite('sip/screening');

function setUp(...outcomes: readonly CheckOutcome[]) {
  const recorder = new Recorder();
  const asked: CheckCallRequest[] = [];
  const left = [...outcomes];
  const client = {
    checkCall: async (request: CheckCallRequest) => {
      asked.push(request);
      return left.shift() as CheckOutcome;
    },
  };
  const subject = new Screening(client, new Exemptions(['112']), recorder, recorder.log, 'sw');
  const screen = (uri?: string, fields?: readonly string[]) =>
    subject.screen(readInvite(invite(uri, fields), trunks));
  return { screen, recorder, asked };
}

const verdict = (fields: Partial<CheckCallResponse>): CheckOutcome => ({
  kind: 'verdict',
  response: allowing(fields),
});
const rejection = { verdict: Verdict.REJECT, sipStatus: 608, sipReason: 'Rejected', reasonHeader: REASON };
const failure = (action: 'allow' | 'reject'): CheckOutcome => ({
  kind: 'unscreened',
  cause: 'deadline',
  action,
  detail: 'no answer in 20 ms',
});

screening('asks with what the INVITE says', async () => {
  const { screen, asked } = setUp(verdict({}));
  await screen();
  const numbers = { callId: 'c', fromTag: 'f', aNumber: '100', bNumber: '200', emergency: false };
  assert.equal(asked, [{ ...numbers, sourceIp: '192.0.2.1', trunk: '', switchId: 'sw' }]);
});

screening('passes on what is allowed, and what is only observed', async () => {
  const { screen, recorder } = setUp(verdict({}), verdict({ verdict: Verdict.OBSERVE }));
  assert.is(await screen(), undefined);
  assert.is(await screen(), undefined);
  assert.equal(recorder.counted, ['allow', 'observe']);
});

screening('answers a rejection as the response says, with the Call-Info of its profile', async () => {
  const { screen, recorder } = setUp(verdict(rejection));
  const callInfo = '<https://example.net/jcard>;purpose=jwscard';
  assert.equal(await screen(), { status: 608, phrase: 'Rejected', reasonHeader: REASON, callInfo });
  assert.equal(recorder.counted, ['reject']);
});

screening('leaves Call-Info out when the response has another status', async () => {
  const { screen } = setUp(verdict({ ...rejection, sipStatus: 403, sipReason: 'Forbidden' }));
  assert.equal(await screen(), { status: 403, phrase: 'Forbidden', reasonHeader: REASON });
});

screening('answers by the profile when the response names no failure status', async () => {
  const { screen } = setUp(verdict({ ...rejection, sipStatus: 200 }));
  assert.is((await screen())?.status, 608);
});

screening('rejects an unscreened call where it is told to', async () => {
  const { screen, recorder } = setUp(failure('reject'));
  const answer = await screen();
  assert.is(answer?.status, 480);
  assert.is(answer?.reasonHeader, 'SIP;cause=480;text="Call screening unavailable"');
  assert.equal(recorder.counted, ['deadline reject']);
});

const EXEMPT = [
  ['an exempt number', 'sip:112@agent', []],
  ['an emergency URN', 'urn:service:sos', []],
  ['an emergency call', 'sip:200@agent', ['Priority: emergency']],
] as const;
for (const [name, uri, fields] of EXEMPT) {
  screening(`never rejects ${name} without a verdict`, async () => {
    const { screen, recorder } = setUp(failure('reject'));
    assert.is(await screen(uri, fields), undefined);
    assert.equal(recorder.counted, ['deadline allow']);
  });
}

screening('logs once that it is blind and once that it sees again', async () => {
  const { screen, recorder } = setUp(failure('allow'), failure('allow'), verdict({}), verdict({}));
  for (let i = 0; i < 4; i++) await screen();
  assert.equal(recorder.logged, ['calls go on unscreened', 'calls are screened again']);
});

screening.run();
