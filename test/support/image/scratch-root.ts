/**
 * A root directory to build an image in and to run it, without a Docker engine. Programs and libraries are this machine's,
 * and cannot be written to; /usr/local has the project's Node and the machine's npm, as the base image has its own; all
 * else is empty. It takes root, and the kernel unmounts everything with the last process that sees it.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What a base image of Debian has. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/etc'];
const EMPTY = ['/dev', '/opt', '/proc', '/root', '/run', '/tmp', '/usr-local/bin', '/var/lib'];

/** The root is $1; "what" and "where" of each mount follow, with how it is mounted before them; then -- and a command. */
const MOUNT = `
set -e
root=$1; shift
mount --bind "$root" "$root"
while [ "$1" != -- ]; do
  mount --bind "$2" "$root$3"
  [ "$1" = rw ] || mount -o remount,bind,ro "$root$3"
  shift 3
done
shift
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
`;
const SEAL = 'mount -o remount,bind,ro "$root"; ip link set lo up\n';
const ENTER = 'exec chroot "$root" "$@"\n';
/** Process numbers and a loopback of its own, and it ends with who has started it. */
const APART = ['--net', '--pid', '--fork', '--kill-child'];

/** A directory of this machine, and the path in the root where it is seen. */
export interface Volume {
  readonly what: string;
  readonly where: string;
}

/** Why there can be no such root here, in a few words; undefined where there can be. */
export function complaintOfScratchRoot(): string | undefined {
  if (process.getuid?.() !== 0) return 'it takes root';
  try {
    execFileSync('unshare', ['--mount', '--net', '--pid', '--fork', 'mount', '--bind', '/etc', '/etc'], {
      stdio: 'pipe',
    });
    return undefined;
  } catch (error) {
    return (error as Error).message.split('\n').at(-1);
  }
}

interface Mount extends Volume {
  readonly mode: 'ro' | 'rw';
}

/** Who runs a command, and where. */
export interface Place {
  /** A path in the root. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  /** uid:gid, who then has no rights beside that; root without. */
  readonly user?: string;
}

export class ScratchRoot {
  readonly directory = mkdtempSync(join(tmpdir(), 'acm-image-'));
  readonly #mounts: Mount[] = [];

  constructor() {
    // Whoever runs in there has to get in.
    chmodSync(this.directory, 0o755);
    for (const path of EMPTY) mkdirSync(this.at(path), { recursive: true });
    for (const path of SYSTEM) this.#borrow(path);
    this.#mounts.push({ mode: 'rw', what: this.at('/usr-local'), where: '/usr/local' });
    this.#addNode();
  }

  /** Where a path in the root lies on this machine. What is in /usr/local lies beside. */
  at(path: string): string {
    return join(this.directory, path.replace(/^\/usr\/local(?=\/|$)/, '/usr-local'));
  }

  /** Makes a directory of this machine visible, and what is written there lasts. */
  share(what: string, where: string): void {
    mkdirSync(this.at(where), { recursive: true });
    this.#mounts.push({ mode: 'rw', what, where });
  }

  /** The command line that runs a step of a build. */
  buildLine(place: Place, command: readonly string[]): string[] {
    return this.#line([], MOUNT, this.#mounts, place, command);
  }

  /** The command line that runs a container: nothing can be written there but its volumes. */
  containerLine(place: Place, command: readonly string[], volumes: readonly Volume[]): string[] {
    const sealed = this.#mounts.map((mount) => ({ ...mount, mode: 'ro' as const }));
    const opened = volumes.map((volume) => ({ ...volume, mode: 'rw' as const }));
    return this.#line(APART, MOUNT + SEAL, [...sealed, ...opened], place, command);
  }

  #line(
    namespaces: readonly string[],
    script: string,
    mounts: readonly Mount[],
    place: Place,
    command: readonly string[],
  ): string[] {
    const triples = mounts.flatMap(({ mode, what, where }) => [mode, what, where]);
    return [
      ...['unshare', '--mount', ...namespaces, 'sh', '-c', script + ENTER, 'sh'],
      ...[this.directory, ...triples, '--', ...entering(place, command)],
    ];
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #borrow(path: string): void {
    const what = lstatSync(path, { throwIfNoEntry: false });
    if (what?.isSymbolicLink()) symlinkSync(readlinkSync(path), this.at(path));
    else if (what?.isDirectory()) {
      mkdirSync(join(this.directory, path));
      this.#mounts.push({ mode: 'ro', what: path, where: path });
    }
  }

  #addNode(): void {
    const node = '/usr/local/bin/node';
    writeFileSync(this.at(node), '');
    this.#mounts.push({ mode: 'ro', what: realpathSync(process.execPath), where: node });
    const npm = realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim());
    const home = dirname(dirname(npm));
    if (!home.startsWith('/usr/') || home.startsWith('/usr/local/')) this.share(home, home);
    writeFileSync(this.at('/usr/local/bin/npm'), `#!/bin/sh\nexec node ${npm} "$@"\n`, { mode: 0o755 });
  }
}

/** A command as `docker run` starts it: with nothing of this machine's environment. */
export function entering({ directory, env, user }: Place, command: readonly string[]): string[] {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return [...becoming(user), 'env', '-i', '-C', directory, ...variables, ...command];
}

function becoming(user: string | undefined): string[] {
  if (user === undefined) return [];
  const [uid, gid] = user.split(':');
  const nothing = [
    '--clear-groups',
    '--bounding-set=-all',
    '--inh-caps=-all',
    '--no-new-privs',
    '--pdeathsig=KILL',
  ];
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, ...nothing];
}
