import { demand } from './complaint.js';
import { hand } from './real-program.js';

/** Here everybody is root. As the user `postgres`, one is that role of the database. */
export function sudo(args: readonly string[]): void {
  const withUser = args[0] === '-u' || args[0] === '--user';
  const [program, ...rest] = withUser ? args.slice(2) : args;
  demand(program !== undefined, 'it needs a command');
  hand(program, rest, withUser && args[1] === 'postgres' ? { PGUSER: 'postgres' } : {});
}
