/** The configuration as each part wants it. */
import { readFileSync } from 'node:fs';
import type { AlertSeverity } from '../src/admission/alert.js';
import { Exemptions } from '../src/admission/exemptions.js';
import { isLoopback } from '../src/admission/ip-address.js';
import { type Conceal, hashedNumbers } from '../src/admission/number-privacy.js';
import type { Policy } from '../src/admission/policy.js';
import { Trunks } from '../src/admission/trunks.js';
import type { Webhook, WebhookListener } from '../src/admission/webhook.js';
import type { ListedWebhook } from '../src/admission/webhook-desk.js';
import type { Config } from '../src/config.js';
import { ConfigError } from '../src/errors.js';
import { SECRET_MIN } from '../src/settings/webhook-schema.js';
import { clientTlsOf, exposureMistake } from '../src/tls.js';

const HOUR_MS = 3_600_000;

/** The policy that the environment describes. */
export function policyOf(config: Config): Omit<Policy, 'scope' | 'revision'> {
  return {
    windowMs: config.windowSeconds * 1000,
    threshold: config.threshold,
    cooldownMs: config.cooldownSeconds * 1000,
    enforcement: config.enforcement,
    autoBlock: config.autoBlock,
    blockMs: config.blockDurationHours * HOUR_MS,
    autoDisconnect: config.autoDisconnect,
    anonymousCallers: config.anonymousCallers,
  };
}

/** The trunks of the YAML file. */
export function trunksOf(config: Config): Trunks {
  const settings = config.file.trunks.map((trunk) => ({
    name: trunk.name,
    sources: trunk.sources,
    country: trunk.country,
    trustIdentity: trunk.trust_identity,
    trustDiversion: trunk.trust_diversion,
    rejectProfile: trunk.reject_profile ?? config.rejectProfile,
  }));
  return new Trunks(settings, config.rejectProfile, config.rejectUrl);
}

/** How numbers are written down; undefined for as they are. @throws ConfigError if they are to be hashed without a key. */
export function fingerprintOf({ numberPrivacy, numberPrivacyKey }: Config): Conceal | undefined {
  if (numberPrivacy === 'plain') return undefined;
  if (numberPrivacyKey === '')
    throw new ConfigError([
      'ACM_NUMBER_PRIVACY_KEY: is needed with ACM_NUMBER_PRIVACY=hash, the same for every sidecar on the store',
    ]);
  return hashedNumbers(numberPrivacyKey);
}

/** The webhooks of the YAML file, as far as the store has to know them. */
export function listenersOf({ file }: Config): WebhookListener[] {
  return file.webhooks.map(({ name, min_severity }) => ({
    name,
    minSeverity: min_severity.toLowerCase() as AlertSeverity,
  }));
}

/** The webhooks of the YAML file, as far as people may see them. */
export function listedWebhooksOf(config: Config): ListedWebhook[] {
  return listenersOf(config).map((listener, place) => {
    const { url, allow_private: allowPrivate } = config.file.webhooks[place];
    return { ...listener, origin: new URL(url).origin, allowPrivate };
  });
}

/** The webhooks of the YAML file, with their secrets. @throws ConfigError for secret files that cannot be used. */
export function webhooksOf(config: Config): Webhook[] {
  const mistakes: string[] = [];
  const webhooks = config.file.webhooks.map(({ url, secret, secret_file, allow_private }, place) => ({
    url,
    secret: secret ?? secretIn(secret_file ?? '', `webhooks.${place}.secret_file`, config, mistakes),
    allowPrivate: allow_private,
  }));
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return listenersOf(config).map((listener, place) => ({ ...listener, ...webhooks[place] }));
}

/** What a file holds, without the line feed at its end. What is wrong with it goes into `mistakes`. */
function secretIn(path: string, place: string, { configFile }: Config, mistakes: string[]): string {
  const complain = (complaint: string): string => {
    mistakes.push(`ACM_CONFIG: ${configFile}: ${place}: ${complaint}`);
    return '';
  };
  try {
    const secret = readFileSync(path, 'utf8').trimEnd();
    return secret.length >= SECRET_MIN ? secret : complain(`${path}: takes ${SECRET_MIN} characters or more`);
  } catch (error) {
    return complain(`${path}: ${(error as Error).message}`);
  }
}

/** Emergency numbers and the other exempt ones. */
export function exemptionsOf(config: Config): Exemptions {
  return new Exemptions([...config.file.emergency_numbers, ...config.file.exempt_numbers]);
}

/** @throws ConfigError for a listener beyond loopback without TLS, unless that is wanted. */
export function refuseExposure(
  config: Config,
  tls: boolean,
  listeners: readonly (readonly [string, string])[],
): void {
  const mistakes = listeners.flatMap(([variable, host]) =>
    exposureMistake(variable, host, tls, config.allowPlaintext),
  );
  if (mistakes.length > 0) throw new ConfigError(mistakes);
}

/** The host of `host:port`, an IPv6 one in its brackets. */
export function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'));
}

/** Host and port of `host:port`, an IPv6 host without its brackets. */
export function addressOf(address: string): { host: string; port: number } {
  return {
    host: hostOf(address).replace(/^\[|\]$/g, ''),
    port: Number(address.slice(address.lastIndexOf(':') + 1)),
  };
}

/** The port of a listening server; 0 for one on a UNIX socket. */
export function portOf(address: { port: number } | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/**
 * The token that clients show; '' for none.
 * @throws ConfigError where it would cross a network in the clear.
 */
export function clientTokenOf(config: Config): string {
  const { token, sidecarAddress: address, allowPlaintext } = config;
  const inTheClear = clientTlsOf(config) === undefined && !address.startsWith('unix:');
  if (token !== '' && inTheClear && !allowPlaintext && !isLoopback(hostOf(address)))
    throw new ConfigError([
      `ACM_TOKEN: would go to ${address} in the clear; set ACM_CLIENT_TLS_CA, or ACM_ALLOW_PLAINTEXT=true to send it so`,
    ]);
  return token;
}
