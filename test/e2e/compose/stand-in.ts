/**
 * Runs a project of docker-compose without an engine: each service is a process with the command, the environment and the
 * mounts that it has there, on a host of its own, where others are found by their names. Services are started as depends_on
 * says, and asked how they are as healthcheck says.
 *
 * It does not cover images, users, limits, volumes that outlive it, published ports, and which network a service is in: all
 * hosts reach each other. PostgreSQL is Debian's, drachtio-server the peer of test/support.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isAcm, type Project, pathOutside, type Service } from '../../sidecar/compose/project.js';
import { kamailioPath } from '../../support/kamailio/kamailio.js';
import { NetworkHost, TEST_HOST } from '../../support/network-namespaces.js';
import { AcmProcess } from '../../support/sidecar-process.js';
import { StandInPostgres } from './stand-in-postgres.js';

const START_MS_MAX = 60_000;
const PROBE_MS = 300;
const DRACHTIO = fileURLToPath(new URL('drachtio-process.ts', import.meta.url));
/** Where the names of others are put in the place of the machine's own. */
const WITH_NAMES = ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /etc/hosts && exec "$@"'];
const run = promisify(execFile);

export class StandIn {
  readonly #project: Project;
  readonly #directory = mkdtempSync(join(tmpdir(), 'acm-compose-'));
  readonly #hosts = new Map<string, NetworkHost>();
  readonly #acm = new Map<string, AcmProcess>();
  readonly #others = new Map<string, { readonly child: ChildProcess; output: string }>();
  #postgres: StandInPostgres | undefined;

  constructor(project: Project) {
    this.#project = project;
    const names = Object.keys(project.services);
    for (const name of names)
      if (name !== 'postgres' && this.#hostOf(name) === name) this.#hosts.set(name, new NetworkHost());
    const lines = names.map((name) => `${this.address(name)} ${this.#namesOf(name).join(' ')}`);
    writeFileSync(this.#hostsFile, `127.0.0.1 localhost\n${lines.join('\n')}\n`);
  }

  /** Starts everything, each once what it waits for is as it must be. */
  async up(): Promise<void> {
    const started = new Map<string, Promise<void>>();
    const start = (name: string): Promise<void> => {
      const known = started.get(name);
      if (known !== undefined) return known;
      const { depends_on = {} } = this.#service(name);
      const starting = Promise.all(Object.keys(depends_on).map(start)).then(() => this.#start(name));
      started.set(name, starting);
      return starting;
    };
    await Promise.all(Object.keys(this.#project.services).map(start));
  }

  /** Where the test finds a service. */
  address(name: string): string {
    if (name === 'postgres') return TEST_HOST;
    return this.#hosts.get(this.#hostOf(name))!.bridgeAddress;
  }

  /** `docker compose exec NAME acm ARGS`. @returns what it wrote. */
  async exec(name: string, ...args: string[]): Promise<string> {
    const acm = new AcmProcess(args, this.#environmentOf(name), [], this.#prefixOf(name));
    const { code } = await acm.end();
    if (code !== 0) throw new Error(`acm ${args.join(' ')} ended with ${code}: ${acm.errors}`);
    return acm.output;
  }

  /** What a service that is not acm has written. */
  logOf(name: string): string {
    return this.#others.get(name)!.output;
  }

  get postgres(): StandInPostgres {
    return this.#postgres!;
  }

  /** Ends everything as `docker compose stop` does. @returns how acm's processes have ended. */
  async down(): Promise<ReadonlyMap<string, number | null>> {
    for (const { child } of this.#others.values()) child.kill('SIGTERM');
    const ends = new Map<string, number | null>();
    for (const [name, acm] of [...this.#acm].reverse()) {
      acm.signal('SIGTERM');
      ends.set(name, (await acm.end()).code);
    }
    for (const { child } of this.#others.values()) {
      child.kill('SIGKILL');
      // A child of its own may still hold these; it ends with this network.
      child.stdout?.destroy();
      child.stderr?.destroy();
    }
    await this.#postgres?.stop();
    rmSync(this.#directory, { recursive: true, force: true });
    return ends;
  }

  async #start(name: string): Promise<void> {
    const service = this.#service(name);
    if (name === 'postgres') this.#postgres = await StandInPostgres.start(service, TEST_HOST);
    else if (isAcm(service)) this.#startAcm(name, service);
    else this.#startOther(name, this.#programOf(name, service));
    if (service.restart === 'no') await this.#succeeded(name);
    else if (service.healthcheck?.test !== undefined) await this.#healthy(name, service);
  }

  #startAcm(name: string, { command }: Service): void {
    this.#acm.set(name, new AcmProcess([...command!], this.#environmentOf(name), [], this.#prefixOf(name)));
  }

  /** What stands for the image's program. */
  #programOf(name: string, service: Service): readonly string[] {
    if (name === 'kamailio')
      return [kamailioPath(), ...service.command!.map((word) => pathOutside(service, word))];
    if (name === 'drachtio') return [process.execPath, '--import', 'tsx', DRACHTIO, ...service.command!];
    if (name === 'sipp') return ['sh', `${service.build!.context}/attacks.sh`];
    throw new Error(`nothing here stands for ${service.image}`);
  }

  #startOther(name: string, program: readonly string[]): void {
    const [first, ...rest] = [...this.#prefixOf(name), ...program];
    const child = spawn(first!, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], ...this.#service(name).environment },
    });
    const entry = { child, output: '' };
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        entry.output += chunk;
      });
    this.#others.set(name, entry);
  }

  async #succeeded(name: string): Promise<void> {
    const acm = this.#acm.get(name)!;
    const { code } = await acm.end(START_MS_MAX);
    this.#acm.delete(name);
    if (code !== 0) throw new Error(`${name} has ended with ${code}: ${acm.errors}`);
  }

  async #healthy(name: string, service: Service): Promise<void> {
    // Asking sooner would only slow the start down: whoever asks is a process too.
    await this.#acm.get(name)?.logged('ready');
    const deadline = performance.now() + START_MS_MAX;
    for (;;) {
      const complaint = await this.#probe(name, service).catch((error: Error) => error.message);
      if (complaint === undefined) return;
      const acm = this.#acm.get(name);
      if (performance.now() > deadline || acm?.running === false)
        throw new Error(
          `${name} is not healthy: ${complaint}\n${acm?.output ?? this.#others.get(name)?.output ?? ''}\n${acm?.errors ?? ''}`,
        );
      await sleep(PROBE_MS);
    }
  }

  async #probe(name: string, { healthcheck }: Service): Promise<undefined> {
    const [, program, ...args] = healthcheck!.test!;
    if (program === 'acm') await this.exec(name, ...args);
    else {
      const path = program === 'node' ? process.execPath : program!;
      const [first, ...rest] = [...this.#prefixOf(name), path, ...args];
      await run(first!, rest, { timeout: 5_000, env: { PATH: process.env['PATH'] } });
    }
    return undefined;
  }

  #environmentOf(name: string): Record<string, string> {
    const service = this.#service(name);
    const entries = Object.entries(service.environment ?? {});
    return Object.fromEntries(entries.map(([variable, value]) => [variable, this.#outside(service, value)]));
  }

  /** A volume is a directory here. */
  #outside(service: Service, value: string): string {
    const volume = service.volumes?.find(
      ({ type, target }) => type === 'volume' && value.includes(`${target}/`),
    );
    if (volume === undefined) return pathOutside(service, value);
    const directory = join(this.#directory, volume.source);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return value.replace(volume.target, directory);
  }

  /** PostgreSQL runs beside the test. */
  #prefixOf(name: string): string[] {
    if (name === 'postgres') return [];
    return [...this.#hosts.get(this.#hostOf(name))!.prefix, ...WITH_NAMES, this.#hostsFile];
  }

  /** The service whose network a service has. */
  #hostOf(name: string): string {
    const { network_mode: mode = '' } = this.#service(name);
    return mode.startsWith('service:') ? mode.slice('service:'.length) : name;
  }

  #namesOf(name: string): readonly string[] {
    const aliases = Object.values(this.#service(name).networks ?? {}).flatMap((each) => each?.aliases ?? []);
    return this.#hostOf(name) === name ? [name, ...aliases] : [`${name}.shares`];
  }

  get #hostsFile(): string {
    return join(this.#directory, 'hosts');
  }

  #service(name: string): Service {
    return this.#project.services[name]!;
  }
}
