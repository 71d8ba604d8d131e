/** What a build may copy from: the files of a directory that its .dockerignore leaves over. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';

/** One line of .dockerignore. */
interface Pattern {
  readonly path: string;
  readonly matches: RegExp;
  /** It begins with `!`. */
  readonly keeps: boolean;
}

export class BuildContext {
  readonly #patterns: readonly Pattern[];

  constructor(readonly directory: string) {
    const file = join(directory, '.dockerignore');
    this.#patterns = existsSync(file) ? patternsIn(readFileSync(file, 'utf8')) : [];
  }

  /** Whether a path that is relative to the directory is there, and not ignored. */
  has(path: string): boolean {
    return this.#isKept(path) && existsSync(join(this.directory, path));
  }

  /** A directory that is ignored may hold what is not. */
  mayHold(path: string): boolean {
    const within = `${posix.normalize(path)}/`;
    return this.has(path) || this.#patterns.some(({ path: kept, keeps }) => keeps && kept.startsWith(within));
  }

  isDirectory(path: string): boolean {
    return statSync(join(this.directory, path)).isDirectory();
  }

  /** The last pattern that matches the path, or a directory that it is in, decides. */
  #isKept(path: string): boolean {
    const parts = posix.normalize(path).split('/');
    const lineage = parts.map((_, depth) => parts.slice(0, depth + 1).join('/'));
    const last = this.#patterns.findLast(({ matches }) => lineage.some((each) => matches.test(each)));
    return last === undefined || last.keeps;
  }
}

function patternsIn(text: string): Pattern[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const path = posix.normalize(line.replace(/^!/, '').trim()).replace(/^\/|\/$/g, '');
      return { path, matches: globOf(path), keeps: line.startsWith('!') };
    });
}

/** As Go matches paths: unlike a shell's, its `*` takes names that begin with a dot. */
function globOf(path: string): RegExp {
  const source = path
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/?|\*|\?/g, (mark) => (mark.startsWith('**') ? '.*' : `[^/]${mark === '*' ? '*' : ''}`));
  return new RegExp(`^${source}$`);
}
