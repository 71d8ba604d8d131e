/** Runs a real program in the place of a stand-in, or looks at what it says. */
import { spawnSync } from 'node:child_process';
import { delimiter, resolve } from 'node:path';

const OWN = 'stand-ins';

/** Runs it with our standard streams; its status becomes ours. */
export function become(program: string, args: readonly string[], env: Record<string, string> = {}): void {
  const { status, error } = spawnSync(program, args, {
    stdio: 'inherit',
    env: { ...process.env, PATH: realPath(), ...env },
  });
  if (error !== undefined) throw error;
  process.exitCode = status ?? 1;
}

/** As `become`, but its commands find the stand-ins again. */
export function hand(program: string, args: readonly string[], env: Record<string, string> = {}): void {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  if (error !== undefined) {
    console.error(error.message);
    process.exitCode = 127;
  } else process.exitCode = status ?? 1;
}

export interface Answer {
  readonly status: number | null;
  readonly output: string;
}

export function ask(program: string, args: readonly string[]): Answer {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    env: { ...process.env, PATH: realPath() },
  });
  return { status, output: error === undefined ? stdout + stderr : error.message };
}

/** Where test/install-tools.sh puts what Debian does not have. */
export function toolPath(name: string): string {
  return resolve(process.env['ACM_DOCS_REPOSITORY'] ?? '.', '.tools/bin', name);
}

function realPath(): string {
  const places = (process.env['PATH'] ?? '').split(delimiter);
  return places.filter((place) => !place.endsWith(`/${OWN}`)).join(delimiter);
}
