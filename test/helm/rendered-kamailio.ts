/** The switch container of a rendered Kamailio, run on this machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Manifest } from './chart.js';
import { podsOf } from './pods.js';

const NOBODY = 65_534;

export interface RenderedKamailio {
  readonly main: ChildProcess;
  readonly log: () => string;
  stop(): Promise<void>;
}

/** Runs command and arguments of the rendered container as they stand, but for the paths of its volumes, and as nobody. */
export function startKamailioOf(manifests: readonly Manifest[]): RenderedKamailio {
  const [pod] = podsOf(manifests);
  const [container] = pod!.spec['containers'];
  const directory = mkdtempSync(join(tmpdir(), 'acm-helm-kamailio-'));
  const state = join(directory, 'state');
  // What the container acm-configurations does.
  cpSync('sidecar/kamailio', join(directory, 'switch/kamailio'), { recursive: true });
  mkdirSync(state);
  chmodSync(directory, 0o755);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(state, NOBODY, NOBODY);
  const args = (container.args as string[]).map((each) =>
    each
      .replace('/etc/acm/switch', join(directory, 'switch'))
      .replace('/var/lib/switch', state)
      .replaceAll('$(POD_IP)', '127.0.0.1'),
  );
  const main = spawn(container.command[0], args, {
    // Debian keeps it off the PATH.
    env: { PATH: `${process.env['PATH']}${delimiter}/usr/sbin` },
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  let log = '';
  main.stderr!.on('data', (chunk: Buffer) => {
    log += chunk;
  });
  return {
    main,
    log: () => log,
    async stop() {
      if (main.exitCode === null && main.signalCode === null) {
        const ended = once(main, 'exit');
        process.kill(-main.pid!, 'SIGKILL');
        await ended;
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
