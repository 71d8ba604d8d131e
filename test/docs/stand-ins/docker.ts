import { existsSync } from 'node:fs';
import { demand } from './complaint.js';
import { composeDown, composeExec, composeUp } from './compose-sidecar.js';
import { ask, toolPath } from './real-program.js';

/** Options of `docker compose` itself that take a value. */
const WITH_VALUE = new Set([
  '-f',
  '--file',
  '--profile',
  '-p',
  '--project-name',
  '--env-file',
  '--project-directory',
]);
/** Commands of compose, and whether what follows them are services. */
const COMPOSE: Readonly<Record<string, 'services' | 'service and command' | 'anything'>> = {
  up: 'services',
  down: 'anything',
  build: 'services',
  pull: 'services',
  ps: 'services',
  logs: 'services',
  stop: 'services',
  start: 'services',
  restart: 'services',
  rm: 'services',
  kill: 'services',
  exec: 'service and command',
  run: 'service and command',
  cp: 'anything',
  config: 'anything',
  port: 'anything',
  version: 'anything',
};
/** Options of these commands that take a value. */
const COMMAND_VALUES = new Set([
  '--scale',
  '--tail',
  '--since',
  '--timeout',
  '-t',
  '-e',
  '--env',
  '-u',
  '--user',
  '-n',
  '-s',
]);
const PLAIN = new Set([
  'build',
  'run',
  'images',
  'ps',
  'pull',
  'push',
  'tag',
  'save',
  'load',
  'inspect',
  'logs',
  'exec',
  'stop',
]);

/** What compose would do is checked by the real docker-compose, which needs no engine for that. */
export async function docker(args: readonly string[]): Promise<void> {
  const [verb = '', ...rest] = args;
  if (verb === 'compose') {
    await compose(rest);
    return;
  }
  demand(PLAIN.has(verb), `it has no command "${verb}" that the tests know`);
  if (verb === 'build') build(rest);
}

function build(args: readonly string[]): void {
  const at = args.findIndex((arg) => arg === '-f' || arg === '--file');
  const file = at < 0 ? 'Dockerfile' : (args[at + 1] ?? '');
  demand(existsSync(file), `there is no ${file}`);
  const context = args.at(-1) ?? '';
  demand(existsSync(context), `there is no folder ${context}`);
}

async function compose(args: readonly string[]): Promise<void> {
  let at = 0;
  while (args[at]?.startsWith('-')) at += WITH_VALUE.has(args[at]!) ? 2 : 1;
  const [own, verb = '', rest] = [args.slice(0, at), args[at], args.slice(at + 1)];
  const takes = COMPOSE[verb];
  demand(takes !== undefined, `compose has no command "${verb}" that the tests know`);
  const services = servicesOf(own);
  for (const name of namedIn(rest, takes))
    demand(services.includes(name), `there is no service ${name}; there are ${services.join(', ')}`);
  if (verb === 'up') await composeUp(own);
  if (verb === 'down' || verb === 'stop') await composeDown();
  if (verb === 'exec') composeExec(rest.slice(rest.findIndex((arg) => !arg.startsWith('-')) + 1));
}

/** The services of these files: naming one turns its profile on. Profiles must exist, since compose takes any. */
function servicesOf(own: readonly string[]): string[] {
  const tool = toolPath('docker-compose');
  demand(existsSync(tool), `run test/install-tools.sh: there is no ${tool}`);
  const known = answer(tool, [...own.filter((_, index) => !isProfile(own, index)), 'config', '--profiles']);
  for (const [index, arg] of own.entries()) {
    const given = arg === '--profile' ? own[index + 1] : /^--profile=(.*)$/.exec(arg)?.[1];
    if (given !== undefined) demand(given === '*' || known.includes(given), `there is no profile ${given}`);
  }
  return answer(tool, [...own, '--profile', '*', 'config', '--services']);
}

function isProfile(own: readonly string[], index: number): boolean {
  return /^--profile/.test(own[index]!) || own[index - 1] === '--profile';
}

function answer(tool: string, args: readonly string[]): string[] {
  const { status, output } = ask(tool, args);
  demand(status === 0, `docker-compose ${args.join(' ')}:\n${output}`);
  return output.split('\n').filter((line) => /^[\w-]+$/.test(line));
}

function namedIn(rest: readonly string[], takes: string): string[] {
  if (takes === 'anything') return [];
  const names = rest.filter(
    (arg, index) => !arg.startsWith('-') && !COMMAND_VALUES.has(rest[index - 1] ?? ''),
  );
  return takes === 'services' ? names : names.slice(0, 1);
}
