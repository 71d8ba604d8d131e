import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type DrachtioPeer, startDrachtioPeer } from '../../support/drachtio/peer.js';
import { freeTcpPort, freeUdpPort } from '../../support/free-port.js';
import { type RunningAcm, startAcm, until } from '../sip/acm-process.js';
import { runPhones } from '../sip/phones.js';
import {
  addAttackCases,
  addRoutingCases,
  addTeardownCase,
  assertScreens,
  freshCallee,
  type Stage,
  talkUnscreened,
} from './inline-cases.js';
import { Setting, writeConfig } from './setting.js';

const agentWay = suite('e2e/kamailio/agent');

const SECRET = 'cymru';
const HOST = '127.0.0.1';

let setting: Setting;
let drachtio: DrachtioPeer;
let agent: RunningAcm;
let agentEnvironment: Record<string, string>;
let returnPort: number;

async function isUp(peer: string): Promise<boolean> {
  const text = await (await fetch(`http://${HOST}:${agent.ports['http']}/metrics`)).text();
  return text.includes(`acm_sip_peer_up{peer="${peer}"} 1`);
}

async function unscreenedByAgent(): Promise<number> {
  const text = await (await fetch(`http://${HOST}:${agent.ports['http']}/metrics`)).text();
  const counts = text.matchAll(/^acm_unscreened_calls_total\{.*action="allow".*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

async function canAsk(): Promise<void> {
  for (const peer of ['drachtio', 'sidecar']) await until(async () => (await isUp(peer)) || undefined);
}

const stage = (): Stage => ({ setting, canAsk });

agentWay.before(async () => {
  drachtio = await startDrachtioPeer({ secret: SECRET });
  returnPort = await freeUdpPort();
  const grpcPort = await freeTcpPort();
  setting = await Setting.start({
    file: 'kamailio-agent.cfg',
    defines: () => [
      `ACM_AGENT="sip:${HOST}:${drachtio.sipPort}"`,
      `ACM_AGENT_PORT=${drachtio.sipPort}`,
      `ACM_RETURN_LISTEN=udp:${HOST}:${returnPort}`,
      `ACM_RETURN_PORT=${returnPort}`,
    ],
    environment: () => ({ ACM_GRPC_ADDRESS: `${HOST}:${grpcPort}` }),
  });
  agentEnvironment = {
    ACM_SIDECAR_ADDRESS: `${HOST}:${grpcPort}`,
    ACM_DRACHTIO_ADDRESS: `${HOST}:${drachtio.adminPort}`,
    ACM_DRACHTIO_SECRET: SECRET,
    ACM_SIP_METRICS_ADDRESS: `${HOST}:0`,
    ACM_SWITCH_ID: 'agent',
    ACM_CHECK_DEADLINE_MS: '800',
    ACM_CONFIG: writeConfig(setting.kamailio.directory, 'agent.yaml', {
      next_hop: `sip:${HOST}:${returnPort}`,
    }),
  };
  agent = await startAcm('sip-agent', agentEnvironment);
});
agentWay.after(async () => {
  await agent.stop();
  await setting.stop();
  await drachtio.close();
});

addAttackCases(agentWay, stage);
addRoutingCases(agentWay, stage);

agentWay('calls pass and are counted without the agent, and are screened once it is back', async () => {
  await agent.stop();
  await talkUnscreened(stage(), 6);
  agent = await startAcm('sip-agent', agentEnvironment);
  await assertScreens(stage());
});

agentWay(
  'without the sidecar the agent lets calls pass and counts them, and screens them once it is back',
  async () => {
    await setting.sidecar.kill();
    const b = freshCallee();
    await setting.talk(
      { scenario: 'talker', calls: 6, rate: 20, b },
      { scenario: 'talkersCallee', calls: 6 },
    );
    assert.is(await unscreenedByAgent(), 6);
    await setting.startSidecarAnew();
    // After so many failures in a row it asks again in its own time.
    await until(async () => {
      const before = await unscreenedByAgent();
      const one = { calls: 1, b: freshCallee() };
      await setting.talk({ scenario: 'talker', ...one }, { scenario: 'talkersCallee', calls: 1 });
      return (await unscreenedByAgent()) === before || undefined;
    });
    await assertScreens(stage());
  },
);

agentWay('calls pass and are counted without drachtio-server, and are screened once it is back', async () => {
  const { sipPort, adminPort } = drachtio;
  await drachtio.close();
  await talkUnscreened(stage(), 6);
  drachtio = await startDrachtioPeer({ sipPort, adminPort, secret: SECRET });
  await assertScreens(stage());
});

agentWay('calls are screened again once Kamailio was started anew', async () => {
  await setting.kamailio.restart();
  await assertScreens(stage());
});

agentWay('what comes to the return port from elsewhere is refused', async () => {
  await runPhones({ scenario: 'forbidden', calls: 1, port: await freeUdpPort(), target: returnPort });
});

addTeardownCase(agentWay, stage);

agentWay.run();
