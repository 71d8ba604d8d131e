/** One shell in which commands are typed one after the other: variables, exports and the directory stay. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface Outcome {
  readonly status: number;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

export class ShellSession {
  readonly #shell: ChildProcess;
  readonly #statuses: Interface;
  readonly #directory: string;
  #count = 0;

  /** @param scratch where it keeps what is typed and printed. */
  constructor(cwd: string, env: Record<string, string>, scratch: string) {
    this.#directory = mkdtempSync(join(scratch, 'shell-'));
    this.#shell = spawn('bash', ['--noprofile', '--norc'], {
      cwd,
      env,
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
      detached: true,
    });
    this.#statuses = createInterface({ input: this.#shell.stdio[3] as Readable });
    this.#shell.stdin!.write('set -o pipefail\n');
  }

  /** Types a command and waits for its end, at most so long; a shell whose command does not end is lost. */
  async run(command: string, msMax: number): Promise<Outcome> {
    this.#count += 1;
    const file = join(this.#directory, String(this.#count));
    writeFileSync(`${file}.sh`, `${command}\n`);
    writeFileSync(`${file}.out`, '');
    const enough = new AbortController();
    const { signal } = enough;
    const patience = setTimeout(() => enough.abort(), msMax);
    const answer = once(this.#statuses, 'line', { signal });
    const end = once(this.#shell, 'exit', { signal }).then(() => undefined);
    this.#shell.stdin!.write(`. '${file}.sh' >'${file}.out' 2>&1 </dev/null; echo "$?" >&3\n`);
    try {
      const status = await Promise.race([answer, end]);
      const output = readFileSync(`${file}.out`, 'utf8');
      if (status === undefined) throw new Error(`the shell has ended:\n${output}`);
      return { status: Number(status[0]), output };
    } catch (error) {
      if (!signal.aborted) throw error;
      const hint = 'what does not end by itself begins with `# in a terminal of its own`';
      throw new Error(
        `still running after ${msMax / 1000} s (${hint}):\n${readFileSync(`${file}.out`, 'utf8')}`,
      );
    } finally {
      clearTimeout(patience);
      enough.abort();
      answer.catch(() => undefined);
      end.catch(() => undefined);
    }
  }

  close(): void {
    this.#statuses.close();
    killGroup(this.#shell, 'SIGKILL');
  }
}

/** The shell and all that runs in it, as a terminal does. */
export function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
