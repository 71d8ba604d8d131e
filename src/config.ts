/**
 * The configuration: environment variables (the tables in src/settings/), and the YAML file that `ACM_CONFIG` names for
 * what has structure (src/config-file.ts). It is read once, at start, frozen, and passed down in slices. This is the
 * only reader of `process.env`.
 */
import type { z } from 'zod';
import { type ConfigFile, EMPTY_CONFIG_FILE, readConfigFile } from './config-file.js';
import { ConfigError } from './errors.js';
import { AGENT_SETTINGS } from './settings/agent-settings.js';
import { RECONCILE_SETTINGS } from './settings/reconcile-settings.js';
import type { Setting } from './settings/setting.js';
import { SHARED_SETTINGS } from './settings/shared-settings.js';
import { SIDECAR_SETTINGS } from './settings/sidecar-settings.js';
import { SIMULATOR_SETTINGS } from './settings/simulator-settings.js';
import { STORE_SETTINGS } from './settings/store-settings.js';
import { SWITCH_SETTINGS } from './settings/switch-settings.js';

/** Every environment variable, in the order in which people meet them. */
export const SETTINGS = {
  ...SIDECAR_SETTINGS,
  ...STORE_SETTINGS,
  ...RECONCILE_SETTINGS,
  ...SWITCH_SETTINGS,
  ...AGENT_SETTINGS,
  ...SIMULATOR_SETTINGS,
  ...SHARED_SETTINGS,
} as const;

type Settings = { readonly [K in keyof typeof SETTINGS]: z.output<(typeof SETTINGS)[K]['schema']> };

/** Everything that a process is told at start. */
export interface Config extends Settings {
  readonly file: ConfigFile;
}

/**
 * Reads the configuration. Variables that are absent or empty have their default.
 * @throws ConfigError with every mistake at once, in the environment and in the YAML file.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const mistakes: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries<Setting>(SETTINGS)) {
    const given = env[setting.name];
    const parsed = setting.schema.safeParse(given === undefined || given === '' ? setting.default : given);
    if (parsed.success) values[key] = parsed.data;
    else
      mistakes.push(
        `${setting.name}: takes ${setting.takes}, not ${setting.secret ? 'what it was given' : `"${given}"`}`,
      );
  }
  const path = values['configFile'];
  const structured =
    typeof path === 'string' && path !== '' ? readConfigFile(path, mistakes) : EMPTY_CONFIG_FILE;
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return deepFreeze({ ...(values as Settings), file: structured });
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value))
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}

function redacted(key: string, value: unknown): unknown {
  return key === 'secret' ? '***' : value;
}

/** The effective configuration, `NAME=value` a line, secrets as `***`; the file's content follows as it was understood. */
export function describeConfig(config: Config): string {
  const lines = Object.entries<Setting>(SETTINGS).map(([key, setting]) => {
    const value = String(config[key as keyof Settings]);
    return `${setting.name}=${setting.secret && value !== '' ? '***' : value}`;
  });
  return [
    ...lines,
    `# ${config.configFile || 'no configuration file'}`,
    JSON.stringify(config.file, redacted, 2),
  ].join('\n');
}
