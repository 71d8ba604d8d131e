import { existsSync } from 'node:fs';
import { demand } from './complaint.js';

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

/** Units must be there, ours in sidecar/systemd. */
export function systemctl(args: readonly string[]): void {
  const [verb = '', ...units] = args.filter((arg, index) => !arg.startsWith('-') && args[index - 1] !== '-p');
  demand(VERBS.has(verb), `it has no verb "${verb}"`);
  for (const unit of units) checkUnit(unit);
}

export async function journalctl(args: readonly string[]): Promise<void> {
  for (const [index, arg] of args.entries()) if (args[index - 1] === '-u') checkUnit(arg);
  console.log('-- no entries --');
  if (args.some((arg) => /^(-\w*f\w*|--follow)$/.test(arg)))
    await new Promise((resolve) => setTimeout(resolve, 600_000));
}

function checkUnit(unit: string): void {
  const name = unit.replace(/\.service$/, '');
  const repository = process.env['ACM_DOCS_REPOSITORY'] ?? '.';
  const isThere = OTHERS.has(name) || existsSync(`${repository}/sidecar/systemd/${name}.service`);
  demand(isThere, `there is no unit ${unit}`);
}
