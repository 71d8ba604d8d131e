/** Real processes of acm in the place of a container or a unit, which later commands can ask. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { demand } from './complaint.js';

const READY_MS_MAX = 60_000;
const END_MS_MAX = 15_000;
const LOOK_MS = 50;

/** Starts `acm ...` under a name, unless it runs already, and waits until it is ready. */
export async function startAcm(
  name: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<void> {
  if (pidOf(name) !== undefined) return;
  const log = openSync(logOf(name), 'w');
  const child = spawn('acm', args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', log, log],
    detached: true,
  });
  writeFileSync(pidFile(name), String(child.pid));
  child.unref();
  const deadline = performance.now() + READY_MS_MAX;
  while (!readFileSync(logOf(name), 'utf8').includes('"msg":"ready"')) {
    demand(child.exitCode === null, `${name} has ended:\n${readFileSync(logOf(name), 'utf8')}`);
    demand(performance.now() < deadline, `${name} is not ready:\n${readFileSync(logOf(name), 'utf8')}`);
    await sleep(LOOK_MS);
  }
}

export async function stopAcm(name: string): Promise<void> {
  const pid = pidOf(name);
  if (pid === undefined) return;
  process.kill(pid, 'SIGTERM');
  const deadline = performance.now() + END_MS_MAX;
  while (isAlive(pid) && performance.now() < deadline) await sleep(LOOK_MS);
  demand(!isAlive(pid), `${name} does not end`);
  rmSync(pidFile(name));
}

/** What it has logged so far; nothing where it never ran. */
export function logged(name: string): string {
  return existsSync(logOf(name)) ? readFileSync(logOf(name), 'utf8') : '';
}

function pidOf(name: string): number | undefined {
  if (!existsSync(pidFile(name))) return undefined;
  const pid = Number(readFileSync(pidFile(name), 'utf8'));
  return isAlive(pid) ? pid : undefined;
}

/** A zombie is none: its parent, the stand-in that started it, is gone, and whoever took it on may not have looked yet. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function pidFile(name: string): string {
  return join(folder(), `${name}.pid`);
}

function logOf(name: string): string {
  return join(folder(), `${name}.log`);
}

function folder(): string {
  const path = join(process.env['HOME'] ?? '', '.running-acm');
  mkdirSync(path, { recursive: true });
  return path;
}
