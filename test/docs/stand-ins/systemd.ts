/** `systemctl`, `systemd-run` and `journalctl`. Our units are started as they stand, but without what systemd itself adds. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { demand } from './complaint.js';
import { hand } from './real-program.js';
import { logged, startAcm, stopAcm } from './running-acm.js';

const VERBS = new Set([
  ...[
    'start',
    'stop',
    'restart',
    'reload',
    'status',
    'enable',
    'disable',
    'is-active',
    'edit',
    'cat',
    'show',
  ],
  ...['daemon-reload', 'try-restart', 'reload-or-restart', 'mask', 'unmask', 'reset-failed', 'list-units'],
]);
/** Units of others that documents speak of. */
const OTHERS = new Set([
  'postgresql',
  'kamailio',
  'freeswitch',
  'opensips',
  'drachtio',
  'prometheus',
  'journald',
]);
const FOREVER_MS = 600_000;
const RUN_OPTION = /^--(?:quiet|pipe|wait|collect|uid=acm|property=EnvironmentFile=(\/\S+)|setenv=(\w+=.*))$/;

export async function systemctl(args: readonly string[]): Promise<void> {
  const [verb = '', ...units] = args.filter((arg, index) => !arg.startsWith('-') && args[index - 1] !== '-p');
  demand(VERBS.has(verb), `it has no verb "${verb}"`);
  for (const each of units) {
    const unit = checkedUnit(each);
    if (OTHERS.has(unit)) continue;
    if (verb === 'stop' || verb === 'restart' || args.includes('--now')) await stopAcm(unit);
    if (verb === 'start' || verb === 'restart' || (verb === 'enable' && args.includes('--now')))
      await startUnit(unit);
  }
}

/** Runs a command to its end, with variables as a unit would give them to it. */
export function systemdRun(args: readonly string[]): void {
  const start = args.findIndex((arg) => !arg.startsWith('-'));
  const env: Record<string, string> = {};
  for (const option of args.slice(0, start)) {
    const [, file, variable] = RUN_OPTION.exec(option) ?? [];
    demand(RUN_OPTION.test(option), `it has no option "${option}"`);
    Object.assign(env, variablesIn(file === undefined ? (variable ?? '') : readFileSync(file, 'utf8')));
  }
  const [program = '', ...rest] = args.slice(start);
  hand(program, rest, env);
}

export async function journalctl(args: readonly string[]): Promise<void> {
  for (const [index, arg] of args.entries())
    if (['-u', '--unit'].includes(args[index - 1] ?? '')) console.log(logged(checkedUnit(arg)));
  if (args.some((arg) => /^(-\w*f\w*|--follow)$/.test(arg)))
    await new Promise((resolve) => setTimeout(resolve, FOREVER_MS));
}

/** What the unit sets, then what the files set that it names; its folders are made, as systemd does. */
export async function startUnit(unit: string): Promise<void> {
  const text = readFileSync(fileOf(unit), 'utf8');
  const values = (key: string): string[] =>
    [...text.matchAll(new RegExp(`^${key}=-?(.*)$`, 'gm'))].map(([, value = '']) => value);
  for (const each of values('StateDirectory')) mkdirSync(`/var/lib/${each}`, { recursive: true });
  for (const each of values('RuntimeDirectory')) mkdirSync(`/run/${each}`, { recursive: true });
  const files = values('EnvironmentFile').map((file) => readFileSync(file, 'utf8'));
  const settings = variablesIn([...values('Environment'), ...files].join('\n'));
  const [program, ...rest] = (values('ExecStart')[0] ?? '').split(' ');
  demand(program === '/usr/bin/acm', `${unit} does not start /usr/bin/acm`);
  await startAcm(unit, rest, settings);
}

function variablesIn(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
}

function checkedUnit(name: string): string {
  const unit = name.replace(/\.service$/, '');
  demand(OTHERS.has(unit) || existsSync(fileOf(unit)), `there is no unit ${name}`);
  return unit;
}

function fileOf(unit: string): string {
  return `${process.env['ACM_DOCS_REPOSITORY'] ?? '.'}/sidecar/systemd/${unit}.service`;
}
