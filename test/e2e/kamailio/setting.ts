/** A real Kamailio with a configuration that is shipped, a sidecar that it asks, and room for phones on either side. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freeTcpPort, freeUdpPort } from '../../support/free-port.js';
import { type KamailioServer, newKamailioDirectory, startKamailio } from '../../support/kamailio/kamailio.js';
import { type RunningAcm, startAcm, until } from '../sip/acm-process.js';
import { type Phones, runPhones } from '../sip/phones.js';

/** A file of sidecar/kamailio, and what it and the sidecar are told about each other. */
export interface Way {
  readonly file: string;
  defines(ports: Ports): readonly string[];
  environment(ports: Ports): Readonly<Record<string, string>>;
}

export interface Ports {
  readonly sip: number;
  readonly rpc: number;
  readonly evapi: number;
  readonly api: number;
  readonly callee: number;
  readonly secondCallee: number;
}

type CallingPhones = Omit<Phones, 'port' | 'target'>;

const HOST = '127.0.0.1';

export function pathOfConfig(file: string): string {
  return fileURLToPath(new URL(`../../../sidecar/kamailio/${file}`, import.meta.url));
}

export class Setting {
  private constructor(
    readonly ports: Ports,
    readonly kamailio: KamailioServer,
    readonly environment: Readonly<Record<string, string>>,
    public sidecar: RunningAcm,
  ) {}

  /** @param config of the sidecar, what its YAML file would hold. */
  static async start(
    way: Way,
    env: Readonly<Record<string, string>> = {},
    config: object = {},
  ): Promise<Setting> {
    const ports: Ports = {
      sip: await freeUdpPort(),
      callee: await freeUdpPort(),
      secondCallee: await freeUdpPort(),
      rpc: await freeTcpPort(),
      evapi: await freeTcpPort(),
      api: await freeTcpPort(),
    };
    const kamailio = await startKamailio({
      configFile: pathOfConfig(way.file),
      sipPort: ports.sip,
      directory: newKamailioDirectory(),
      // Phones expect what they are sent in its order.
      workers: 1,
      defines: [
        `ACM_SIP_LISTEN=udp:${HOST}:${ports.sip}`,
        `ACM_RPC_LISTEN=tcp:${HOST}:${ports.rpc}`,
        `ACM_NEXT_HOP="sip:${HOST}:${ports.callee}"`,
        `ACM_SECOND_NEXT_HOP="sip:${HOST}:${ports.secondCallee}"`,
        // What is tested here is the verdict; how long it takes on a busy machine is not.
        'ACM_DEADLINE_MS="900"',
        ...way.defines(ports),
      ],
    });
    const environment = {
      ACM_GRPC_ADDRESS: `${HOST}:0`,
      API_PORT: String(ports.api),
      KAMAILIO_MI_URL: `http://${HOST}:${ports.rpc}/rpc`,
      ACM_AUTO_DISCONNECT: 'true',
      ACM_CONFIG: writeConfig(kamailio.directory, 'acm.yaml', config),
      ...way.environment(ports),
      ...env,
    };
    try {
      return new Setting(ports, kamailio, environment, await startAcm('serve', environment));
    } catch (error) {
      await kamailio.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.sidecar.thaw();
    await this.sidecar.stop();
    await this.kamailio.stop();
  }

  async startSidecarAnew(): Promise<void> {
    this.sidecar = await startAcm('serve', this.environment);
  }

  /** Phones that call Kamailio. */
  async call(phones: CallingPhones): Promise<void> {
    await runPhones({ ...phones, port: await freeUdpPort(), target: this.ports.sip });
  }

  /** Phones at the next hop, once they listen. @returns when they listen, with a promise of their end. */
  async answer(phones: CallingPhones, port = this.ports.callee): Promise<{ end: Promise<void> }> {
    const end = runPhones({ ...phones, port });
    end.catch(() => undefined); // Whoever waits for it hears of it.
    await until(() => listens(port) || undefined);
    return { end };
  }

  /** Runs callers against callees, each to its end. */
  async talk(calling: CallingPhones, answering: CallingPhones): Promise<void> {
    const callee = await this.answer(answering);
    await this.call(calling);
    await callee.end;
  }

  /** One figure of the sidecar's metrics, all labels summed up. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`http://${HOST}:${this.ports.api}/metrics`)).text();
    const lines = text
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** How many calls Kamailio let go on without a verdict. */
  async unscreened(): Promise<number> {
    return Number((await this.#rpc('stats.fetch', ['acm_unscreened']))['script.acm_unscreened']);
  }

  /** A number that Kamailio's processes share ($shv). */
  async shared(name: string): Promise<unknown> {
    return (await this.#rpc('pv.shvGet', [name]))['value'];
  }

  /** Waits until Kamailio has so many calls that are answered. */
  async answered(calls: number): Promise<void> {
    await until(async () => (await this.#rpc('dlg.stats_active', []))['ongoing'] === calls || undefined);
  }

  async #rpc(method: string, params: readonly string[]): Promise<Record<string, unknown>> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const signal = AbortSignal.timeout(2_000);
    const answer = await fetch(`http://${HOST}:${this.ports.rpc}/rpc`, { method: 'POST', body, signal });
    return ((await answer.json()) as { result: Record<string, unknown> }).result;
  }
}

/** A file for ACM_CONFIG; JSON is YAML. @returns its path. */
export function writeConfig(directory: string, name: string, config: object): string {
  const file = join(directory, name);
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** Whether anybody has this UDP port; asking by binding to it would be in the way. */
function listens(port: number): boolean {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/udp', 'latin1')
    .split('\n')
    .some((line) => line.trim().split(/\s+/)[1]?.endsWith(hex));
}
