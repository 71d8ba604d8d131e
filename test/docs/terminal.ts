/** A terminal in which something runs until the document ends, or somebody presses Ctrl-C. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { holdsSocket } from './process-sockets.js';
import { killGroup } from './shell-session.js';

const READY_MS_MAX = 60_000;
const END_MS_MAX = 30_000;
const LOOK_MS = 50;

/** Programs of ours that say in their log that they are ready, and what they say. */
const SAYS_SO = /\bacm (serve|sip-agent|lumadb-gateway|simulate|demo)\b|\bmake (run|demo)\b/;
const READY = /"msg":"ready"|\bready\b.*$|Stop with Ctrl-C/m;

export class Terminal {
  readonly text: string;
  readonly line: number;
  readonly #shell: ChildProcess;
  readonly #log: string;

  constructor(step: { text: string; line: number }, cwd: string, env: Record<string, string>, log: string) {
    this.text = step.text;
    this.line = step.line;
    this.#log = log;
    const output = openSync(log, 'w');
    this.#shell = spawn('bash', ['--noprofile', '--norc', '-e', '-c', step.text], {
      cwd,
      env,
      stdio: ['ignore', output, output],
      detached: true,
    });
    closeSync(output);
  }

  get output(): string {
    return readFileSync(this.#log, 'utf8');
  }

  get running(): boolean {
    return this.#shell.exitCode === null && this.#shell.signalCode === null;
  }

  /** Until its log says so, or, where a program is not ours, until it holds a socket or has printed something. */
  async ready(): Promise<void> {
    const deadline = performance.now() + READY_MS_MAX;
    while (!this.#isReady()) {
      if (!this.running) throw new Error(`has ended instead of running on:\n${this.output}`);
      if (performance.now() > deadline)
        throw new Error(`not ready in ${READY_MS_MAX / 1000} s:\n${this.output}`);
      await sleep(LOOK_MS);
    }
  }

  #isReady(): boolean {
    if (SAYS_SO.test(this.text)) return READY.test(this.output);
    return holdsSocket(this.#shell.pid!) || (this.running && this.output !== '');
  }

  /** Ctrl-C: the signal goes to all that runs in the terminal. What ends otherwise than by that has failed. */
  async interrupt(): Promise<void> {
    if (!this.running) throw new Error(`had ended before:\n${this.output}`);
    const end = once(this.#shell, 'exit', { signal: AbortSignal.timeout(END_MS_MAX) });
    killGroup(this.#shell, 'SIGINT');
    const [code, signal] = await end;
    if (code !== 0 && code !== 130 && signal !== 'SIGINT')
      throw new Error(`has ended with ${code ?? signal} at Ctrl-C:\n${this.output}`);
  }

  close(): void {
    killGroup(this.#shell, 'SIGKILL');
  }
}
