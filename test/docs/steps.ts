/** What a reader of a document does, in order. */
import { blocksOf } from './markdown.js';
import { type Command, commandsOf } from './whole-commands.js';

export type Step =
  /** Typed into the reader's one shell, and must succeed. */
  | { readonly kind: 'run'; readonly line: number; readonly command: Command }
  /** Typed, and must print this. */
  | { readonly kind: 'compare'; readonly line: number; readonly command: Command; readonly expected: string }
  /** Started in a terminal of its own, where it runs until the document ends. */
  | { readonly kind: 'start'; readonly line: number; readonly text: string }
  /** Ctrl-C in the terminal in which this was started. */
  | { readonly kind: 'stop'; readonly line: number; readonly program: string };

const OWN_TERMINAL = '# in a terminal of its own';
const STOP = /^# stop (.+): Ctrl-C in its terminal$/;

export function stepsOf(markdown: string): Step[] {
  return blocksOf(markdown).flatMap(({ language, text, line }): Step[] => {
    if (language === 'console') return comparisonsOf(text, line);
    if (language !== 'sh') return [];
    const [first = ''] = text.split('\n');
    if (first === OWN_TERMINAL) return [{ kind: 'start', line, text }];
    const stop = STOP.exec(first)?.[1];
    const steps: Step[] = stop === undefined ? [] : [{ kind: 'stop', line, program: stop }];
    for (const command of commandsOf(text, line)) steps.push({ kind: 'run', line: command.line, command });
    return steps;
  });
}

/** Each `$ command` with the lines up to the next. */
function comparisonsOf(text: string, line: number): Step[] {
  const steps: Step[] = [];
  const lines = text.split('\n');
  for (const [index, each] of lines.entries()) {
    if (!each.startsWith('$ ')) continue;
    const rest = lines.slice(index + 1);
    const end = rest.findIndex((one) => one.startsWith('$ '));
    steps.push({
      kind: 'compare',
      line: line + index,
      command: { text: each.slice(2), line: line + index },
      expected: rest.slice(0, end < 0 ? undefined : end).join('\n'),
    });
  }
  return steps;
}

/** All that is typed anywhere in a document. */
export function typedIn(markdown: string): string {
  return stepsOf(markdown)
    .map((step) => (step.kind === 'start' ? step.text : step.kind === 'stop' ? '' : step.command.text))
    .join('\n');
}
