/** `acm` commands as processes of their own, as they are deployed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const READY_MS_MAX = 20_000;

/** A running `acm serve` or `acm sip-agent`. */
export interface AcmProcess {
  /** Ports by what is served there. */
  readonly ports: Readonly<Record<string, number>>;
  /** Everything logged so far, a JSON object each. */
  readonly log: readonly { readonly msg: string }[];
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** Starts a command and waits until it says that it is ready. */
export async function startAcm(command: string, env: Readonly<Record<string, string>>): Promise<AcmProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'sidecar/main.ts', command], {
    env: { ...process.env, LOG_FORMAT: 'json', LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const log: { msg: string }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => log.push(JSON.parse(line)));
  const ready = await until(() => log.find(({ msg }) => msg === 'ready'), READY_MS_MAX);
  return {
    ports: ready as unknown as Record<string, number>,
    log,
    stop: async () => (await end(child, 'SIGTERM')) ?? -1,
    kill: async () => void (await end(child, 'SIGKILL')),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = once(child, 'exit');
  child.kill(signal);
  const [code] = await exit;
  return code;
}

/** Waits until `look` finds something. */
export async function until<T>(
  look: () => T | undefined | Promise<T | undefined>,
  msMax = 10_000,
): Promise<T> {
  const deadline = Date.now() + msMax;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`not within ${msMax} ms: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
