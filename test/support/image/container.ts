/**
 * An image that runs, as under `docker run --read-only --cap-drop ALL --security-opt no-new-privileges`: with process numbers and
 * a loopback of its own, as the first process, as its user, and with nothing that can be written but its volumes.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Image } from './image-build.js';
import { entering } from './scratch-root.js';

const STOP_MS_MAX = 20_000;
const COMMAND_MS_MAX = 20_000;
/** An embedded store is made in there, on a machine that may have other things to do. */
const PATIENCE_MS = 90_000;
const PAUSE_MS = 500;

export interface Ending {
  readonly code: number | null;
  readonly output: string;
}

export class Container {
  readonly #image: Image;
  readonly #env: Readonly<Record<string, string>>;
  readonly #volumes = mkdtempSync(join(tmpdir(), 'acm-volumes-'));
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  #output = '';

  constructor(image: Image, command = image.command, env: Readonly<Record<string, string>> = {}) {
    this.#image = image;
    this.#env = { ...image.env, ...env };
    const { root, directory, user } = image;
    const place = { directory, env: this.#env, user };
    const volumes = image.volumes.map((where) => ({ what: this.#newVolume(where), where }));
    const [program, ...args] = root.containerLine(place, [...image.entrypoint, ...command], volumes);
    this.#child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.on('data', (chunk: Buffer) => {
        this.#output += chunk;
      });
    this.#ended = once(this.#child, 'close');
  }

  get output(): string {
    return this.#output;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Runs a command beside the first process, as `docker exec` does. */
  async exec(command: readonly string[]): Promise<Ending> {
    const { directory, user } = this.#image;
    const target = ['nsenter', '--target', String(this.#first), '--mount', '--net', '--pid', '--root'];
    const [program, ...args] = [...target, ...entering({ directory, env: this.#env, user }, command)];
    return new Promise((resolve) => {
      const child = execFile(program, args, { timeout: COMMAND_MS_MAX }, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode, output: stdout + stderr }),
      );
    });
  }

  /** Runs the health check until it passes. */
  async untilHealthy(): Promise<void> {
    await this.#until(async () => (await this.exec(this.#image.healthCheck)).code === 0, 'become healthy');
  }

  async untilLogged(message: string): Promise<void> {
    await this.#until(() => this.#output.includes(`"msg":"${message}"`), `log "${message}"`);
  }

  /** Waits for the end, which must come by itself. */
  async ended(): Promise<void> {
    await this.#until(() => !this.running, 'end');
    await this.#ended;
  }

  /** As `docker stop`. @returns the exit code. */
  async stop(): Promise<number | null> {
    process.kill(this.#first, this.#image.stopSignal);
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS_MAX);
    const [code] = await this.#ended;
    clearTimeout(patience);
    return code as number | null;
  }

  async remove(): Promise<void> {
    if (this.running) this.#child.kill('SIGKILL');
    await this.#ended;
    rmSync(this.#volumes, { recursive: true });
  }

  /** The first process, by its number out here; 0 where there is none. */
  get #first(): number {
    const parent = this.#child.pid;
    return this.running ? Number(readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8')) : 0;
  }

  async #until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await holds())) {
      if (!this.running || performance.now() > deadline)
        throw new Error(`it did not ${what}: ${this.#output}`);
      await sleep(PAUSE_MS);
    }
  }

  /** With the owner and the mode that the directory has in the image, as Docker makes a volume. */
  #newVolume(where: string): string {
    const what = join(this.#volumes, where.replaceAll('/', '-'));
    execFileSync('cp', ['-a', this.#image.root.at(where), what]);
    return what;
  }
}
