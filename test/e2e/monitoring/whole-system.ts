/**
 * All that can be measured, as real processes: a gateway, two sidecars that tell each other what they see, one of them with a
 * store, a webhook, and a simulated switch that is under attack, and a SIP agent between a drachtio-server and a sidecar.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DrachtioPeer, startDrachtioPeer } from '../../support/drachtio/peer.js';
import { freeTcpPort } from '../../support/free-port.js';
import { SMALL } from '../../support/grpc-sidecar.js';
import { AcmProcess } from '../../support/sidecar-process.js';
import { WebhookReceiver } from '../../support/webhook-receiver.js';
import { readScrape, type Scrape } from './scrape.js';

const SECRET = 'cymru';
/** Prometheus asks where it asks in pods. */
const COMMON = { LOG_FORMAT: 'json', LOG_LEVEL: 'info', ACM_HEALTH_ADDRESS: '127.0.0.1:0' };

export type Job = 'acm-sidecar' | 'acm-sip-agent' | 'acm-gateway';

export class WholeSystem {
  readonly #directory = mkdtempSync(join(tmpdir(), 'acm-monitoring-'));
  readonly #processes: AcmProcess[] = [];
  readonly #sidecars: AcmProcess[] = [];
  readonly #receiver = new WebhookReceiver();
  #drachtio: DrachtioPeer | undefined;
  /** `host:port` by job; of sidecars the one that has everything comes first. */
  readonly targets: Record<Job, string[]> = { 'acm-sidecar': [], 'acm-sip-agent': [], 'acm-gateway': [] };

  async start(): Promise<void> {
    await this.#receiver.start();
    this.#drachtio = await startDrachtioPeer({ secret: SECRET });
    const gateway = await this.#startGateway();
    const esl = await this.#startSwitch();
    const reconciling = { LUMADB_GRPC_HOST: '127.0.0.1', LUMADB_GRPC_PORT: String(gateway) };
    const full = await this.#startSidecar({
      ...reconciling,
      ACM_DATA_DIR: join(this.#directory, 'store'),
      ACM_CONFIG: this.#configuration('sidecar', [
        'webhooks:',
        `  - { name: siem, url: "${this.#receiver.url}", secret: a-secret-of-enough-length, allow_private: true }`,
      ]),
      ACM_ESL_HOST: '127.0.0.1',
      ACM_ESL_PORT: String(esl),
      ACM_AUTO_DISCONNECT: 'true',
    });
    await this.#startSidecar(reconciling);
    await this.#startAgent(full);
  }

  /** What a job says of itself. @param index of the process. */
  async scrape(job: Job, index = 0): Promise<Scrape> {
    const response = await fetch(`http://${this.targets[job][index]}/metrics`);
    return readScrape(await response.text());
  }

  /** From now on the receiver of the webhook says that there is nobody any more. */
  refuseWebhooks(): void {
    this.#receiver.answer = (response) => void response.writeHead(410).end();
  }

  /** Kills the first sidecar where it stands. */
  async killSidecar(): Promise<void> {
    await this.#sidecars[0]!.kill();
  }

  async stop(): Promise<void> {
    for (const process of this.#processes.reverse()) await process.kill();
    await this.#drachtio?.close();
    await this.#receiver.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #startGateway(): Promise<number> {
    const port = await freeTcpPort();
    const { health } = await this.#run(['lumadb-gateway', '--listen', `127.0.0.1:${port}`], {
      ACM_GATEWAY_DATA_DIR: join(this.#directory, 'gateway'),
      ACM_GATEWAY_METRICS_ADDRESS: '127.0.0.1:0',
    });
    this.targets['acm-gateway'].push(`127.0.0.1:${health}`);
    return port;
  }

  async #startSwitch(): Promise<number> {
    const traffic = ['--cps', '50', '--attack-interval', '1'];
    const { event_socket } = await this.#run(['simulate', 'freeswitch', '--port', '0', ...traffic], {});
    return Number(event_socket);
  }

  async #startSidecar(env: Record<string, string>): Promise<string> {
    const { grpc, health } = await this.#run(['serve'], { ...SMALL, ...env });
    this.#sidecars.push(this.#processes.at(-1)!);
    this.targets['acm-sidecar'].push(`127.0.0.1:${health}`);
    return `127.0.0.1:${grpc}`;
  }

  async #startAgent(sidecar: string): Promise<void> {
    const { health } = await this.#run(['sip-agent'], {
      ACM_SIDECAR_ADDRESS: sidecar,
      ACM_DRACHTIO_ADDRESS: `127.0.0.1:${this.#drachtio!.adminPort}`,
      ACM_DRACHTIO_SECRET: SECRET,
      ACM_SIP_METRICS_ADDRESS: '127.0.0.1:0',
      ACM_CONFIG: this.#configuration('agent', ['next_hop: sip:127.0.0.1:9']),
    });
    this.targets['acm-sip-agent'].push(`127.0.0.1:${health}`);
  }

  async #run(args: readonly string[], env: Record<string, string>): Promise<Record<string, unknown>> {
    const process = new AcmProcess(args, { ...COMMON, ...env });
    this.#processes.push(process);
    return await process.logged('ready');
  }

  #configuration(name: string, lines: readonly string[]): string {
    const file = join(this.#directory, `${name}.yaml`);
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  }
}
