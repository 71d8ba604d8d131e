/** What probes are told of a process, from before anything of it is there until it is gone (ACM_HEALTH_ADDRESS). */
import type { Log } from '../src/admission/ports.js';
import type { Config } from '../src/config.js';
import { type ProbeServer, startProbeServer } from '../src/http/probe-server.js';
import { addressOf } from './config-slices.js';
import type { ServingProcess } from './running-process.js';

export class ProcessHealth {
  #process: ServingProcess | undefined;
  #draining = false;
  #server: ProbeServer | undefined;

  /** Opens the address, if there is one. @throws AcmError if it cannot be had. */
  static async open({ healthAddress }: Config, log: Log): Promise<ProcessHealth> {
    const health = new ProcessHealth();
    if (healthAddress === '') return health;
    health.#server = await startProbeServer({
      ...addressOf(healthAddress),
      hindrance: () => health.#hindrance,
      metrics: () => health.#process?.metrics(),
      log,
      nowMs: () => performance.now(),
    });
    log.info(health.ports, 'starting, probes are answered');
    return health;
  }

  get ports(): Readonly<Record<string, number>> {
    return this.#server === undefined ? {} : { health: this.#server.port };
  }

  get #hindrance(): string {
    if (this.#draining) return 'draining';
    if (this.#process === undefined) return 'starting';
    return this.#process.hindrance?.() ?? '';
  }

  /** From here on it is as ready as the process says. */
  started(process: ServingProcess): void {
    this.#process = process;
  }

  /** Nobody should begin anything with the process any more. */
  drain(): void {
    this.#draining = true;
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }
}
