/**
 * Builds an image as `docker build` does, as far as our Dockerfile goes: stages one after the other, each in a root of its own,
 * each step run or copied as it stands. The base image is a ScratchRoot. It has no layers and no cache, and what it does not
 * know it refuses.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { promisify } from 'node:util';
import type { BuildContext } from './build-context.js';
import type { Stage, Step } from './parsed-dockerfile.js';
import { type Place, ScratchRoot } from './scratch-root.js';

const RUN_MS_MAX = 150_000;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What `docker image inspect` shows, and the root. */
export interface Image {
  readonly root: ScratchRoot;
  readonly env: Readonly<Record<string, string>>;
  readonly labels: ReadonlyMap<string, string>;
  readonly directory: string;
  readonly user: string;
  readonly volumes: readonly string[];
  readonly stopSignal: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
}

export interface BuildOptions {
  readonly stages: readonly Stage[];
  readonly context: BuildContext;
  /** What the machine that builds gives to RUN, as --build-arg does for proxies. */
  readonly env: Readonly<Record<string, string>>;
  /** Directories of this machine that RUN may use, as cache mounts are used: what, where. */
  readonly shared: readonly (readonly [what: string, where: string])[];
}

/** @returns the last stage; the others are removed. @throws Error for a step that fails. */
export async function buildImage(options: BuildOptions): Promise<Image> {
  const built = new Map<string, StageBuild>();
  try {
    let last: StageBuild | undefined;
    for (const stage of options.stages) {
      last = new StageBuild(options, built);
      built.set(stage.name, last);
      for (const step of stage.steps) await last.take(step);
    }
    built.delete(options.stages.at(-1)?.name ?? '');
    return last!.image;
  } finally {
    for (const { image } of built.values()) image.root.remove();
  }
}

class StageBuild {
  readonly image: { -readonly [K in keyof Image]: Image[K] } = {
    root: new ScratchRoot(),
    env: { PATH },
    labels: new Map(),
    directory: '/',
    user: '0:0',
    volumes: [],
    stopSignal: 'SIGTERM',
    entrypoint: [],
    command: [],
    healthCheck: [],
  };

  constructor(
    private readonly options: BuildOptions,
    private readonly earlier: ReadonlyMap<string, StageBuild>,
  ) {
    for (const [what, where] of options.shared) this.image.root.share(what, where);
  }

  async take(step: Step): Promise<void> {
    const { image } = this;
    switch (step.keyword) {
      case 'WORKDIR':
        image.directory = posix.resolve(image.directory, step.words[0]);
        mkdirSync(image.root.at(image.directory), { recursive: true });
        return;
      case 'RUN':
        return this.#run(step);
      case 'COPY':
        return this.#copy(step);
      case 'ENV':
        image.env = { ...image.env, ...Object.fromEntries(step.properties) };
        return;
      case 'LABEL':
        image.labels = new Map([...image.labels, ...step.properties]);
        return;
      case 'USER':
        image.user = step.words[0];
        return;
      case 'VOLUME':
        image.volumes = [...image.volumes, ...step.words];
        return;
      case 'STOPSIGNAL':
        image.stopSignal = step.words[0];
        return;
      case 'ENTRYPOINT':
        image.entrypoint = step.exec!;
        return;
      case 'CMD':
        image.command = step.exec!;
        return;
      case 'HEALTHCHECK':
        image.healthCheck = step.exec!;
        return;
      case 'EXPOSE':
        return;
      default:
        throw new Error(`line ${step.line}: ${step.keyword} is not known here`);
    }
  }

  async #run({ text, line }: Step): Promise<void> {
    const { root, env, directory, user } = this.image;
    const place: Place = {
      directory,
      env: { ...this.options.env, ...env },
      ...(user === '0:0' ? {} : { user }),
    };
    const [program, ...args] = root.buildLine(place, ['/bin/sh', '-c', text]);
    const bounds = { timeout: RUN_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX };
    await promisify(execFile)(program, args, bounds).catch(
      (error: Error & { stdout: string; stderr: string }) => {
        throw new Error(`line ${line}: RUN ${text}: ${error.message}\n${error.stdout}\n${error.stderr}`);
      },
    );
  }

  #copy({ words, flags, line }: Step): void {
    const from = flags.get('from');
    const sources = words.slice(0, -1);
    const given = words.at(-1)!;
    const target = posix.resolve(this.image.directory, given);
    const intoDirectory = given.endsWith('/') || sources.length > 1;
    for (const source of sources) {
      if (from === undefined) this.#copyFromContext(source, target, intoDirectory, line);
      else {
        const stage = this.earlier.get(from);
        if (stage === undefined) throw new Error(`line ${line}: there is no stage ${from} before it`);
        copy(stage.image.root.at(source), this.image.root.at(target));
      }
    }
  }

  #copyFromContext(source: string, target: string, intoDirectory: boolean, line: number): void {
    const { context } = this.options;
    if (!context.mayHold(source)) throw new Error(`line ${line}: the context has no ${source}`);
    const { root } = this.image;
    const from = join(context.directory, source);
    // Of a directory Docker copies what is in it.
    if (context.isDirectory(source))
      copy(from, root.at(target), (path) => context.mayHold(posix.relative(context.directory, path) || '.'));
    else copy(from, root.at(intoDirectory ? posix.join(target, basename(source)) : target));
  }
}

function copy(from: string, to: string, filter: (path: string) => boolean = () => true): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, filter });
}
