import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

const SIPP_SECONDS_MAX = 25;

export interface SippRun {
  /** The file in `sipp/`, without its ending. */
  readonly scenario: string;
  readonly port: number;
  /** Whom to call; a callee has none. */
  readonly target?: number;
  /** Calls in all. Default 1. */
  readonly calls?: number;
  /** Calls a second. Default 10. */
  readonly rate?: number;
}

/** Runs sipp to its end; rejects, with what it wrote, unless every call went as the scenario says. */
export async function runSipp(run: SippRun): Promise<void> {
  const scenario = fileURLToPath(new URL(`sipp/${run.scenario}.xml`, import.meta.url));
  const target = run.target === undefined ? [] : [`127.0.0.1:${run.target}`, '-r', String(run.rate ?? 10)];
  const common = ['-sf', scenario, '-i', '127.0.0.1', '-p', String(run.port), '-m', String(run.calls ?? 1)];
  const quiet = ['-timeout', String(SIPP_SECONDS_MAX), '-timeout_error', '-nostdin'];
  const media = ['-mp', String(20_000 + 2 * (run.port % 10_000))];
  const sipp = spawn('sipp', [...target, ...common, ...quiet, ...media], {
    cwd: tmpdir(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const errors: Buffer[] = [];
  sipp.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const [code] = await once(sipp, 'close');
  if (code !== 0) throw new Error(`sipp ${run.scenario} ended with ${code}: ${Buffer.concat(errors)}`);
}

/** Runs several sipp processes at once, a callee ahead of its caller. */
export async function runSippTogether(...runs: readonly SippRun[]): Promise<void> {
  await Promise.all(
    runs.map(async (run, index) => {
      // sipp gives no sign when it is listening.
      await new Promise((resolve) => setTimeout(resolve, 250 * index));
      await runSipp(run);
    }),
  );
}
