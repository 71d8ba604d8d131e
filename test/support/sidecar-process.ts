/** `acm` as a process of its own: started, listened to, and stopped by its id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SMALL } from './grpc-sidecar.js';

const MAIN = fileURLToPath(new URL('../../sidecar/main.ts', import.meta.url));
/**
 * tsx turns source maps on, and Node parses them when the first stack is asked for: 40 to 80 ms in which a process answers nobody. What is
 * deployed runs without them.
 */
const NO_SOURCE_MAPS = 'data:text/javascript,process.setSourceMapsEnabled(false)';
const START_MS_MAX = 30_000;
const END_MS_MAX = 30_000;

export interface Exit {
  /** null for a process that a signal has ended. */
  readonly code: number | null;
  readonly signal: string | null;
}

/** A process, what it has written so far, and its end. */
export class AcmProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<Exit>;
  #output = '';
  #errors = '';

  /**
   * @param env replaces the environment, except for PATH and HOME. @param nodeOptions come before the program.
   * @param prefix is a command that becomes the one that follows it, as `ip netns exec` does.
   */
  constructor(
    args: readonly string[],
    env: Record<string, string> = {},
    nodeOptions: readonly string[] = [],
    prefix: readonly string[] = [],
  ) {
    const { PATH = '', HOME = '' } = process.env;
    const [program, ...rest] = [
      ...prefix,
      process.execPath,
      ...nodeOptions,
      '--import',
      'tsx',
      '--import',
      NO_SOURCE_MAPS,
      MAIN,
      ...args,
    ];
    this.#child = spawn(program, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH, HOME, NO_COLOR: '1', ...env },
    });
    this.#child.stdout!.on('data', (chunk: Buffer) => {
      this.#output += chunk;
    });
    this.#child.stderr!.on('data', (chunk: Buffer) => {
      this.#errors += chunk;
    });
    this.#ended = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }));
  }

  /** Standard output so far. */
  get output(): string {
    return this.#output;
  }

  /** Standard error so far. */
  get errors(): string {
    return this.#errors;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  /** Waits for the end, which must come by itself; kills the process otherwise. */
  async end(withinMs = END_MS_MAX): Promise<Exit> {
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), withinMs);
    const exit = await this.#ended;
    clearTimeout(patience);
    return exit;
  }

  /** Ends it without grace; for clean-up. */
  async kill(): Promise<void> {
    if (this.running) this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Waits until a line of standard output has this message, and returns the line. */
  async logged(message: string): Promise<Record<string, unknown>> {
    const deadline = performance.now() + START_MS_MAX;
    for (;;) {
      const line = this.logLines().find(({ msg }) => msg === message);
      if (line !== undefined) return line;
      if (!this.running || performance.now() > deadline)
        throw new Error(`never logged "${message}":\n${this.#output}\n${this.#errors}`);
      const enough = new AbortController();
      const { signal } = enough;
      const news = once(this.#child.stdout!, 'data', { signal }).catch(() => undefined);
      await Promise.race([news, this.#ended, pause(1_000)]);
      enough.abort();
    }
  }

  /** The lines of standard output that are whole and JSON. */
  logLines(): Record<string, unknown>[] {
    const whole = this.#output.slice(0, this.#output.lastIndexOf('\n') + 1);
    return whole
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

/** A sidecar that is ready, where it listens, and the process behind it. */
export interface SidecarProcess {
  readonly process: AcmProcess;
  readonly address: string;
  readonly url: string;
}

/** Starts `acm serve` on ephemeral ports and waits until it is ready. */
export async function startSidecarProcess(env: Record<string, string> = {}): Promise<SidecarProcess> {
  const process = new AcmProcess(['serve'], { ...SMALL, ...env });
  try {
    const { grpc, http } = await process.logged('ready');
    return { process, address: `127.0.0.1:${grpc}`, url: `http://127.0.0.1:${http}` };
  } catch (error) {
    await process.kill();
    throw error;
  }
}
