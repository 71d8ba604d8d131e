/** A clone in which the project was built, and cheap copies of it, so that a document cannot touch what others read. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { REPOSITORY } from './repository.js';

const BUILD_MS_MAX = 120_000;

/** A directory of the documents' tests, with the built clone in it. */
export class Workshop {
  readonly directory = mkdtempSync(join(tmpdir(), 'acm-docs-'));
  readonly #clone = join(this.directory, 'clone');

  constructor() {
    const listed = git('ls-files', '-z', '--cached', '--others', '--exclude-standard');
    for (const file of listed
      .split('\0')
      .filter((each) => each !== '' && existsSync(join(REPOSITORY, each)))) {
      mkdirSync(dirname(join(this.#clone, file)), { recursive: true });
      cpSync(join(REPOSITORY, file), join(this.#clone, file), { preserveTimestamps: true });
    }
    this.#linkPackages();
    this.#build();
  }

  /** A room for one document: a copy of the clone and an empty home. */
  roomFor(document: string): string {
    const room = mkdtempSync(join(this.directory, `${document.replace(/\W/g, '-')}-`));
    execFileSync('cp', ['-a', this.#clone, join(room, 'clone')]);
    mkdirSync(join(room, 'home'));
    return room;
  }

  close(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Each package is a link, so that what a document installs or builds stays in its room. */
  #linkPackages(): void {
    const [from, to] = [join(REPOSITORY, 'node_modules'), join(this.#clone, 'node_modules')];
    mkdirSync(to);
    for (const name of readdirSync(from)) {
      if (name.startsWith('.')) continue;
      symlinkSync(join(from, name), join(to, name));
    }
    cpSync(join(from, '.bin'), join(to, '.bin'), { recursive: true, verbatimSymlinks: true });
    writeFileSync(join(to, '.installed'), '');
  }

  /** `make test` has built already; where this suite is run by itself, it builds. */
  #build(): void {
    const isBuilt = spawnSync('make', ['--question', 'build'], { cwd: REPOSITORY }).status === 0;
    if (isBuilt) cpSync(join(REPOSITORY, 'dist'), join(this.#clone, 'dist'), { recursive: true });
    else
      execFileSync('npm', ['run', '--silent', 'build'], {
        cwd: this.#clone,
        stdio: 'pipe',
        timeout: BUILD_MS_MAX,
      });
    const acm = join(this.#clone, 'node_modules/.bin/acm');
    rmSync(acm, { force: true });
    symlinkSync('../../dist/sidecar/main.js', acm);
    writeFileSync(join(this.#clone, 'dist/.built'), '');
  }
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: REPOSITORY, encoding: 'utf8' });
}
