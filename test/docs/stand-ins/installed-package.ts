/** What is there once our Debian package was installed: settings, configurations of switches, `acm`, the running sidecar. */
import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { demand } from './complaint.js';
import { startUnit } from './systemd.js';

/** The package itself is built, installed and started for real in test/sidecar/debian. */
export async function installPackage(): Promise<void> {
  demand(process.env['ACM_DOCS_OWN_MACHINE'] === 'yes', 'this machine is not ours to install something on');
  cpSync('sidecar/debian/etc', '/etc/acm', { recursive: true, force: false });
  for (const each of ['kamailio', 'freeswitch', 'opensips', 'drachtio'])
    cpSync(join('sidecar', each), join('/usr/share/acm', each), { recursive: true });
  rmSync('/usr/lib/acm', { recursive: true, force: true });
  mkdirSync('/usr/lib/acm/bin', { recursive: true });
  symlinkSync(process.execPath, '/usr/lib/acm/bin/node');
  symlinkSync(resolve('dist'), '/usr/lib/acm/dist');
  // Before the one of the clone.
  const acm = join(ownFolder(), 'acm');
  cpSync('sidecar/debian/acm', acm);
  chmodSync(acm, 0o755);
  await startUnit('acm-sidecar');
}

/** The folder of the stand-ins, which is the first on the PATH. */
function ownFolder(): string {
  const [first = ''] = (process.env['PATH'] ?? '').split(':');
  return dirname(join(first, 'acm'));
}
