import { demand } from './complaint.js';
import { become } from './real-program.js';

/** What would install or measure is looked at alone: the packages are there already. */
export function npm(args: readonly string[]): void {
  const [verb = ''] = args;
  if (verb === 'run') {
    become('npm', args);
    return;
  }
  demand(['ci', 'audit'].includes(verb), `documents here have no need of npm ${verb}`);
}
