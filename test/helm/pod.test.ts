import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freeTcpPort } from '../support/free-port.js';
import { AcmProcess } from '../support/sidecar-process.js';
import { render } from './chart.js';
import { environmentOf, podsOf, processesOf } from './pods.js';
import { type RenderedKamailio, startKamailioOf } from './rendered-kamailio.js';

const test = suite('helm/pod');

const WAIT_MS_MAX = 90_000;

/** What a probe gets; '' while nobody listens. */
async function probe(port: number, path: string): Promise<string> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return answer.ok ? `${answer.status} ${await answer.text()}` : String(answer.status);
  } catch {
    return '';
  }
}

async function untilProbed(port: number, path: string, holds: (answer: string) => boolean): Promise<void> {
  const deadline = performance.now() + WAIT_MS_MAX;
  while (!holds(await probe(port, path))) {
    if (performance.now() > deadline) throw new Error(`in vain waited for ${path} of ${port}`);
    await sleep(50);
  }
}

test('starts and stops as the kubelet has it: the sidecar until it is ready, then a Kamailio, which it finds', async () => {
  const [health, sip, rpc, evapi] = [
    await freeTcpPort(),
    await freeTcpPort(),
    await freeTcpPort(),
    await freeTcpPort(),
  ];
  const manifests = render({
    switch: {
      port: sip,
      kamailio: {
        definitions: [`ACM_RPC_LISTEN=tcp:127.0.0.1:${rpc}`, `ACM_EVAPI_BIND="127.0.0.1:${evapi}"`],
      },
    },
    sidecar: {
      health: { port: health },
      settings: {
        ACM_EVAPI_ADDRESS: `127.0.0.1:${evapi}`,
        KAMAILIO_MI_URL: `http://127.0.0.1:${rpc}/rpc`,
        ACM_WINDOW_CAPACITY: 10_000,
      },
    },
  });
  const [container] = processesOf(manifests);
  const directory = mkdtempSync(join(tmpdir(), 'acm-pod-'));
  // Only what would meet others on this machine is changed: the places of volumes, and the two ports that are fixed in a pod.
  const env = Object.fromEntries(
    Object.entries(environmentOf(container!)).map(([name, value]) => [
      name,
      value.replace(/^(unix:)?\/(run|var\/lib)\/acm/, `$1${directory}`),
    ]),
  );
  const sidecar = new AcmProcess(container!['args'], {
    ...env,
    ACM_GRPC_ADDRESS: '127.0.0.1:0',
    API_PORT: '0',
  });
  let kamailio: RenderedKamailio | undefined;
  try {
    await untilProbed(health, container!['startupProbe'].httpGet.path, (answer) => answer.startsWith('200'));
    kamailio = startKamailioOf(manifests);
    await untilProbed(health, '/metrics', (answer) => /^acm_switch_up\{switch="kamailio"\} 1$/m.test(answer));
    assert.match(await probe(health, container!['livenessProbe'].httpGet.path), /^200/);
    // The switch goes first, and then the sidecar within the time that the pod has.
    await kamailio.stop();
    sidecar.signal('SIGTERM');
    const graceSeconds: number = podsOf(manifests)[0]!.spec['terminationGracePeriodSeconds'];
    assert.equal(await sidecar.end(graceSeconds * 1_000), { code: 0, signal: null });
  } finally {
    await kamailio?.stop();
    await sidecar.kill();
    rmSync(directory, { recursive: true, force: true });
  }
});

test.run();
