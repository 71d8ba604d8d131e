/** Types what a document says, as a reader does who starts at its first line and leaves nothing out. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLike } from './likeness.js';
import { MARK } from './marked-processes.js';
import { OWN_MACHINE } from './own-machine.js';
import { REPOSITORY } from './repository.js';
import { type Outcome, ShellSession } from './shell-session.js';
import { makeStandIns } from './stand-ins/directory.js';
import type { Step } from './steps.js';
import { Terminal } from './terminal.js';

const MISTAKES =
  /unknown (option|command)|command not found|too many arguments|required option|missing required/;
const COMMAND_MS_MAX = 90_000;
/** What was started last may be about to fail. */
const LAST_LOOK_MS = 300;

export class Reader {
  readonly #document: string;
  readonly #room: string;
  readonly #print: (line: string) => void;
  readonly #env: Record<string, string>;
  readonly #shell: ShellSession;
  readonly #terminals: Terminal[] = [];

  /** @param document its name, for complaints. @param room holds the clone and the home. */
  constructor(document: string, room: string, print: (line: string) => void) {
    this.#print = print;
    this.#document = document;
    this.#room = room;
    this.#env = environmentOf(room);
    mkdirSync(join(room, 'logs'), { recursive: true });
    this.#shell = new ShellSession(this.#clone, this.#env, join(room, 'logs'));
  }

  get #clone(): string {
    return join(this.#room, 'clone');
  }

  /** @throws Error that names document, line, command and output when a step fails. */
  async read(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      const began = performance.now();
      const text = textOf(step);
      try {
        await this.#do(step);
      } catch (error) {
        throw new Error(
          `${this.#document}:${step.line}: ${text}\n${(error as Error).message}${this.#background()}`,
        );
      }
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      this.#print(`${this.#document}:${step.line} (${seconds} s) ${text.replaceAll('\n', '\n    ')}`);
    }
    await sleep(LAST_LOOK_MS);
    for (const terminal of this.#terminals) {
      if (terminal.running) continue;
      throw new Error(
        `${this.#document}:${terminal.line}: ${terminal.text}\nhas ended meanwhile:\n${terminal.output}`,
      );
    }
  }

  async #do(step: Step): Promise<void> {
    if (step.kind === 'start') return this.#start(step);
    if (step.kind === 'stop') return this.#stop(step.program);
    const outcome = await this.#shell.run(step.command.text, COMMAND_MS_MAX);
    // What is to fail must not do so for a mistake in the document.
    if (/^! /.test(step.command.text) && MISTAKES.test(outcome.output))
      throw new Error(`fails for another reason than it should:\n${outcome.output}`);
    if (outcome.status !== 0) throw new Error(`ended with ${outcome.status}:\n${outcome.output}`);
    if (step.kind === 'compare') compare(outcome, step.expected);
  }

  async #start(step: { text: string; line: number }): Promise<void> {
    const log = join(this.#room, 'logs', `terminal-${step.line}`);
    const terminal = new Terminal(step, this.#clone, this.#env, log);
    this.#terminals.push(terminal);
    await terminal.ready();
  }

  async #stop(program: string): Promise<void> {
    const index = this.#terminals.findLastIndex(({ text }) => text.includes(program));
    const [terminal] = index < 0 ? [] : this.#terminals.splice(index, 1);
    if (terminal === undefined) throw new Error(`nothing that runs in a terminal of its own is "${program}"`);
    await terminal.interrupt();
  }

  /** What runs in the background may be why a command failed. */
  #background(): string {
    const logs = this.#terminals.map(
      ({ line, text, output }) => `--- line ${line}: ${text}\n${output.slice(-3_000)}`,
    );
    return logs.length === 0 ? '' : `\nIn terminals of their own:\n${logs.join('\n')}`;
  }

  close(): void {
    for (const terminal of this.#terminals) terminal.close();
    this.#shell.close();
  }
}

function textOf(step: Step): string {
  if (step.kind === 'stop') return `Ctrl-C: ${step.program}`;
  return step.kind === 'start' ? step.text : step.command.text;
}

function compare({ output }: Outcome, expected: string): void {
  if (!isLike(output, expected)) throw new Error(`printed\n${output}\nwhere the document shows\n${expected}`);
}

/** Nothing of the environment of the tests, except for where programs are. */
function environmentOf(room: string): Record<string, string> {
  const clone = join(room, 'clone');
  const places = [makeStandIns(join(room, 'stand-ins')), join(clone, 'node_modules/.bin')];
  return {
    PATH: [...places, process.env['PATH'], '/usr/sbin', '/sbin'].join(':'),
    HOME: join(room, 'home'),
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    // What one command has compiled, the next one need not.
    NODE_COMPILE_CACHE: join(room, '..', 'compiled'),
    npm_config_update_notifier: 'false',
    npm_config_offline: 'true',
    PGHOST: '127.0.0.1',
    ACM_DOCS_REPOSITORY: REPOSITORY,
    [OWN_MACHINE]: process.env[OWN_MACHINE] ?? 'no',
    [MARK]: String(process.pid),
  };
}
