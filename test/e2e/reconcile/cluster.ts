/** Sidecars that tell each other what they see through one gateway over a real PostgreSQL, all of them real processes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freeTcpPort } from '../../support/free-port.js';
import { DetectionClient, type Verdict } from '../../support/grpc-detection.js';
import { ManagementClient } from '../../support/grpc-management.js';
import { freshCallId, readMetrics, SMALL } from '../../support/grpc-sidecar.js';
import { hasOwnNetwork, NetworkHost, TEST_HOST } from '../../support/network-namespaces.js';
import { type PostgresServer, startPostgres } from '../../support/postgres.js';
import { AcmProcess } from '../../support/sidecar-process.js';
import { within } from '../store/attack.js';
import { Gateway } from './gateway.js';
import { Link } from './link.js';

export const INTERVAL_MS = 50;
/** Sidecars that start at a time. */
const TOGETHER_MAX = 3;

export interface Reconciliation {
  readonly state: string;
  readonly detail: string;
  readonly peers: readonly { readonly name: string; readonly id: string; readonly age_ms: number }[];
}

/** A sidecar, the clients that ask it, and its link to the gateway. */
export class Member {
  readonly detection: DetectionClient;
  readonly management: ManagementClient;

  private constructor(
    readonly process: AcmProcess,
    /** Of gRPC. */
    readonly address: string,
    readonly url: string,
    /** undefined for one that was started apart. */
    readonly link: Link | undefined,
  ) {
    this.detection = new DetectionClient(address);
    this.management = new ManagementClient(address);
  }

  /** Starts one on a host of its own where there can be hosts. */
  static async start(env: Record<string, string>, link?: Link): Promise<Member> {
    const host = link?.host;
    const place: Record<string, string> =
      host === undefined ? {} : { API_HOST: host.address, ACM_ALLOW_PLAINTEXT: 'true' };
    const process = new AcmProcess(
      ['serve'],
      { ...SMALL, ACM_OUTBOX_FLUSH_MS: '10', ...place, ...env },
      [],
      host?.prefix,
    );
    try {
      const { grpc, http } = await process.logged('ready');
      const socket = env['ACM_GRPC_SOCKET'];
      const address = socket === undefined ? `127.0.0.1:${grpc}` : `unix:${socket}`;
      return new Member(process, address, `http://${host?.address ?? '127.0.0.1'}:${http}`, link);
    } catch (error) {
      await process.kill();
      throw error;
    }
  }

  check(aNumber: string, bNumber: string, deadlineMs?: number): Promise<Verdict> {
    const call = { a_number: aNumber, b_number: bNumber, call_id: freshCallId(), source_ip: '192.0.2.7' };
    return this.detection.checkCall({ ...call, switch_id: 'sw' }, deadlineMs);
  }

  async health(): Promise<{ status: string; reconciliation: Reconciliation }> {
    return (await (await fetch(`${this.url}/health`)).json()) as never;
  }

  async metric(name: string): Promise<number> {
    return (await readMetrics(this.url)).get(name) ?? Number.NaN;
  }

  /** Ends it with SIGTERM, or at once. */
  async stop(how: 'gracefully' | 'at once' = 'gracefully'): Promise<void> {
    this.detection.close();
    this.management.close();
    if (how === 'at once') return this.process.kill();
    this.process.signal('SIGTERM');
    await this.process.end();
  }
}

interface ClusterOptions {
  readonly sidecars?: number;
  /** Whether links are to be delayed and lossy as well as cut. */
  readonly impairable?: boolean;
  /** Whether the sidecars keep alerts and rules together; they keep none otherwise. */
  readonly sharesStore?: boolean;
  /** Of the sidecars. */
  readonly env?: Record<string, string>;
  readonly gatewayEnv?: Record<string, string>;
}

export class Cluster {
  readonly members: Member[] = [];
  readonly #directory = mkdtempSync(join(tmpdir(), 'acm-cluster-'));
  readonly #links: Link[] = [];
  #env: Record<string, string> = {};

  private constructor(
    readonly postgres: PostgresServer,
    readonly gateway: Gateway,
    readonly options: ClusterOptions,
  ) {}

  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const postgres = await startPostgres();
    const host = hasOwnNetwork ? TEST_HOST : '127.0.0.1';
    const gateway = new Gateway(`${host}:${await freeTcpPort()}`, postgres, options.gatewayEnv);
    const cluster = new Cluster(postgres, gateway, options);
    try {
      await cluster.#startAll(options);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  async #startAll({ sidecars = 3, sharesStore = false, env = {} }: ClusterOptions) {
    await this.gateway.prepare();
    await this.gateway.start();
    this.#env = {
      LUMADB_GRPC_TOKEN: this.gateway.token,
      ACM_RECONCILE_INTERVAL_MS: String(INTERVAL_MS),
      ...(sharesStore ? { DATABASE_URL: this.postgres.url } : {}),
      ...env,
    };
    // All at once would take longer to start than anybody waits.
    for (let left = sidecars; left > 0; left -= TOGETHER_MAX) {
      const starts = Array.from({ length: Math.min(left, TOGETHER_MAX) }, () => this.add());
      // A failure stops those that have started, so that each must have started or ended before.
      await Promise.allSettled(starts);
      await Promise.all(starts);
    }
    await this.reconciled();
  }

  /** Starts another one. @param env besides that of all. */
  async add(env: Record<string, string> = {}): Promise<Member> {
    const { impairable = false, sharesStore = false } = this.options;
    const host = hasOwnNetwork && !sharesStore ? new NetworkHost() : undefined;
    const link = await Link.open(this.gateway.address, host, impairable);
    this.#links.push(link);
    const member = await this.#startMember(link, env);
    this.members.push(member);
    return member;
  }

  /** Stops one for good. */
  async remove(member: Member): Promise<void> {
    this.members.splice(this.members.indexOf(member), 1);
    await member.stop();
  }

  #startMember(link: Link, env: Record<string, string> = {}): Promise<Member> {
    // It reaches out of the host, where loopback is another one.
    const socket = join(this.#directory, `${crypto.randomUUID().slice(0, 8)}.sock`);
    return Member.start({ ...link.gatewayEnv, ACM_GRPC_SOCKET: socket, ...this.#env, ...env }, link);
  }

  /** Starts another in the place of one that has ended. */
  async replace(member: Member): Promise<Member> {
    const another = await this.#startMember(member.link!);
    this.members[this.members.indexOf(member)] = another;
    return another;
  }

  /** Waits until each knows what all the others see; milliseconds. */
  reconciled(withinMs?: number): Promise<number> {
    return within('all reconciled', () => this.#isReconciled(), withinMs);
  }

  async #isReconciled(): Promise<boolean> {
    const reports = await Promise.all(this.members.map((member) => member.health()));
    return reports.every(
      ({ reconciliation: { state, peers } }) =>
        state === 'reconciled' && peers.length >= this.members.length - 1,
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
    await this.gateway.stop();
    await Promise.all(this.#links.map((link) => link.close()));
    await this.postgres.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
