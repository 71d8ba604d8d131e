import { setTimeout as delay } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startDrachtioPeer } from '../../support/drachtio/peer.js';
import { startAcm, until } from './acm-process.js';
import { withSetting } from './setting.js';

const failure = suite('e2e/sip/failure');

/** sipp gives no sign when it is listening. */
const LISTENING_MS = 300;

failure('calls pass and are counted as unscreened when the sidecar is killed mid-traffic', async () => {
  await withSetting({ ACM_ON_FAILURE: 'reject', ACM_ENFORCEMENT: 'shadow' }, async (setting) => {
    const { sidecar, call, answer, metric } = setting;
    const callee = answer({ scenario: 'talkersCallee', calls: 60 });
    await delay(LISTENING_MS);
    const talkers = call({ scenario: 'talker', calls: 60, rate: 20 });
    await delay(1_000);
    await sidecar.kill();
    await Promise.all([talkers, callee]);
    const verdicts = ['allow', 'observe'].map((verdict) =>
      metric(`acm_sip_calls_total{verdict="${verdict}"}`),
    );
    const causes = ['unavailable', 'deadline', 'breaker', 'error'].map((cause) =>
      metric(`acm_unscreened_calls_total{cause="${cause}",action="allow"}`),
    );
    const sum = async (figures: readonly Promise<number>[]) =>
      (await Promise.all(figures)).reduce((total, each) => total + each, 0);
    const [screened, unscreened] = [await sum(verdicts), await sum(causes)];
    assert.is(screened + unscreened, 60);
    assert.ok(screened > 0 && unscreened > 0, `${screened} screened, ${unscreened} unscreened`);
  });
});

failure('calls are screened again once the sidecar is back', async () => {
  await withSetting({}, async ({ sidecar, call, answer, metric }) => {
    await sidecar.kill();
    await until(async () => (await metric('acm_sip_peer_up{peer="sidecar"}')) === 0 || undefined);
    const callee = answer({ scenario: 'talkersCallee', calls: 2 });
    await delay(LISTENING_MS);
    await call({ scenario: 'talker', calls: 1 });
    assert.is(await metric('acm_sip_calls_total{verdict="allow"}'), 0);
    const next = await startAcm('serve', {
      ACM_GRPC_ADDRESS: `127.0.0.1:${sidecar.ports['grpc']}`,
      API_PORT: '0',
    });
    await until(async () => (await metric('acm_sip_peer_up{peer="sidecar"}')) === 1 || undefined);
    await call({ scenario: 'talker', calls: 1 });
    await callee;
    assert.is(await metric('acm_sip_calls_total{verdict="allow"}'), 1);
    await next.stop();
  });
});

failure('calls go on once drachtio-server is back, and SIGTERM ends the agent cleanly', async () => {
  await withSetting({}, async ({ agent, drachtio, call, answer, metric }) => {
    const { sipPort, adminPort } = drachtio;
    await drachtio.close();
    await until(async () => (await metric('acm_sip_peer_up{peer="drachtio"}')) === 0 || undefined);
    const next = await startDrachtioPeer({ sipPort, adminPort, secret: 'cymru' });
    await until(async () => (await metric('acm_sip_peer_up{peer="drachtio"}')) === 1 || undefined);
    const callee = answer({ scenario: 'talkersCallee', calls: 1 });
    await delay(LISTENING_MS);
    await call({ scenario: 'talker', calls: 1 });
    await callee;
    assert.is(await agent.stop(), 0);
    await next.close();
  });
});

failure.run();
