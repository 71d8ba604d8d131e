import { existsSync, globSync, readdirSync } from 'node:fs';
import { Complaint, demand } from './complaint.js';
import { installPackage } from './installed-package.js';
import { ask } from './real-program.js';

const KNOWN = new Set(['install', 'update', 'upgrade', 'remove', 'purge', 'autoremove']);
/** Our own package, by its name or its file. */
const OURS = /^(.*\/)?acm-sidecar(_.*\.deb)?$/;
const LISTS = '/var/lib/apt/lists';

/** Packages must be known to apt, or be files that are there. */
export async function apt(args: readonly string[]): Promise<void> {
  const [verb = '', ...packages] = args.filter((arg) => !arg.startsWith('-'));
  demand(KNOWN.has(verb), `it has no command "${verb}"`);
  for (const each of packages) {
    if (/[./]/.test(each)) demand(globSync(each).length > 0 || existsSync(each), `there is no file ${each}`);
    else demand(OURS.test(each) || isKnown(each), `Debian has no package ${each}`);
  }
  if (verb === 'install' && packages.some((each) => OURS.test(each))) await installPackage();
}

/** Without lists of packages, as in a bare container, only the form of the name can be looked at. */
function isKnown(name: string): boolean {
  if (!/^[a-z0-9][a-z0-9+.-]+$/.test(name)) throw new Complaint(`${name} is not the name of a package`);
  if (!existsSync(LISTS) || !readdirSync(LISTS).some((each) => each.includes('_Packages'))) return true;
  return ask('apt-cache', ['show', '--no-all-versions', name]).status === 0;
}
