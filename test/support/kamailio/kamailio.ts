/**
 * A real Kamailio in the foreground, with a configuration that the test names and a temporary directory of its own, which
 * can be frozen, killed and started again. It ends with the test process, however that ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const START_MS_MAX = 20_000;
const STOP_MS_MAX = 5_000;
const PROBE_MS = 50;
const LOG_CHARS_MAX = 200_000;

/** Reads until the test process is gone, then ends the process group that it has left behind. */
const WATCH = 'read -r _; kill -KILL "-$1"; rm -rf "$2"';

export interface KamailioOptions {
  /** Path of the configuration; an absolute one, since Kamailio runs in its own directory. */
  readonly configFile: string;
  /** UDP port of 127.0.0.1 on which the configuration listens for SIP; it must answer OPTIONS with any status. */
  readonly sipPort: number;
  /** Defines for the configuration's preprocessor: `['WITH_EVAPI', 'PORT=5070', 'NAME="text"']`. */
  readonly defines?: readonly string[];
  /** Processes for each UDP port. Several may pass on messages in another order than that in which they came. Default 2. */
  readonly workers?: number;
  /** Directory of its own, to be removed at the end; by default a new one. */
  readonly directory?: string;
}

/** A new temporary directory for a Kamailio, where its configuration may be written before it starts. */
export function newKamailioDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'acm-kamailio-'));
}

/** Starts it and waits until it answers. Rejects with its log if it does not. */
export async function startKamailio(options: KamailioOptions): Promise<KamailioServer> {
  const server = new KamailioServer({ ...options, directory: options.directory ?? newKamailioDirectory() });
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

export class KamailioServer {
  readonly #options: Required<Pick<KamailioOptions, 'directory'>> & KamailioOptions;
  #main: ChildProcess | undefined;
  #watcher: ChildProcess | undefined;
  #log = '';

  constructor(options: Required<Pick<KamailioOptions, 'directory'>> & KamailioOptions) {
    this.#options = options;
  }

  /** Its working directory. */
  get directory(): string {
    return this.#options.directory;
  }

  /** Of the main process, which leads the process group; 0 while none runs. */
  get pid(): number {
    return this.#main?.pid ?? 0;
  }

  /** What it has logged, all runs together; the beginning is cut off where that is much. */
  get log(): string {
    return this.#log;
  }

  /** Starts it, or starts it again on the same ports, and waits until it answers. */
  async start(): Promise<void> {
    const { configFile, defines = [], directory, sipPort, workers = 2 } = this.#options;
    const run = join(directory, 'run');
    mkdirSync(run, { recursive: true });
    const main = spawn(
      kamailioPath(),
      [
        ...['-f', configFile, '-DD', '-E', '-n', String(workers), '-N', '2', '-m', '32', '-M', '4'],
        ...['-w', directory, '-Y', run, '-P', join(run, 'kamailio.pid')],
        ...defines.flatMap((define) => ['-A', define]),
      ],
      // A group of its own, by which all its processes can be ended.
      { cwd: directory, detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#main = main;
    main.stderr!.on('data', (chunk: Buffer) => {
      this.#log = (this.#log + chunk).slice(-LOG_CHARS_MAX);
    });
    this.#watcher = spawn('sh', ['-c', WATCH, 'sh', String(main.pid), directory], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await once(main, 'spawn');
    if (!(await answersInTime(sipPort, main))) throw new Error(`Kamailio does not answer:\n${this.#log}`);
    // They end with us, and we do not wait for them.
    this.#watcher.unref();
    main.unref();
    (main.stderr as unknown as { unref(): void }).unref();
  }

  /** Stops all its processes where they are: its ports stay open, and nothing answers. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends it as an operator does; it may be started again. */
  async shutDown(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async restart(): Promise<void> {
    await this.shutDown();
    await this.start();
  }

  /** Ends it for good, and removes its directory. */
  async stop(): Promise<void> {
    await this.shutDown();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const main = this.#main;
    if (main === undefined) return;
    main.ref();
    const ended = hasEnded(main) ? undefined : once(main, 'exit');
    // A process that is frozen would not notice.
    this.thaw();
    this.#signal(signal);
    const killing = setTimeout(() => this.#signal('SIGKILL'), STOP_MS_MAX);
    await ended;
    clearTimeout(killing);
    // The main process has gone without its children where it has crashed.
    this.#signal('SIGKILL');
    this.#watcher?.kill('SIGKILL');
    this.#main = undefined;
  }

  /** To the whole group, if any of it is left. */
  #signal(name: NodeJS.Signals): void {
    if (this.#main?.pid === undefined) return;
    try {
      process.kill(-this.#main.pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Asks by OPTIONS until anything comes back; false if the process ends first, or time runs out. */
async function answersInTime(port: number, main: ChildProcess): Promise<boolean> {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port: own } = socket.address();
  const giveUp = new AbortController();
  const onExit = (): void => giveUp.abort();
  main.once('exit', onExit);
  const patience = setTimeout(onExit, START_MS_MAX);
  const probe = setInterval(() => socket.send(optionsOf(port, own), port, '127.0.0.1'), PROBE_MS);
  try {
    await once(socket, 'message', { signal: giveUp.signal });
    return true;
  } catch {
    return false;
  } finally {
    main.off('exit', onExit);
    clearTimeout(patience);
    clearInterval(probe);
    socket.close();
  }
}

function optionsOf(port: number, own: number): string {
  const id = Math.random().toString(36).slice(2);
  return [
    `OPTIONS sip:127.0.0.1:${port} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${own};branch=z9hG4bK${id}`,
    `From: <sip:probe@127.0.0.1>;tag=${id}`,
    `To: <sip:127.0.0.1:${port}>`,
    `Call-ID: ${id}`,
    'CSeq: 1 OPTIONS',
    'Max-Forwards: 70',
    `Contact: <sip:probe@127.0.0.1:${own}>`,
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');
}

/** On PATH, or where Debian keeps it. */
export function kamailioPath(): string {
  const places = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  const place = places.find((each) => existsSync(join(each, 'kamailio')));
  if (place === undefined) throw new Error('there is no kamailio: run test/install-tools.sh');
  return join(place, 'kamailio');
}
