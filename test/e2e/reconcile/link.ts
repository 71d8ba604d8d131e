/** The link between a sidecar and the gateway: a cable of its host where there can be hosts, a relay in the test otherwise. */
import { SeededRandom } from '../../../bench/random.js';
import type { NetworkHost } from '../../support/network-namespaces.js';
import { TcpRelay } from '../../support/tcp-relay.js';

const SEED = 7;
const STEPS = 1_000_000;

interface Address {
  readonly host: string;
  readonly port: number;
}

export class Link {
  /** Where the sidecar runs; undefined for beside the test. */
  readonly host: NetworkHost | undefined;
  readonly #relay: TcpRelay | undefined;
  readonly #gateway: Address;

  private constructor(host: NetworkHost | undefined, relay: TcpRelay | undefined, gateway: Address) {
    this.host = host;
    this.#relay = relay;
    this.#gateway = gateway;
  }

  /** @param impairable whether it is to be delayed and lossy, which the cable of a host may not be able to. */
  static async open(gateway: Address, host: NetworkHost | undefined, impairable: boolean): Promise<Link> {
    const random = new SeededRandom(SEED);
    const needsRelay = host === undefined || impairable;
    const relay = needsRelay
      ? await TcpRelay.start(gateway.host, gateway, () => random.below(STEPS) / STEPS)
      : undefined;
    return new Link(host, relay, gateway);
  }

  get gatewayEnv(): Record<string, string> {
    const port = this.#relay?.port ?? this.#gateway.port;
    return { LUMADB_GRPC_HOST: this.#gateway.host, LUMADB_GRPC_PORT: String(port) };
  }

  cut(): void {
    if (this.host !== undefined) this.host.cut();
    else this.#relay!.cut();
  }

  heal(): void {
    if (this.host !== undefined) this.host.heal();
    else this.#relay!.heal();
  }

  /** @returns what does it. */
  impair(delayMs: number, lossShare: number): 'netem' | 'relay' {
    if (this.host?.impair(delayMs, lossShare)) return 'netem';
    this.#relay!.impair(delayMs, lossShare);
    return 'relay';
  }

  async close(): Promise<void> {
    await this.#relay?.stop();
  }
}
