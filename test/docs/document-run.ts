/**
 * Does what a document says, as a reader does who types every command. It runs on a machine of its own (own-machine.ts):
 *
 *   tsx document-run.ts docs/backup.md ROOM
 *
 * where ROOM holds the clone and the home. Says what it types; ends with 1 and a complaint that names document, line,
 * command and output when one fails.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isLike } from './likeness.js';
import { endMarked, MARK } from './marked-processes.js';
import { REPOSITORY } from './repository.js';
import { type Outcome, ShellSession } from './shell-session.js';
import { makeStandIns } from './stand-ins/directory.js';
import { type Step, stepsOf, typedIn } from './steps.js';
import { takenForGranted } from './taken-for-granted.js';
import { Terminal } from './terminal.js';

const COMMAND_MS_MAX = 90_000;

class Reader {
  readonly #document: string;
  readonly #room: string;
  readonly #env: Record<string, string>;
  readonly #shell: ShellSession;
  readonly #terminals: Terminal[] = [];

  constructor(document: string, room: string) {
    this.#document = document;
    this.#room = room;
    this.#env = environmentOf(room);
    mkdirSync(join(room, 'logs'), { recursive: true });
    this.#shell = new ShellSession(this.#clone, this.#env, join(room, 'logs'));
  }

  get #clone(): string {
    return join(this.#room, 'clone');
  }

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
      console.log(`${this.#document}:${step.line} (${seconds} s) ${text.replaceAll('\n', '\n    ')}`);
    }
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
    npm_config_update_notifier: 'false',
    npm_config_offline: 'true',
    PGHOST: '127.0.0.1',
    ACM_DOCS_REPOSITORY: REPOSITORY,
    [MARK]: String(process.pid),
  };
}

const [document = '', room = ''] = process.argv.slice(2);
const markdown = readFileSync(join(REPOSITORY, document), 'utf8');
const granted = await takenForGranted(typedIn(markdown));
const reader = new Reader(document, room);
try {
  await reader.read(stepsOf(markdown));
} catch (error) {
  console.log((error as Error).message);
  process.exitCode = 1;
} finally {
  reader.close();
  endMarked(String(process.pid));
  await granted.close();
}
// What a document has left behind must not keep this from ending.
process.exit();
