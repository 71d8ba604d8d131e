/** The blocks of code in a Markdown document, fenced or indented, and where they begin. */
export interface Block {
  /** The word behind the fence; empty where there is none; `indented` for a block without a fence. */
  readonly language: string;
  readonly text: string;
  /** Line of its first line of text, from 1. */
  readonly line: number;
}

const FENCE = /^( *)(`{3,}|~{3,}) *([^`\s]*)/;

/** All blocks, in their order. A fence within a list may be indented; its text is then taken without that. */
export function blocksOf(markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const fence = FENCE.exec(lines[at]!);
    if (fence !== null) {
      const [, indent = '', marks = '', language = ''] = fence;
      const end = lines.findIndex((line, index) => index > at && line.trim().startsWith(marks));
      if (end < 0) throw new Error(`the fence of line ${at + 1} is never closed`);
      const text = lines
        .slice(at + 1, end)
        .map((line) => line.slice(Math.min(indent.length, indentOf(line))));
      blocks.push({ language, text: text.join('\n'), line: at + 2 });
      at = end;
    } else if (beginsIndented(lines, at)) {
      const end = lines.findIndex((line, index) => index > at && !/^( {4}|\s*$)/.test(line));
      const text = lines.slice(at, end < 0 ? undefined : end).map((line) => line.slice(4));
      blocks.push({ language: 'indented', text: text.join('\n').trimEnd(), line: at + 1 });
      at += text.length - 1;
    }
  }
  return blocks;
}

/** An indented block stands after an empty line, and not in a list, where the same indent only continues the item. */
function beginsIndented(lines: readonly string[], at: number): boolean {
  if (!/^ {4}\S/.test(lines[at]!) || (at > 0 && lines[at - 1]!.trim() !== '')) return false;
  const before = lines.slice(0, at).findLast((line) => /^\S/.test(line)) ?? '';
  return !/^([-*+]|\d+\.) /.test(before);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** The text outside of blocks, as it stands; blocks are left out line by line, so that lines keep their numbers. */
export function proseOf(markdown: string): string {
  const lines = markdown.split('\n');
  for (const { language, text, line } of blocksOf(markdown)) {
    const fences = language === 'indented' ? 0 : 1;
    const length = text.split('\n').length;
    lines.fill('', line - 1 - fences, line - 1 + length + fences);
  }
  return lines.join('\n');
}
