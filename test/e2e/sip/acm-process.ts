/** `acm` commands as processes of their own, ready for calls. */
import { AcmProcess } from '../../support/sidecar-process.js';

/** A running `acm serve` or `acm sip-agent`. */
export interface RunningAcm {
  /** Ports by what is served there. */
  readonly ports: Readonly<Record<string, number>>;
  /** Everything logged so far, a JSON object each. */
  readonly log: readonly Record<string, unknown>[];
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP: it stands still, with its ports open. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
}

/** No store: a block of one case must not reach into the next. */
const ENVIRONMENT = { LOG_FORMAT: 'json', LOG_LEVEL: 'info', ACM_DATA_DIR: 'none' };

/** Starts a command and waits until it says that it is ready. */
export async function startAcm(command: string, env: Readonly<Record<string, string>>): Promise<RunningAcm> {
  const process = new AcmProcess([command], { ...ENVIRONMENT, ...env });
  const ready = await process.logged('ready');
  return {
    ports: ready as Record<string, number>,
    get log() {
      return process.logLines();
    },
    async stop() {
      process.signal('SIGTERM');
      return (await process.end()).code ?? -1;
    },
    kill: () => process.kill(),
    freeze: () => process.signal('SIGSTOP'),
    thaw: () => process.signal('SIGCONT'),
  };
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
