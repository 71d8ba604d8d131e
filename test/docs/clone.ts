/** A clone in which the project was built, and cheap copies of it, so that a document cannot touch what others read. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AcmProcess } from '../support/sidecar-process.js';
import { REPOSITORY } from './repository.js';

const BUILD_MS_MAX = 120_000;

/** A directory of the documents' tests, with the built clone in it. */
export class Workshop {
  readonly directory = mkdtempSync(join(tmpdir(), 'acm-docs-'));
  readonly #clone = join(this.directory, 'clone');
  readonly #store = join(this.directory, 'acm-data');

  private constructor() {
    const ignored = readFileSync(join(REPOSITORY, '.gitignore'), 'utf8').split('\n').map(topFolder);
    const leftOut = new Set(['.git', ...ignored].map((name) => join(REPOSITORY, name)));
    cpSync(REPOSITORY, this.#clone, {
      recursive: true,
      preserveTimestamps: true,
      filter: (path) => path === REPOSITORY || !leftOut.has(path),
    });
    this.#linkPackages();
    this.#build();
  }

  static async open(): Promise<Workshop> {
    const workshop = new Workshop();
    await workshop.#makeStore();
    return workshop;
  }

  /** A room for one document: a copy of the clone and an empty home. */
  roomFor(document: string): string {
    const room = mkdtempSync(join(this.directory, `${document.replace(/\W/g, '-')}-`));
    execFileSync('cp', ['-a', this.#clone, join(room, 'clone')]);
    // The first start of all is the newcomer's; for the others it would take longer than what they are about.
    if (document !== 'README.md') execFileSync('cp', ['-a', this.#store, join(room, 'clone')]);
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

  /** An embedded store with nothing in it but its tables. */
  async #makeStore(): Promise<void> {
    const sidecar = new AcmProcess(['serve'], {
      ACM_GRPC_ADDRESS: '127.0.0.1:0',
      API_PORT: '0',
      ACM_DATA_DIR: this.#store,
    });
    try {
      await sidecar.logged('ready');
      sidecar.signal('SIGTERM');
      await sidecar.end();
    } finally {
      await sidecar.kill();
    }
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

/** `dist/` -> `dist`. What git ignores otherwise does no harm in a clone. */
function topFolder(line: string): string {
  return line.replace(/^\/|\/$/g, '');
}
