/** The commands of a block, each with all of its lines, as a shell reads them. */
import { spawnSync } from 'node:child_process';

export interface Command {
  readonly text: string;
  readonly line: number;
}

/** @param line of the first line of `text`. */
export function commandsOf(text: string, line: number): Command[] {
  const commands: Command[] = [];
  let begun: string[] = [];
  for (const [index, each] of text.split('\n').entries()) {
    if (begun.length === 0 && /^\s*(#.*)?$/.test(each)) continue;
    begun.push(each);
    if (!isWhole(begun.join('\n'))) continue;
    commands.push({ text: begun.join('\n'), line: line + index + 1 - begun.length });
    begun = [];
  }
  if (begun.length > 0) throw new Error(`line ${line}: this command has no end:\n${begun.join('\n')}`);
  return commands;
}

/** bash itself says whether a line goes on: by a backslash, an open quote, an open `if`, or a here-document. */
function isWhole(text: string): boolean {
  if (/\\$/.test(text)) return false;
  const { status, stderr } = spawnSync('bash', ['-n', '-c', text], { encoding: 'utf8' });
  if (status !== 0 && !/unexpected (EOF|end of file)/.test(stderr)) throw new Error(`${text}\n${stderr}`);
  return status === 0 && stderr === '';
}
