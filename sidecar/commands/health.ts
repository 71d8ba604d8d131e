/** `acm health`: whether a sidecar or a gateway serves, for the health checks of containers and for scripts. */
import { type Command, InvalidArgumentError } from 'commander';
import { loadConfig } from '../../src/config.js';
import { dialAddress } from '../../src/settings/setting.js';
import { settingsHelp } from '../settings-help.js';
import { printPlain } from '../words/plain-text.js';

const MEANING = `
It asks grpc.health.v1, and waits 2 seconds at the most. Exit code 0: it serves. 1: it is not there, starts, drains, or (a
gateway) cannot use its database. A sidecar whose store is away serves. No token is needed, and none is shown.

  acm health                                    the sidecar at ACM_SIDECAR_ADDRESS
  acm health --address unix:/run/acm/acm.sock   over its UNIX socket
  acm health --address 127.0.0.1:50051          a gateway

In a Dockerfile: HEALTHCHECK CMD ["acm", "health"]. Kubernetes is better served by ACM_HEALTH_ADDRESS, which starts no process.
`;

export function addHealthCommand(acm: Command): void {
  acm
    .command('health')
    .description('ask whether a sidecar or a gateway serves; the exit code says it too')
    .option(
      '--address <address>',
      'host:port, or unix:/path of a socket; by default ACM_SIDECAR_ADDRESS',
      address,
    )
    .addHelpText('after', () => MEANING + settingsHelp('client commands'))
    .action(async (options: { readonly address?: string }) => {
      const { askHealth } = await import('../ask-health.js');
      const config = loadConfig();
      printPlain(await askHealth(config, options.address ?? config.sidecarAddress));
    });
}

function address(text: string): string {
  if (!dialAddress.schema.safeParse(text).success)
    throw new InvalidArgumentError(`It takes ${dialAddress.takes}.`);
  return text;
}
