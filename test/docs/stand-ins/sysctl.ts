import { existsSync } from 'node:fs';
import { demand } from './complaint.js';

/** Settings of the kernel must be there; they stay as they are. */
export function sysctl(args: readonly string[]): void {
  for (const arg of args.filter((each) => !each.startsWith('-'))) {
    const [name = ''] = arg.split('=');
    demand(existsSync(`/proc/sys/${name.replaceAll('.', '/')}`), `there is no setting ${name}`);
  }
}
