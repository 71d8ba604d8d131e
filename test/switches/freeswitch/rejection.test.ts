import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { REJECT_PROFILES, sipAnswerOf } from '../../../src/admission/reject-profile.js';
import {
  causeFor,
  type Rejection,
  reasonVariables,
  transferToRejection,
} from '../../../src/switches/freeswitch/rejection.js';

const rejection = suite('switches/freeswitch/rejection');

const REJECTED: Rejection = {
  sipStatus: 608,
  sipReason: 'Rejected',
  reasonHeader: 'SIP;cause=608;text="Rejected"',
};

rejection('transfers to the final response, which ends the call in any state', () => {
  assert.is(transferToRejection('u-1', REJECTED), "api uuid_transfer u-1 'respond:608 Rejected' inline");
});

rejection('sets the Reason so that one goes out with the final response, with CANCEL and with BYE', () => {
  assert.equal(reasonVariables(REJECTED), [
    ['sip_reason', 'SIP;cause=608;text="Rejected"'],
    ['disable_q850_reason', 'true'],
    ['sip_bye_h_Reason', 'SIP;cause=608;text="Rejected"'],
  ]);
});

rejection('says what every profile says', () => {
  for (const profile of REJECT_PROFILES) {
    const { status, phrase, reasonHeader } = sipAnswerOf(profile, 'https://a.example/x?y=1&z');
    const order = { sipStatus: status, sipReason: phrase, reasonHeader };
    assert.is(transferToRejection('u', order), `api uuid_transfer u 'respond:${status} ${phrase}' inline`);
    assert.is(reasonVariables(order)[0]![1], reasonHeader);
  }
});

rejection('kills with the cause that comes nearest', () => {
  assert.equal(
    [608, 603, 403, 480].map((sipStatus) => causeFor({ ...REJECTED, sipStatus })),
    ['CALL_REJECTED', 'CALL_REJECTED', 'INCOMING_CALL_BARRED', 'NO_ANSWER'],
  );
});

rejection('lets nobody write commands, quotes or variables into a command', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom("'", "x' inline\n\napi system", '$x', 'a\\', 'b\0', 'x'.repeat(9_000)),
  );
  fc.assert(
    fc.property(fc.double(), hostile, hostile, (sipStatus, sipReason, reasonHeader) => {
      const order = { sipStatus, sipReason, reasonHeader };
      assert.match(
        transferToRejection('u', order),
        /^api uuid_transfer u 'respond:[4-6]\d\d [\w .+-]{1,64}' inline$/,
      );
      for (const [, value] of reasonVariables(order)) {
        assert.match(value, /^[\x20-\x7e]+$/);
        assert.not.match(value, /[$'\\]/);
      }
    }),
  );
});

rejection.run();
