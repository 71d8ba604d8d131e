import { SETTINGS } from '../src/config.js';
import type { Setting } from '../src/settings/setting.js';

/** The environment variables that a command reads, for the end of its help. */
export function settingsHelp(command: Setting['usedBy'][number]): string {
  const settings = Object.values<Setting>(SETTINGS).filter((setting) => setting.usedBy.includes(command));
  const lines = settings.map(
    ({ name, sentence, takes, default: preset }) =>
      `  ${name}\n      ${sentence}\n      ${takes}; default ${preset === '' ? 'nothing' : preset}`,
  );
  return `\nEnvironment variables:\n${lines.join('\n')}\n`;
}
