/** A TypeScript file as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PATIENCE_MS = 30_000;

export class OtherProcess {
  readonly #child: ChildProcess;
  #output = '';
  #errors = '';

  /** @param file beside this one. */
  constructor(file: string, ...args: string[]) {
    const path = fileURLToPath(new URL(file, import.meta.url));
    this.#child = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout!.on('data', (chunk: Buffer) => {
      this.#output += chunk;
    });
    this.#child.stderr!.on('data', (chunk: Buffer) => {
      this.#errors += chunk;
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get errors(): string {
    return this.#errors;
  }

  /** The whole lines of its output so far. */
  get lines(): string[] {
    return this.#output.split('\n').slice(0, -1);
  }

  /** Waits until so many lines are there. */
  async says(count: number): Promise<void> {
    const patience = AbortSignal.timeout(PATIENCE_MS);
    while (this.lines.length < count) await once(this.#child.stdout!, 'data', { signal: patience });
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  /** kill -9, and waits for its end. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
