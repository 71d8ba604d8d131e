import { setTimeout as delay } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from './acm-process.js';
import { withSetting } from './setting.js';

const masking = suite('e2e/sip/masking');

/** sipp gives no sign when it is listening. */
const LISTENING_MS = 300;

masking(
  'five callers within five seconds: the fifth gets 608, the first four get BYE on both legs',
  async () => {
    await withSetting({ ACM_AUTO_DISCONNECT: 'true' }, async ({ call, answer, metric }) => {
      const callee = answer({ scenario: 'victimsCallee', calls: 4 });
      await delay(LISTENING_MS);
      const victims = call({ scenario: 'victim', calls: 4, rate: 4 });
      await until(
        async () => (await metric('acm_sip_passed_on_total{outcome="answered"}')) === 4 || undefined,
      );
      await call({ scenario: 'rejected', calls: 1, a: '23481' });
      await Promise.all([victims, callee]);
      await until(
        async () => (await metric('acm_sip_disconnects_total{outcome="ended"}')) === 4 || undefined,
      );
      assert.is(await metric('acm_sip_calls_total{verdict="reject"}'), 1);
    });
  },
);

masking('calls that still ring when the attack is detected are cancelled and get 608', async () => {
  await withSetting({ ACM_AUTO_DISCONNECT: 'true' }, async ({ call, answer, metric }) => {
    const callee = answer({ scenario: 'ringingCallee', calls: 4 });
    await delay(LISTENING_MS);
    await call({ scenario: 'rejected', calls: 5, rate: 8 });
    await callee;
    assert.is(await metric('acm_sip_passed_on_total{outcome="cancelled"}'), 4);
    assert.is(await metric('acm_sip_calls_total{verdict="reject"}'), 1);
  });
});

masking('five callers within six seconds all pass', async () => {
  await withSetting({}, async ({ call, answer, metric }) => {
    const callee = answer({ scenario: 'talkersCallee', calls: 5 });
    await delay(LISTENING_MS);
    await call({ scenario: 'talker', calls: 5, rate: 2 / 3 });
    await callee;
    assert.is(await metric('acm_sip_calls_total{verdict="allow"}'), 5);
  });
});

masking('one caller passes five times', async () => {
  await withSetting({}, async ({ call, answer, metric }) => {
    const callee = answer({ scenario: 'talkersCallee', calls: 5 });
    await delay(LISTENING_MS);
    // Its number ends in the count of its sipp process, which is 1 in each.
    for (let i = 0; i < 5; i++) await call({ scenario: 'talker', calls: 1 });
    await callee;
    assert.is(await metric('acm_sip_calls_total{verdict="allow"}'), 5);
  });
});

masking.run();
