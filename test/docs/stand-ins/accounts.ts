import { demand } from './complaint.js';

/** `adduser NAME GROUP`, and whatever makes a user of the system. */
export function adduser(args: readonly string[]): void {
  const names = args.filter((arg) => !arg.startsWith('-'));
  demand(names.length === 1 || names.length === 2, 'it takes a user, and a group perhaps');
  for (const name of names) demand(/^[a-z_][a-z0-9_-]*$/.test(name), `${name} cannot be the name of a user`);
}
