/** One turn of a benchmark: sidecars under a steady load for a while, and what that cost. */
import type { Cluster } from '../../test/e2e/reconcile/cluster.js';
import { LagProbe } from './lag.js';
import { Load } from './load.js';
import { cpuNs, familyCpuNs, wireBytes } from './process-figures.js';

/** Time for the window to fill and for V8 to settle. */
const WARM_UP_MS = 6_000;

export interface Turn {
  readonly calls: number;
  /** Of a core, by all sidecars together. */
  readonly sidecarsCpu: number;
  readonly gatewayCpu: number;
  readonly postgresCpu: number;
  /** Bytes for each call. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly lagsMs: readonly number[];
}

interface Snapshot {
  readonly atNs: number;
  readonly sidecarsNs: number;
  readonly gatewayNs: number;
  readonly postgresNs: number;
  readonly up: number;
  readonly down: number;
}

/** A sidecar to call. */
export interface Seat {
  readonly address: string;
  readonly pid: number;
}

/** Sidecars with those who call there, from the first turn to the last. */
export class Stage {
  readonly #seats: readonly Seat[];
  readonly #cluster: Cluster | undefined;
  readonly #loads: readonly Load[];
  readonly #probe: LagProbe | undefined;
  #isWarm = false;

  /** @param cluster that the sidecars belong to; none for sidecars that reconcile nothing. */
  constructor(seats: readonly Seat[], cluster?: Cluster) {
    this.#seats = seats;
    this.#cluster = cluster;
    this.#loads = seats.map(({ address }, i) => new Load(address, i));
    if (cluster !== undefined) this.#probe = new LagProbe(seats.map(({ address }) => address));
  }

  async turn(callsPerSecond: number, ms: number): Promise<Turn> {
    if (!this.#isWarm) await this.#call(callsPerSecond, WARM_UP_MS);
    this.#isWarm = true;
    const before = this.#look();
    await this.#call(callsPerSecond, ms);
    const after = this.#look();
    // Apart from the rest, since a probe asks hundreds of times a second.
    const lagsMs = await this.#lags(callsPerSecond, ms);
    const tookNs = after.atNs - before.atNs;
    const calls = (this.#loads.length * callsPerSecond * ms) / 1_000;
    return {
      calls,
      sidecarsCpu: (after.sidecarsNs - before.sidecarsNs) / tookNs,
      gatewayCpu: (after.gatewayNs - before.gatewayNs) / tookNs,
      postgresCpu: (after.postgresNs - before.postgresNs) / tookNs,
      bytesUp: (after.up - before.up) / calls,
      bytesDown: (after.down - before.down) / calls,
      lagsMs,
    };
  }

  #look(): Snapshot {
    const cluster = this.#cluster;
    return {
      atNs: performance.now() * 1e6,
      sidecarsNs: this.#seats.reduce((sum, { pid }) => sum + cpuNs(pid), 0),
      gatewayNs: cluster === undefined ? 0 : cpuNs(cluster.gateway.process.pid),
      postgresNs: cluster === undefined ? 0 : familyCpuNs(cluster.postgres.pid),
      ...(cluster === undefined ? { up: 0, down: 0 } : wireBytes(cluster.gateway.address.port)),
    };
  }

  async #call(callsPerSecond: number, ms: number): Promise<void> {
    await Promise.all(this.#loads.map((load) => load.run(callsPerSecond, ms)));
  }

  async #lags(callsPerSecond: number, ms: number): Promise<number[]> {
    if (this.#probe === undefined) return [];
    const [lagsMs] = await Promise.all([this.#probe.run(ms), this.#call(callsPerSecond, ms)]);
    return lagsMs;
  }

  close(): void {
    for (const load of this.#loads) load.close();
    this.#probe?.close();
  }
}
