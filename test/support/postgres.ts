/**
 * A real PostgreSQL: a cluster of its own in a temporary directory, on a free port of 127.0.0.1, which can be frozen,
 * killed and started again. It ends with the test process, however that ends. PostgreSQL refuses to run as root: then
 * it runs as the user `postgres` of the machine.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freeTcpPort } from './free-port.js';

const PASSWORD = 'a secret & more';
const START_MS_MAX = 30_000;

/** Reads until the test process is gone, then ends what it has left behind. */
const WATCH = 'read -r _; kill -KILL "$1" $(cat "/proc/$1/task/$1/children"); rm -rf "$2"';

interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

export interface PostgresOptions {
  /** Default: any free one. */
  readonly port?: number;
  /** Who may do everything. Default: acm. */
  readonly user?: string;
  /** Whether it asks for passwords. Default: it does. */
  readonly auth?: 'scram-sha-256' | 'trust';
}

export class PostgresServer {
  readonly #directory: string;
  readonly #account: Account;
  readonly #port: number;
  readonly #user: string;
  #postmaster: ChildProcess | undefined;
  #watcher: ChildProcess | undefined;

  constructor(directory: string, account: Account, port: number, user: string) {
    this.#directory = directory;
    this.#account = account;
    this.#port = port;
    this.#user = user;
  }

  /** With the password in it, of a user who may do everything. */
  get url(): string {
    return `postgres://${this.#user}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${this.#port}/postgres`;
  }

  get port(): number {
    return this.#port;
  }

  /** Of its first process, the parent of all others. */
  get pid(): number {
    return this.#postmaster!.pid!;
  }

  get password(): string {
    return PASSWORD;
  }

  /** Starts it, or starts it again on the same data and port, and waits until it takes connections. */
  async start(): Promise<void> {
    const settings = [
      'listen_addresses=127.0.0.1',
      `port=${this.#port}`,
      'unix_socket_directories=',
      'max_connections=20',
      'shared_buffers=16MB',
      'fsync=on',
    ];
    const postmaster = spawn(
      programPath('postgres'),
      ['-D', dataOf(this.#directory), ...settings.flatMap((setting) => ['-c', setting])],
      { ...this.#account, cwd: this.#directory, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#postmaster = postmaster;
    this.#watcher = spawn('sh', ['-c', WATCH, 'sh', String(postmaster.pid), this.#directory], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await untilReady(postmaster);
    // They end with us, and we do not wait for them.
    this.#watcher.unref();
    postmaster.unref();
  }

  /** Stops all its processes where they are: connections stay, and nothing answers. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  /** As if the machine had lost its power, except for what the kernel still writes. */
  async kill(): Promise<void> {
    const postmaster = this.#postmaster;
    if (postmaster === undefined || hasEnded(postmaster)) return;
    const ended = once(postmaster, 'exit');
    this.#signal('SIGKILL');
    postmaster.ref();
    await ended;
    this.#watcher?.kill('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** Ends it for good, and removes its data. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** To the postmaster first, so that it starts no further children. */
  #signal(name: NodeJS.Signals): void {
    if (this.#postmaster === undefined || hasEnded(this.#postmaster)) return;
    for (const pid of familyOf(this.#postmaster.pid!)) send(pid, name);
  }
}

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { user = 'acm', auth = 'scram-sha-256' } = options;
  const directory = mkdtempSync(join(tmpdir(), 'acm-postgres-'));
  const account = process.getuid?.() === 0 ? accountOf('postgres') : {};
  if (account.uid !== undefined && account.gid !== undefined) chownSync(directory, account.uid, account.gid);
  initialise(directory, account, { user, auth });
  const server = new PostgresServer(directory, account, options.port ?? (await freeTcpPort()), user);
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

function initialise(
  directory: string,
  account: Account,
  { user, auth }: Required<Pick<PostgresOptions, 'user' | 'auth'>>,
): void {
  const passwordFile = join(directory, 'password');
  writeFileSync(passwordFile, PASSWORD);
  execFileSync(
    programPath('initdb'),
    [
      ...['-D', dataOf(directory), '-U', user, '--pwfile', passwordFile],
      ...['-A', auth, '-E', 'UTF8', '--no-locale', '--no-sync'],
    ],
    { ...account, cwd: directory, stdio: 'pipe' },
  );
}

function dataOf(directory: string): string {
  return join(directory, 'data');
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function familyOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return [pid, ...children.map(Number)];
}

/** A child may have ended by itself when the postmaster did. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function untilReady(postmaster: ChildProcess): Promise<void> {
  const stderr = postmaster.stderr!;
  let log = '';
  const patience = AbortSignal.timeout(START_MS_MAX);
  const ended = once(postmaster, 'exit', { signal: patience });
  ended.catch(() => undefined);
  while (!log.includes('ready to accept connections')) {
    const news = await Promise.race([
      once(stderr, 'data', { signal: patience }),
      ended.then(() => undefined),
    ]);
    if (news === undefined) throw new Error(`PostgreSQL has ended:\n${log}`);
    log += String(news[0]);
  }
  // It goes on writing, and must not stop at a full pipe.
  stderr.resume();
  (stderr as unknown as { unref(): void }).unref();
}

function accountOf(name: string): Account {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${name}:`));
  if (line === undefined) throw new Error(`this machine has no user ${name}: install postgresql`);
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

/** On PATH, or where Debian keeps it; the newest version. */
function programPath(name: string): string {
  const places = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...globSync('/usr/lib/postgresql/*/bin').reverse(),
  ];
  const place = places.find((each) => existsSync(join(each, name)));
  if (place === undefined) throw new Error(`there is no ${name}: run test/install-tools.sh`);
  return join(place, name);
}
