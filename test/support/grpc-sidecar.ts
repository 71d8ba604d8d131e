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

/** Ephemeral ports, little memory, a short patience. */
export const SMALL = {
  ACM_GRPC_ADDRESS: '127.0.0.1:0',
  API_PORT: '0',
  ACM_WINDOW_CAPACITY: '20000',
  ACM_DRAIN_MS: '2000',
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
