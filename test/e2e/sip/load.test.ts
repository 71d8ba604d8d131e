import { setTimeout as delay } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withSetting } from './setting.js';

const load = suite('e2e/sip/load');

const CALLS_PER_SECOND = 200;
const SECONDS = 30;

load(
  `${CALLS_PER_SECOND} calls a second for ${SECONDS} s go through without a lost transaction`,
  async () => {
    // Every caller calls the same number: observed, not rejected, so that each call goes all the way.
    await withSetting({ ACM_ENFORCEMENT: 'shadow' }, async ({ call, answer, metric, drachtio }) => {
      const calls = CALLS_PER_SECOND * SECONDS;
      const callee = answer({ scenario: 'talkersCallee', calls, secondsMax: 2 * SECONDS });
      await delay(300);
      await call({ scenario: 'talker', calls, rate: CALLS_PER_SECOND, secondsMax: 2 * SECONDS });
      await callee;
      assert.is(await metric('acm_sip_passed_on_total{outcome="answered"}'), calls);
      assert.is(drachtio.counters.requestsOut['INVITE'], calls);
      assert.is(drachtio.counters.responsesOut['INVITE 200'], calls);
      assert.is(drachtio.counters.responsesOut['BYE 200'], calls);
    });
  },
);

load.run();
