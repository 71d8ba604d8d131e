/** The Debian package of this checkout, packed fast. */
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BUILD = fileURLToPath(new URL('../../../sidecar/debian/build-deb.sh', import.meta.url));
const BUILD_MS_MAX = 120_000;

/** Builds it into a folder. @returns the path of the package. */
export function buildPackage(folder: string): string {
  execFileSync(BUILD, [folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: BUILD_MS_MAX,
    env: { ...process.env, DPKG_DEB_COMPRESSOR_TYPE: 'none' },
  });
  const [found = ''] = globSync('*.deb', { cwd: folder });
  return join(folder, found);
}
