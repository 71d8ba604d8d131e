/**
 * The other processes of a benchmark: each on a core of its own where `taskset` is at hand, each stopped by its own
 * process id. A peer says `{ ready }` once it can be used, and answers `cpu` with the processor time that it has used.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Milliseconds that a peer may take to start, or to answer. */
const PEER_MS_MAX = 60_000;

const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** Where servers run, and where those who ask them run. */
export const SERVER_CORE = 0;
export const CLIENT_CORE = 1;

/** The command line that runs `command` on one core, if cores can be chosen. */
export function pinned(core: number, command: readonly string[]): readonly string[] {
  return canPin ? ['taskset', '--cpu-list', String(core), ...command] : command;
}

/** True if every process has a core of its own. */
export const coresAreKeptApart = canPin;

export class PeerProcess<Ready> {
  private constructor(
    readonly ready: Ready,
    private readonly child: ChildProcess,
  ) {}

  /**
   * Starts a script of this folder.
   * @param argument what the script is told, as JSON.
   */
  static async start<Ready>(script: string, core: number, argument: unknown): Promise<PeerProcess<Ready>> {
    const path = fileURLToPath(new URL(script, import.meta.url));
    const node = [process.execPath, ...process.execArgv, path, JSON.stringify(argument)];
    const [command = '', ...rest] = pinned(core, node);
    const child = spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const { ready } = (await nextMessage(child, script)) as { ready: Ready };
    return new PeerProcess(ready, child);
  }

  /** Microseconds of processor time that the peer has used so far. */
  async cpuUs(): Promise<number> {
    this.child.send('cpu');
    return Number(await nextMessage(this.child, 'a peer'));
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}

async function nextMessage(child: ChildProcess, name: string): Promise<unknown> {
  const settled = new AbortController();
  const signal = AbortSignal.any([settled.signal, AbortSignal.timeout(PEER_MS_MAX)]);
  const exit = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`${name} ended with ${code}`);
  });
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), exit]);
    return message;
  } finally {
    exit.catch(() => undefined);
    settled.abort();
  }
}

/** The peer's side: says that it is ready, and answers questions until it is stopped or its parent is gone. */
export function reportReady(ready: unknown): void {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  });
  process.on('disconnect', () => process.exit());
  process.send?.({ ready });
}

/** What the parent has told this process. */
export function argumentOf<Argument>(): Argument {
  return JSON.parse(process.argv[2] ?? 'null') as Argument;
}
