/** Unit files, as far as the laws about them need to read them. */
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** What a unit says, by section and key: every value that was given, in order. */
export class UnitFile {
  readonly #values = new Map<string, string[]>();
  /** Without its ending. */
  readonly name: string;

  constructor(readonly path: string) {
    this.name = basename(path, '.service');
    let section = '';
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      section = /^\[(\w+)\]$/.exec(line)?.[1] ?? section;
      const [, key, value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
      if (key === undefined) continue;
      const place = `${section}.${key}`;
      this.#values.set(place, [...(this.#values.get(place) ?? []), value]);
    }
  }

  all(place: string): readonly string[] {
    return this.#values.get(place) ?? [];
  }

  /** The value of something that is said once. */
  one(place: string): string {
    const [value = '', ...more] = this.all(place);
    if (more.length > 0) throw new Error(`${this.name} says ${place} several times`);
    return value;
  }

  /** Everything that it says, `Section.Key=value` each. */
  get lines(): string[] {
    return [...this.#values].flatMap(([place, values]) => values.map((value) => `${place}=${value}`));
  }
}

/** All units of the project. */
export const UNITS = globSync('sidecar/systemd/*.service')
  .sort()
  .map((path) => new UnitFile(path));
