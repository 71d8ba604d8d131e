/** Whether a process, or one that it has started, listens or is connected somewhere, as /proc tells. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** States of /proc/net/tcp: established, listening; of /proc/net/udp: bound. */
const OPEN = new Set(['01', '07', '0A']);

export function holdsSocket(pid: number): boolean {
  const inodes = openInodes();
  return familyOf(pid).some((each) => socketsOf(each).some((inode) => inodes.has(inode)));
}

function openInodes(): Set<string> {
  const found = new Set<string>();
  for (const table of ['tcp', 'tcp6', 'udp', 'udp6']) {
    for (const line of read(`/proc/net/${table}`).split('\n').slice(1)) {
      const cells = line.trim().split(/\s+/);
      if (OPEN.has(cells[3] ?? '')) found.add(cells[9]!);
    }
  }
  return found;
}

function familyOf(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(familyOf)];
}

/** Nothing, where the process has ended meanwhile. */
function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      return inode === undefined ? [] : [inode];
    });
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
