/** What the kernel knows of processes: the processor time that they used, and the bytes that went over their connections. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Nanoseconds on a processor so far, all threads. */
export function cpuNs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]))
    .reduce((sum, each) => sum + each, 0);
}

/** The same of a process and its children. */
export function familyCpuNs(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return [pid, ...children.map(Number)].reduce((sum, each) => sum + cpuNs(each), 0);
}

export interface WireBytes {
  /** Sent by clients, and by the server, headers of TCP and IP not included. */
  readonly up: number;
  readonly down: number;
}

/** Bytes on the open connections to a port of loopback so far. */
export function wireBytes(port: number): WireBytes {
  const lines = execFileSync('ss', ['-tinHO', 'state', 'established', `( dport = :${port} )`], {
    encoding: 'utf8',
  });
  const sum = (figure: string): number =>
    [...lines.matchAll(new RegExp(` ${figure}:(\\d+)`, 'g'))].reduce(
      (total, [, each]) => total + Number(each),
      0,
    );
  return { up: sum('bytes_acked'), down: sum('bytes_received') };
}
