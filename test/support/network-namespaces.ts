/**
 * Hosts that can lose each other as hosts do: no reset, no end, only silence. Each is a network namespace with two links,
 * one to a bridge, which can be cut or made bad, and one on which the test alone reaches it.
 *
 * A suite runs itself again in a network, a mount and a process namespace of its own, and makes its hosts in there. So
 * nothing of it is seen in the machine's own network, names cannot meet those of others, and the kernel removes everything
 * with the last process, which goes when the suite does, however that ends.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Set in the environment of a suite that runs in a network of its own. */
const INSIDE = 'ACM_TEST_OWN_NETWORK';
/** `ip netns` keeps its names there; an empty place of our own hides those of the machine. */
const PREPARE =
  'mkdir -p /run/netns && mount -t tmpfs netns /run/netns && ip link set lo up && ip link add acm0 type bridge && ' +
  'ip addr add 10.77.0.1/24 dev acm0 && ip link set acm0 up && exec "$@"';
const UNSHARE = [
  ...['setpriv', '--pdeathsig', 'KILL'],
  ...['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
  ...['sh', '-c', PREPARE, 'sh'],
];
const COMMAND_MS_MAX = 10_000;

/** Where hosts find what runs beside the test. */
export const TEST_HOST = '10.77.0.1';

/** Whether the suite runs in a network of its own, so that there can be hosts. */
export const hasOwnNetwork = process.env[INSIDE] !== undefined;

/**
 * Runs a suite in a network of its own, or says why it cannot and runs it here.
 * @param url import.meta.url of the suite. @param run hands its cases over to be run.
 */
export async function inOwnNetwork(url: string, run: () => void): Promise<void> {
  if (hasOwnNetwork) return run();
  const complaint = complaintOf(UNSHARE, 'ip', 'netns', 'add', 'probe');
  if (complaint !== undefined) {
    console.log(`\nnote: no network namespaces here (${complaint}): the sidecars share loopback`);
    return run();
  }
  const [program, ...args] = [...UNSHARE, process.execPath, ...process.execArgv, fileURLToPath(url)];
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, [INSIDE]: 'yes' } });
  const [code] = await once(child, 'exit');
  process.exitCode = code ?? 1;
}

/** Why a command fails here; undefined where it does not. */
function complaintOf(prefix: readonly string[], ...command: string[]): string | undefined {
  const [program, ...args] = [...prefix, ...command];
  try {
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: COMMAND_MS_MAX });
    return undefined;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: Buffer };
    return (stderr?.toString().trim() || message).split('\n')[0];
  }
}

function must(...command: string[]): void {
  const complaint = complaintOf([], ...command);
  if (complaint !== undefined) throw new Error(`${command.join(' ')}: ${complaint}`);
}

let hosts = 0;

export class NetworkHost {
  readonly #name: string;
  /** The end of its link that is in the bridge. */
  readonly #port: string;
  /** Its address on the link that is never cut. */
  readonly address: string;
  /** Its address among the hosts. */
  readonly bridgeAddress: string;

  constructor() {
    hosts += 1;
    this.#name = `host${hosts}`;
    this.#port = `port${hosts}`;
    this.address = `10.78.${hosts}.2`;
    this.bridgeAddress = `10.77.0.${hosts + 1}`;
    must('ip', 'netns', 'add', this.#name);
    must('ip', 'link', 'add', this.#port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.#name);
    must('ip', 'link', 'set', this.#port, 'master', 'acm0', 'up');
    this.#configure('eth0', `${this.bridgeAddress}/24`);
    const ours = `desk${hosts}`;
    must('ip', 'link', 'add', ours, 'type', 'veth', 'peer', 'name', 'eth1', 'netns', this.#name);
    must('ip', 'addr', 'add', `10.78.${hosts}.1/24`, 'dev', ours);
    must('ip', 'link', 'set', ours, 'up');
    this.#configure('eth1', `${this.address}/24`);
    must(...this.prefix, 'ip', 'link', 'set', 'lo', 'up');
  }

  /** Comes before a command that is to run on this host. */
  get prefix(): string[] {
    return ['ip', 'netns', 'exec', this.#name];
  }

  #configure(device: string, address: string): void {
    must(...this.prefix, 'ip', 'addr', 'add', address, 'dev', device);
    must(...this.prefix, 'ip', 'link', 'set', device, 'up');
  }

  /** Pulls the cable out. */
  cut(): void {
    must('ip', 'link', 'set', this.#port, 'down');
  }

  heal(): void {
    must('ip', 'link', 'set', this.#port, 'up');
  }

  /**
   * Delays every packet that it is sent, and loses some.
   * @returns whether the kernel can; many lack the module.
   */
  impair(delayMs: number, lossShare: number): boolean {
    const netem = ['netem', 'delay', `${delayMs}ms`, 'loss', `${lossShare * 100}%`];
    return complaintOf([], 'tc', 'qdisc', 'replace', 'dev', this.#port, 'root', ...netem) === undefined;
  }

  repair(): void {
    must('tc', 'qdisc', 'del', 'dev', this.#port, 'root');
  }
}
