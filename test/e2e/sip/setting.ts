/** A sidecar, the SIP agent, a peer of drachtio-server, and room for phones on either side. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DrachtioPeer, startDrachtioPeer } from '../../support/drachtio/peer.js';
import { freeUdpPort } from '../../support/free-port.js';
import { type RunningAcm, startAcm, until } from './acm-process.js';
import { type Phones, runPhones } from './phones.js';

export interface Setting {
  readonly sidecar: RunningAcm;
  readonly agent: RunningAcm;
  readonly drachtio: DrachtioPeer;
  /** Phones that call the agent. */
  call(phones: Omit<Phones, 'port' | 'target'>): Promise<void>;
  /** Phones at the next hop. */
  answer(phones: Omit<Phones, 'port' | 'target'>): Promise<void>;
  /** One figure of the agent's metrics, for example `acm_sip_calls_total{verdict="allow"}`; 0 when it is absent. */
  metric(name: string): Promise<number>;
}

const SECRET = 'cymru';

/** Runs a scenario in a setting of its own. The agent connects to both its peers first. */
export async function withSetting(
  env: Readonly<Record<string, string>>,
  scenario: (setting: Setting) => Promise<void>,
): Promise<void> {
  const drachtio = await startDrachtioPeer({ secret: SECRET });
  const calleePort = await freeUdpPort();
  const sidecar = await startAcm('serve', { ACM_GRPC_ADDRESS: '127.0.0.1:0', API_PORT: '0', ...env });
  const agent = await startAcm('sip-agent', {
    ACM_SIDECAR_ADDRESS: `127.0.0.1:${sidecar.ports['grpc']}`,
    ACM_DRACHTIO_ADDRESS: `127.0.0.1:${drachtio.adminPort}`,
    ACM_DRACHTIO_SECRET: SECRET,
    ACM_SIP_METRICS_ADDRESS: '127.0.0.1:0',
    ACM_SWITCH_ID: 'e2e',
    // What is tested here is the verdict; how long it takes on a busy machine is not.
    ACM_CHECK_DEADLINE_MS: '500',
    ACM_CONFIG: configFile(calleePort),
    ...env,
  });
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${agent.ports['http']}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`${name} `));
    return Number(line?.split(' ')[1] ?? 0);
  };
  const call: Setting['call'] = async (phones) =>
    runPhones({ ...phones, port: await freeUdpPort(), target: drachtio.sipPort });
  const answer: Setting['answer'] = (phones) => runPhones({ ...phones, port: calleePort });
  try {
    for (const peer of ['drachtio', 'sidecar']) {
      await until(async () => (await metric(`acm_sip_peer_up{peer="${peer}"}`)) === 1 || undefined);
    }
    await scenario({ sidecar, agent, drachtio, call, answer, metric });
  } finally {
    await agent.stop();
    await sidecar.stop();
    await drachtio.close().catch(() => undefined); // A scenario may have closed it itself.
  }
}

function configFile(calleePort: number): string {
  const file = join(mkdtempSync(join(tmpdir(), 'acm-e2e-')), 'acm.yaml');
  writeFileSync(file, `next_hop: sip:127.0.0.1:${calleePort}\n`);
  return file;
}
