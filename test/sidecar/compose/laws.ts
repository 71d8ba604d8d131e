/** What holds for every service of compose.yaml. Each law returns what is wrong, a sentence each. */
import { existsSync, readFileSync } from 'node:fs';
import { type Config, loadConfig, SETTINGS } from '../../../src/config.js';
import { ConfigError } from '../../../src/errors.js';
import type { Setting } from '../../../src/settings/setting.js';
import { isAcm, type Project, pathOutside, ROOT, type Service } from './project.js';

type Law = (name: string, service: Service, project: Project) => readonly (string | false)[];

/** What stopping takes beyond ACM_DRAIN_MS (sidecar/run-process.ts), and as much again. */
const STOP_MS_EXTRA = 4_000;
const PACKAGE_VERSION = String(JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')).version);

const isHardened: Law = (_, service) => {
  const { user, cap_drop, security_opt, logging } = service as Record<string, unknown>;
  const uid = Number(String(user ?? '0').split(':')[0]);
  return [
    !(uid > 0) && 'user: runs as root, or as whoever its image says',
    service['read_only'] !== true && 'read_only: its root file system can be written to',
    JSON.stringify(cap_drop) !== '["ALL"]' && 'cap_drop: keeps capabilities',
    JSON.stringify(security_opt) !== '["no-new-privileges:true"]' && 'security_opt: may gain privileges',
    ...['cap_add', 'privileged', 'devices', 'pid', 'ipc', 'userns_mode', 'group_add'].map(
      (key) => service[key] !== undefined && `${key}: is taken`,
    ),
    ...['pids_limit', 'mem_limit', 'cpus', 'stop_grace_period', 'restart'].map(
      (key) => service[key] === undefined && `${key}: is not set`,
    ),
    (logging as { options?: Record<string, string> } | undefined)?.options?.['max-size'] === undefined &&
      'logging: grows without end',
  ];
};

const isPinned: Law = (_, { image }) => {
  const tag = image.slice(image.lastIndexOf(':') + 1);
  return [
    !/^v?\d+\.\d+(\.\d+)?(-[a-z]+)?$/.test(tag) && `image: ${image} is not at one version`,
    image.startsWith('acm-') && tag !== PACKAGE_VERSION && `image: ${image} is not ${PACKAGE_VERSION}`,
  ];
};

const staysOnThisMachine: Law = (_, { ports = [], networks = {}, network_mode: mode = '' }, project) => [
  ...ports.map(
    ({ host_ip, published }) => host_ip !== '127.0.0.1' && `ports: ${published} is not on 127.0.0.1`,
  ),
  ports.length === 0 && 'outside' in networks && 'networks: is in outside without a published port',
  ...Object.keys(networks).map(
    (network) =>
      network !== 'outside' &&
      project.networks[network]?.internal !== true &&
      `networks: ${network} leads out`,
  ),
  mode !== '' && !mode.startsWith('service:') && `network_mode: is ${mode}`,
];

const mountsWhatIsThere: Law = (_, { volumes = [], build }) => [
  ...volumes.flatMap(({ type, source, target, read_only }) => [
    type === 'bind' && !existsSync(source) && `volumes: there is no ${source}`,
    type === 'bind' && read_only !== true && `volumes: ${target} can be written to`,
    source.endsWith('.sock') && `volumes: ${source} is a socket of this machine`,
  ]),
  build !== undefined &&
    !existsSync(`${build.context}/${build.dockerfile}`) &&
    'build: there is no Dockerfile',
];

const isWaitedFor: Law = (_, { healthcheck, depends_on = {}, network_mode: mode = '' }, { services }) => [
  healthcheck?.disable !== true &&
    healthcheck?.test === undefined &&
    'healthcheck: says neither how nor that there is none',
  ...Object.entries(depends_on).flatMap(([other, { condition }]) => [
    condition === 'service_healthy' &&
      services[other]!.healthcheck?.test === undefined &&
      `depends_on: ${other} never says that it is healthy`,
    condition === 'service_completed_successfully' &&
      services[other]!.restart !== 'no' &&
      `depends_on: ${other} never ends`,
  ]),
  mode.startsWith('service:') &&
    !(mode.slice('service:'.length) in depends_on) &&
    `depends_on: not on ${mode}`,
];

const readsWhatItIsTold: Law = (_, service) => {
  if (!isAcm(service)) return [];
  const process = service.command![0];
  const readers = service.healthcheck?.test?.[1] === 'acm' ? [process, 'client commands'] : [process];
  const settings = new Map<string, Setting>(
    Object.values<Setting>(SETTINGS).map((each) => [each.name, each]),
  );
  const isRead = (variable: string): boolean =>
    settings.get(variable)?.usedBy.some((reader) => readers.includes(reader)) ?? false;
  return [
    ...Object.keys(service.environment ?? {}).map(
      (variable) => !isRead(variable) && `environment: ${variable} is read by nobody there`,
    ),
    ...mistakesOf(service),
  ];
};

const stopsInTime: Law = (_, service) => {
  if (!isAcm(service) || mistakesOf(service).length > 0) return [];
  return [
    durationMs(service.stop_grace_period ?? '0s') < configOf(service).drainMs + STOP_MS_EXTRA &&
      'stop_grace_period: is shorter than ACM_DRAIN_MS and what follows',
  ];
};

/** Of `20s` and `1m0s`, as docker-compose writes it. */
function durationMs(text: string): number {
  const [, minutes = 0, seconds = 0] = /^(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
  return (Number(minutes) * 60 + Number(seconds)) * 1_000;
}

/** What acm would make of the environment there. @throws ConfigError */
export function configOf(service: Service): Config {
  const { ACM_CONFIG: file = '', ...rest } = service.environment ?? {};
  return loadConfig({ ...rest, ACM_CONFIG: pathOutside(service, file) });
}

function mistakesOf(service: Service): string[] {
  try {
    configOf(service);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [`environment: ${error.message}`];
  }
}

const LAWS = [
  isHardened,
  isPinned,
  staysOnThisMachine,
  mountsWhatIsThere,
  isWaitedFor,
  readsWhatItIsTold,
  stopsInTime,
];

/** Everything that is wrong with a project, `service: key: sentence` each. */
export function complaintsOf(project: Project): string[] {
  return Object.entries(project.services).flatMap(([name, service]) =>
    LAWS.flatMap((law) => law(name, service, project))
      .filter((complaint) => complaint !== false)
      .map((complaint) => `${name}: ${complaint}`),
  );
}
