/** A machine with a systemd of its own and the files of this one, on which packages are installed for real and nothing of it stays. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const BOOT = fileURLToPath(new URL('boot-scratch.sh', import.meta.url));
const BOOT_MS_MAX = 30_000;
/** An embedded store takes many seconds to be made, on a busy machine. */
const WAIT_MS_MAX = 90_000;
const COMMAND_MS_MAX = 100_000;
const END_MS_MAX = 5_000;
/** No process has this id. */
const NOBODY = '0';

export interface Ran {
  readonly code: number | null;
  /** What it wrote, standard output and error in one. */
  readonly output: string;
}

export class ScratchMachine {
  readonly #child: ChildProcess;
  /** The control group of all that runs there. */
  readonly #group: string;
  /** Process id of its systemd, as it is seen from here. */
  readonly #init: string;

  constructor(child: ChildProcess, group: string, init: string) {
    this.#child = child;
    this.#group = group;
    this.#init = init;
  }

  /** Comes before a command that is to run there. */
  get prefix(): string[] {
    return ['nsenter', '--target', this.#init, '--all', '--root', '--wd', '--'];
  }

  /** Comes before a command that is to see this machine's files, and that one's network. */
  get networkPrefix(): string[] {
    return ['nsenter', '--target', this.#init, '--net', '--'];
  }

  run(...command: string[]): Ran {
    const [program = '', ...args] = [...this.prefix, ...command];
    const { status, stdout, stderr } = spawnSync(program, args, {
      encoding: 'utf8',
      timeout: COMMAND_MS_MAX,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    });
    return { code: status, output: stdout + stderr };
  }

  /** Runs a command that must do. @returns what it wrote. */
  must(...command: string[]): string {
    const { code, output } = this.run(...command);
    if (code !== 0) throw new Error(`${command.join(' ')}: ${code}\n${output}`);
    return output;
  }

  /** Waits until a shell command succeeds there. */
  async until(script: string): Promise<void> {
    const deadline = performance.now() + WAIT_MS_MAX;
    for (;;) {
      const { code, output } = this.run('sh', '-c', script);
      if (code === 0) return;
      if (performance.now() > deadline) throw new Error(`in vain waited for ${script}: ${output}`);
      await sleep(100);
    }
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await ended;
    await removeControlGroup(this.#group);
  }
}

/** Boots one. @param folder is seen there as /mnt. @returns why not, where this machine cannot. */
export async function bootScratchMachine(folder: string): Promise<ScratchMachine | string> {
  if (process.getuid?.() !== 0) return 'it takes root';
  if (!existsSync('/lib/systemd/systemd')) return 'there is no systemd';
  const groups = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((each) =>
    existsSync(`${each}/cgroup.procs`),
  );
  if (groups === undefined) return 'there are no control groups (v2)';
  const group = join(groups, `acm-scratch-${process.pid}`);
  const child = spawn(BOOT, [group, folder], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk;
  });
  const deadline = performance.now() + BOOT_MS_MAX;
  while (child.exitCode === null && performance.now() < deadline) {
    const machine = new ScratchMachine(child, group, systemdBelow(child.pid!));
    if (/^(running|degraded)/.test(machine.run('systemctl', 'is-system-running').output)) return machine;
    await sleep(100);
  }
  child.kill('SIGKILL');
  await removeControlGroup(group);
  return errors.trim().split('\n')[0] || `systemd was not up within ${BOOT_MS_MAX} ms`;
}

/** Process id of the systemd that a process has started; a process that is not there until it has. */
function systemdBelow(pid: number): string {
  try {
    const [child = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    return readFileSync(`/proc/${child}/comm`, 'utf8') === 'systemd\n' ? child : NOBODY;
  } catch {
    return NOBODY;
  }
}

/** The kernel keeps a control group until its last process is gone. */
async function removeControlGroup(group: string): Promise<void> {
  const deadline = performance.now() + END_MS_MAX;
  while (!isRemoved(group) && performance.now() < deadline) await sleep(20);
}

function isRemoved(group: string): boolean {
  try {
    for (const entry of readdirSync(group, { withFileTypes: true }))
      if (entry.isDirectory()) isRemoved(join(group, entry.name));
    rmdirSync(group);
    return true;
  } catch {
    return !existsSync(group);
  }
}
