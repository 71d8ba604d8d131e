import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sipAnswerOf } from '../../src/admission/reject-profile.js';

const test = suite('admission/reject-profile');

test('answers 608 with a Reason, and with Call-Info where there is a card', () => {
  assert.equal(sipAnswerOf('608', ''), {
    status: 608,
    phrase: 'Rejected',
    reasonHeader: 'SIP;cause=608;text="Rejected"',
  });
  assert.is(
    sipAnswerOf('608', 'https://acm.example/card').callInfo,
    '<https://acm.example/card>;purpose=jwscard',
  );
});

test('answers 603 Network Blocked with its parameters inside the text', () => {
  assert.is(sipAnswerOf('603+', '').reasonHeader, 'SIP;cause=603;text="v=analytics1";location=TN');
});

test('answers plainly where that is wanted', () => {
  assert.equal(
    (['603', '403', '480'] as const).map(
      (profile) => `${sipAnswerOf(profile, '').status} ${sipAnswerOf(profile, '').phrase}`,
    ),
    ['603 Decline', '403 Forbidden', '480 Temporarily Unavailable'],
  );
});

test.run();
