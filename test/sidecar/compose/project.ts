/** compose.yaml as docker-compose itself understands it. It needs no engine for that. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

export interface Mount {
  readonly type: 'bind' | 'volume' | 'tmpfs';
  readonly source: string;
  readonly target: string;
  readonly read_only?: boolean;
}

export interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly entrypoint: readonly string[] | null;
  readonly command: readonly string[] | null;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly {
    readonly host_ip?: string;
    readonly target: number;
    readonly published: string;
  }[];
  readonly volumes?: readonly Mount[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly networks?: Readonly<Record<string, { readonly aliases?: readonly string[] } | null>>;
  readonly network_mode?: string;
  readonly profiles?: readonly string[];
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly [key: string]: unknown;
}

export interface Project {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** One run of docker-compose, with nothing of this machine's own settings. */
export function compose(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { PATH = '', HOME = '' } = process.env;
  const file = ['-f', 'compose.yaml', '--env-file', '/dev/null'];
  const { error, status, stdout, stderr } = spawnSync(
    `${ROOT}/.tools/bin/docker-compose`,
    [...file, ...args],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: { PATH, HOME, ...env },
      timeout: 30_000,
    },
  );
  if (error !== undefined) throw new Error(`run test/install-tools.sh: ${error.message}`);
  return { status, stdout, stderr };
}

/** The project with these profiles. */
export function readProject(
  profiles: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Project {
  const options = profiles.flatMap((profile) => ['--profile', profile]);
  const { status, stdout, stderr } = compose([...options, 'config', '--format', 'json'], env);
  if (status !== 0) throw new Error(`docker-compose config ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as Project;
}

/** Whether it runs `acm`. */
export function isAcm({ image }: Service): boolean {
  return image.startsWith('acm-sidecar:');
}

/** A file or directory of the container, as it is called on this machine. */
export function pathOutside(service: Service, path: string): string {
  const mount = service.volumes?.find(
    ({ type, target }) => type === 'bind' && (path === target || path.startsWith(`${target}/`)),
  );
  return mount === undefined ? path : mount.source + path.slice(mount.target.length);
}
