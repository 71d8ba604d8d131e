/** Writes the settings files of the Debian package, /etc/acm/*.env, from SETTINGS and from what the units say themselves. */
import { readFileSync, writeFileSync } from 'node:fs';
import { SETTINGS } from '../src/config.js';
import type { Setting } from '../src/settings/setting.js';

/** The processes that have a unit, by the names of their settings files. */
const PROCESSES = { sidecar: 'serve', 'sip-agent': 'sip-agent', 'lumadb-gateway': 'lumadb-gateway' } as const;

export type EnvironmentFile = keyof typeof PROCESSES;
export const ENVIRONMENT_FILES = Object.keys(PROCESSES) as EnvironmentFile[];

export function environmentFileUrl(name: EnvironmentFile): URL {
  return new URL(`../sidecar/debian/etc/${name}.env`, import.meta.url);
}

/** What the unit gives its process: it is the default there. */
function givenByUnit(name: EnvironmentFile): ReadonlyMap<string, string> {
  const unit = readFileSync(new URL(`../sidecar/systemd/acm-${name}.service`, import.meta.url), 'utf8');
  const lines = [...unit.matchAll(/^Environment=(\w+)=(.*)$/gm)];
  return new Map(lines.map(([, variable = '', value = '']) => [variable, value]));
}

/** A settings file with every setting of its process, each commented out, with its default. */
export function environmentFile(name: EnvironmentFile): string {
  const head = comment(
    `Settings of acm-${name}.service. What is commented out is the default; after a change: systemctl restart acm-${name}`,
  );
  const given = givenByUnit(name);
  const settings = Object.values<Setting>(SETTINGS).filter(({ usedBy }) => usedBy.includes(PROCESSES[name]));
  return `${[head, ...settings.map((setting) => entryOf(setting, given))].join('\n\n')}\n`;
}

function entryOf(
  { name, default: preset, unit, takes, sentence }: Setting,
  given: ReadonlyMap<string, string>,
) {
  // That default is the name of the machine, which is another one where this is read.
  const shown = name === 'ACM_SWITCH_ID' ? '' : (given.get(name) ?? preset);
  const takesLine = `Takes ${takes}${unit === '' ? '' : ` (${unit})`}.`;
  return `${comment(sentence)}\n${comment(takesLine)}\n#${name}=${shown}`;
}

/** A comment, broken into lines that fit on a screen. */
function comment(text: string): string {
  const lines = text.match(/\S.{0,105}(?= |$)/g) ?? [];
  return lines.map((line) => `# ${line}`).join('\n');
}

if (import.meta.main)
  for (const name of ENVIRONMENT_FILES) writeFileSync(environmentFileUrl(name), environmentFile(name));
