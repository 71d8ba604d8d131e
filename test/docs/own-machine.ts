/**
 * What looks like a machine of its own to a document: its own loopback with every port free, its own names, and its own
 * /etc, /usr and /var, which are those of this machine until something is written there. All of it goes with the last process.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** In the environment of what runs: `yes` where it may write wherever it likes. */
export const OWN_MACHINE = 'ACM_DOCS_OWN_MACHINE';

const OWN_FOLDERS = '/etc /home /opt /run /srv /usr /var';

const PREPARE = `
ip link set lo up
mount -t tmpfs layers "$1/layers"
export ${OWN_MACHINE}=yes
for each in ${OWN_FOLDERS}; do
  [ -d "$each" ] || continue
  mkdir -p "$1/layers$each/new" "$1/layers$each/work"
  mount -t overlay overlay -o "lowerdir=$each,upperdir=$1/layers$each/new,workdir=$1/layers$each/work" "$each" 2>/dev/null || ${OWN_MACHINE}=no
done
mount --bind "$1/hosts" /etc/hosts || exit 1
shift
exec "$@"
`;
const UNSHARE = [
  ...['setpriv', '--pdeathsig', 'KILL'],
  ...['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
];

/** What comes before a command that is to run on such a machine, in which `names` all lead to loopback. */
export function ownMachine(room: string, names: readonly string[]): string[] {
  mkdirSync(join(room, 'layers'), { recursive: true });
  writeFileSync(join(room, 'hosts'), `127.0.0.1 localhost ${names.join(' ')}\n::1 localhost\n`);
  return [...UNSHARE, 'sh', '-c', PREPARE, 'sh', room];
}

/** Why there can be none here: most often because nobody but root may make one. */
export function complaintOfOwnMachine(room: string): string | undefined {
  const [program = '', ...args] = ownMachine(room, []);
  const { status, stderr, error } = spawnSync(program, [...args, 'true'], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  return status === 0 ? undefined : (error?.message ?? (stderr.trim() || `status ${status}`));
}
