/** The service `sidecar` of compose.yaml as a process of this machine, with its settings, but for the store and the gateway. */
import { join } from 'node:path';
import { demand } from './complaint.js';
import { ask, hand, toolPath } from './real-program.js';
import { startAcm, stopAcm } from './running-acm.js';

interface Service {
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes?: readonly { readonly source: string; readonly target: string }[];
}

const NAME = 'compose-sidecar';

/** @param own options of `docker compose` itself. */
export async function composeUp(own: readonly string[]): Promise<void> {
  const { status, output } = ask(toolPath('docker-compose'), [...own, 'config', '--format', 'json']);
  demand(status === 0, output);
  const { services } = JSON.parse(output.slice(output.indexOf('{'))) as { services: Record<string, Service> };
  const { environment, volumes = [] } = services['sidecar'] ?? { environment: {} };
  const settings = Object.entries(environment)
    .filter(([name]) => !name.startsWith('LUMADB_'))
    .map(([name, value]) => [name, volumes.find(({ target }) => target === value)?.source ?? value]);
  await startAcm(NAME, ['serve'], {
    ...Object.fromEntries(settings),
    ACM_GRPC_SOCKET: socket(),
    ACM_DATA_DIR: join(process.env['HOME'] ?? '', 'compose-data'),
  });
}

export async function composeDown(): Promise<void> {
  await stopAcm(NAME);
}

/** A command of ours asks the sidecar as it would within its container. */
export function composeExec([program = '', ...args]: readonly string[]): void {
  demand(program === 'acm', 'the tests know acm alone within containers');
  hand('acm', args, { ACM_SIDECAR_ADDRESS: `unix:${socket()}` });
}

function socket(): string {
  return join(process.env['HOME'] ?? '', 'compose.sock');
}
