/** The sidecar within the process of a test, on ports of its own choosing, and numbers that no other case has called. */
import { startSidecar } from '../../sidecar/compose.js';
import type { Log } from '../../src/admission/ports.js';
import { loadConfig } from '../../src/config.js';

/** A line of the log, as admission and the adapters wrote it. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface TestSidecar {
  /** `127.0.0.1:port` of gRPC. */
  readonly address: string;
  /** `http://127.0.0.1:port` of HTTP. */
  readonly url: string;
  readonly log: readonly LogLine[];
  stop(): Promise<void>;
}

/** Starts a sidecar with this environment; nothing of the test's own environment reaches it. */
export async function startTestSidecar(env: Record<string, string> = {}): Promise<TestSidecar> {
  const log: LogLine[] = [];
  const running = await startSidecar(loadConfig({ ...SMALL, ...env }), recorder(log));
  return {
    address: `127.0.0.1:${running.ports['grpc']}`,
    url: `http://127.0.0.1:${running.ports['http']}`,
    log,
    stop: () => running.stop(),
  };
}

/** Ephemeral ports, little memory, a short patience, and no store. */
export const SMALL = {
  ACM_GRPC_ADDRESS: '127.0.0.1:0',
  API_PORT: '0',
  ACM_WINDOW_CAPACITY: '20000',
  ACM_DRAIN_MS: '2000',
  ACM_DATA_DIR: 'none',
} as const;

function recorder(lines: LogLine[]): Log {
  const write = (level: LogLine['level']) => (fields: object, message: string) =>
    void lines.push({ level, message, fields: { ...fields } });
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

let numbers = 0;

/** A number in international form, with `+`, that this process has not used before. */
export function freshNumber(): string {
  numbers += 1;
  return `+23481${String(numbers).padStart(8, '0')}`;
}

let calls = 0;

/** A Call-ID that this process has not used before. */
export function freshCallId(): string {
  calls += 1;
  return `call-${process.pid}-${calls}@test`;
}

const PATIENCE_MS = 5_000;

/** Asks until the answer is as expected, within a bound; for what another process or the event loop does in its own time. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${PATIENCE_MS} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The samples of /metrics: name and labels as they stand there, and the value. */
export async function readMetrics(url: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}
